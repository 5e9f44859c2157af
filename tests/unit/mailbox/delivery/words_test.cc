#include "mailbox/delivery/words.h"

#include "tests/support/catch.h"

namespace um::delivery {
namespace {

using namespace std::chrono_literals;

const Language& kEnglish = LanguageOf("en-US");

TEST_CASE("a duration is told in words") {
  CHECK(DurationInWords(400ms, kEnglish) == "1 second");
  CHECK(DurationInWords(1499ms, kEnglish) == "1 second");
  CHECK(DurationInWords(1500ms, kEnglish) == "2 seconds");
  CHECK(DurationInWords(22s, kEnglish) == "22 seconds");
  CHECK(DurationInWords(59600ms, kEnglish) == "1 minute");
  CHECK(DurationInWords(65s, kEnglish) == "1 minute 5 seconds");
  CHECK(DurationInWords(121s, kEnglish) == "2 minutes 1 second");
  CHECK(DurationInWords(3660s, kEnglish) == "1 hour 1 minute");
  CHECK(DurationInWords(7200s, kEnglish) == "2 hours");
  CHECK(DurationInWords(65s, LanguageOf("de-DE")) == "1 Minute 5 Sekunden");
}

TEST_CASE("a time is told in words, with its zone") {
  const domain::WallTime t(std::chrono::seconds(1767366245));
  const auto in = [&](const char* zone, const char* language) {
    return TimeInWords(t, zone, LanguageOf(language));
  };
  CHECK(in("UTC", "en-US") == "Friday, January 2, 2026, 15:04 UTC");
  CHECK(in("Europe/Berlin", "en-GB") == "Friday, January 2, 2026, 16:04 CET");
  CHECK(in("Asia/Tashkent", "en-US") == "Friday, January 2, 2026, 20:04 UTC+05");
  CHECK(in("America/Los_Angeles", "de-AT") == "Freitag, 2. Januar 2026, 07:04 PST");
  CHECK(in("Pacific/Auckland", "fr-CA") == "samedi 3 janvier 2026, 04:04 NZDT");
  CHECK(in("UTC", "es") == "viernes, 2 de enero de 2026, 15:04 UTC");
  CHECK(in("UTC", "it-IT") == "venerdì 2 gennaio 2026, 15:04 UTC");
  CHECK(in("UTC", "ru-RU") == "пятница, 2 января 2026 г., 15:04 UTC");
  CHECK(in("UTC", "ja-JP") == in("UTC", "en-US"));
  CHECK(TimeInWords(domain::WallTime{}, "UTC", kEnglish) == "Thursday, January 1, 1970, 00:00 UTC");
  // The node's own, whatever that is here.
  CHECK(in("no/such zone", "en-US") == in("", "en-US"));
  CHECK(in("", "en-US").size() > 20);
}

TEST_CASE("labels and values stand below each other in every alphabet") {
  CHECK(TextRows({{"Время", "1"}, {"Длительность", "2"}}) == "Время:        1\nДлительность: 2\n");
  CHECK(TextRows({}).empty());
}

TEST_CASE("a cleaned line has no control characters, and every byte of it is UTF-8") {
  CHECK(CleanLine("Ann\r\nBcc: eve@example.com") == "Ann Bcc: eve@example.com");
  CHECK(CleanLine(std::string_view("a\0b\tc\x7f\x1b[31m", 11)) == "a b c [31m");
  CHECK(CleanLine("  a   b  ") == "a b");
  CHECK(CleanLine("\xC2\x85x\xC2\x9By") == "x y");  // C1: next line, CSI
  CHECK(CleanLine("exe\xE2\x80\xAE"
                  "3pm") == "exe 3pm");                  // U+202E turns text around
  CHECK(CleanLine("\xE2\x80\xA8z\xEF\xBB\xBF") == "z");  // line separator, byte order mark
  CHECK(CleanLine("J\xFCrgen") == "J\xEF\xBF\xBDrgen");  // Latin-1
  CHECK(CleanLine("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  CHECK(CleanLine("Jürgen Groß 李") == "Jürgen Groß 李");
  CHECK(CleanLine("ÄÖÜ", 2) == "ÄÖ");
  CHECK(CleanLine("") == "");
}

TEST_CASE("a caller goes by name, else number, else as unknown") {
  CHECK(CallerLabel({"4711", "Ann Archer"}, kEnglish) == "Ann Archer");
  CHECK(CallerLabel({"4711", " \r\n"}, kEnglish) == "4711");
  CHECK(CallerLabel({"", ""}, kEnglish) == "Unknown caller");
}

TEST_CASE("only what can be dialled becomes a link") {
  CHECK(TelUri("+1 (555) 123-4567") == "tel:+15551234567");
  CHECK(TelUri("*21#") == "tel:*21%23");
  CHECK(TelUri("ann@example.com") == "");
  CHECK(TelUri("javascript:alert(1)") == "");
  CHECK(TelUri("1+2") == "");
  CHECK(TelUri("+") == "");
  CHECK(TelUri("") == "");
  CHECK(TelUri(std::string(41, '1')) == "");
}

TEST_CASE("HTML and file names cannot be broken out of") {
  CHECK(HtmlEscaped("<b a='x' b=\"y\">&") == "&lt;b a=&#39;x&#39; b=&quot;y&quot;&gt;&amp;");
  CHECK(FileNameOf("../../etc/passwd") == "_._.._etc_passwd");
  CHECK(FileNameOf("a;b:c|d\\e?f*g\"h<i>j\nk") == "a_b_c_d_e_f_g_h_i_j k");
}

}  // namespace
}  // namespace um::delivery

#include "mailbox/domain/names.h"

#include <set>

#include "common/base/status.h"
#include "common/base/utf8.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/domain/hostile.h"

using namespace um;
using namespace um::domain;

namespace {

std::string Times(const std::string& text, int n) {
  std::string all;
  for (int i = 0; i < n; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("names are counted in characters") {
  CHECK(CountCharacters("") == 0);
  CHECK(CountCharacters("Z\xC3\xBCrich") == 6);
  CHECK(CountCharacters("\xF0\x9F\x93\x9E") == 1);
  CHECK(CountCharacters("\xFF\xFF") == 2);
  for (const char* c : {"a", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x93\x9E"}) {
    CHECK(CheckName(Times(c, 64)).ok());
    CHECK_FALSE(CheckName(Times(c, 65)).ok());
    CHECK(CheckName(Times(c, 32), kMaxDialingGroupName).ok());
    CHECK_FALSE(CheckName(Times(c, 33), kMaxDialingGroupName).ok());
  }
}

TEST_CASE("names have none of the forbidden characters, and no space at their ends") {
  for (const char* name :
       {"Main", "Main Office", "Z\xC3\xBCrich (1st floor)", "a", "R&D", "O'Hara", "50% - #1 @home!",
        "_", ".", "\xE6\x9D\xB1\xE4\xBA\xAC", "\xD9\x86\xE2\x80\x8C\xD8\xA7"}) {
    INFO(name);
    CHECK(CheckName(name).ok());
  }
  for (const char forbidden : std::string("\"/\\[]:;|=,+*?<>")) {
    INFO(forbidden);
    CHECK_FALSE(CheckName(std::string("a") + forbidden + "b").ok());
  }
  for (const char* name : {"", " ", " a", "a ",
                           "\xC2\xA0"
                           "a",
                           "a\xE3\x80\x80"}) {
    INFO("<" << name << ">");
    CHECK_FALSE(CheckName(name).ok());
  }
  for (int c = 0; c < 0x20; ++c) {
    CHECK_FALSE(CheckName(std::string("a") + static_cast<char>(c) + "b").ok());
  }
  // DEL, C1, line separator, override of direction, zero width space, byte order mark, more of
  // the kind.
  for (const char* c : {"\x7F", "\xC2\x80", "\xC2\x9F", "\xE2\x80\xA8", "\xE2\x80\xAE",
                        "\xE2\x80\x8B", "\xEF\xBB\xBF", "\u061C", "\uFFF9", "\U000E0041"}) {
    CHECK_FALSE(CheckName(std::string("a") + c + "b").ok());
  }
  CHECK(Message(CheckName("a+b")) == "\"a+b\" is no name: none of \"/\\[]:;|=,+*?<> is allowed");
}

TEST_CASE("hostile names get short, printable complaints") {
  for (const std::string& text : tests::HostileTexts()) {
    const absl::Status status = CheckName(text);
    INFO(text.substr(0, 40));
    // Digits of another script are letters like any, and braces and percent signs are harmless.
    CHECK(status.ok() == (text == "\xEF\xBC\x91\xEF\xBC\x92" || text == "%s%n{}{0}"));
    CHECK(Message(status).size() < 200);
    CHECK(IsPlainUtf8(Message(status)));
    CHECK(FoldName(text) == FoldName(FoldName(text)));
    CHECK(SpellOnKeys(text).size() <= 64);
    CHECK(CountCharacters(DefaultPolicyName(text)) <= 64);
  }
}

TEST_CASE("texts may have lines") {
  CHECK(CheckText("").ok());
  CHECK(CheckText("<b>Hello</b>\r\n\tYou have mail: 1+1=2").ok());
  CHECK(CheckText(Times("\xC3\xA4", 512)).ok());
  CHECK_FALSE(CheckText(Times("\xC3\xA4", 513)).ok());
  CHECK_FALSE(CheckText("a\x1B").ok());
  CHECK_FALSE(CheckText(std::string("a\0b", 3)).ok());
  CHECK_FALSE(CheckText("a\xC2\x85").ok());
  CHECK_FALSE(CheckText("\xFF").ok());
  CHECK_FALSE(CheckText(std::string(1 << 20, 'a')).ok());
}

TEST_CASE("two names are the same whatever their case") {
  struct Case {
    const char* a;
    const char* b;
    bool same;
  };
  for (const Case& c : {Case{"Main", "mAIN", true},
                        {"Z\xC3\x9CRICH", "z\xC3\xBCrich", true},
                        {"\xC3\x97", "\xC3\xB7", false},  // multiply, divide
                        {"\xC5\x81\xC3\xB3"
                         "d\xC5\xBA",
                         "\xC5\x82\xC3\x93"
                         "D\xC5\xB9",
                         true},
                        {"\xC4\xBD", "\xC4\xBE", true},                  // L with caron
                        {"\xC5\xB8", "\xC3\xBF", true},                  // Y with diaeresis
                        {"\xCE\x91\xCE\xA3", "\xCE\xB1\xCF\x82", true},  // final sigma
                        {"\xCE\x86\xCE\x8F", "\xCE\xAC\xCF\x8E", true},  // with tonos
                        {"\xD0\x9C\xD0\x81", "\xD0\xBC\xD1\x91", true},  // Cyrillic
                        {"Main", "Mein", false},
                        {"a b", "a  b", false},
                        {"\xC3\xA4", "a\xCC\x88", false},
                        {"", "a", false}}) {
    INFO(c.a << " " << c.b);
    CHECK((FoldName(c.a) == FoldName(c.b)) == c.same);
  }
}

TEST_CASE("folding is idempotent, keeps UTF-8 valid and merges at most two letters and a variant") {
  std::multiset<std::string> keys;
  for (uint32_t c = 0x20; c < 0x800; ++c) {
    const std::string text = c < 0x80 ? std::string(1, static_cast<char>(c))
                                      : std::string{static_cast<char>(0xC0 | c >> 6),
                                                    static_cast<char>(0x80 | (c & 0x3F))};
    const std::string key = FoldName(text);
    CHECK(Utf8Length(key) == key.size());
    CHECK(FoldName(key) == key);
    keys.insert(key);
    CHECK(keys.count(key) <= 3);
  }
  tests::Random random(3);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = random.Text(10, "aA\xC3\x84\xA4\xCE\x91\xFF\xE2\x82\xAC\xF0");
    CHECK(FoldName(FoldName(text)) == FoldName(text));
  }
}

TEST_CASE("a default policy's name always fits") {
  CHECK(DefaultPolicyName("Main") == "Main Default Policy");
  CHECK(DefaultPolicyName("") == " Default Policy");
  CHECK(DefaultPolicyName(Times("a", 49)) == Times("a", 49) + " Default Policy");
  CHECK(DefaultPolicyName(Times("a", 50)) == Times("a", 49) + " Default Policy");
  CHECK(DefaultPolicyName(Times("\xF0\x9F\x93\x9E", 64)) ==
        Times("\xF0\x9F\x93\x9E", 49) + " Default Policy");
  CHECK(DefaultPolicyName(Times("a", 48) + " bcd") == Times("a", 48) + " Default Policy");
  for (int n = 1; n <= 64; ++n) {
    CHECK(CheckName(DefaultPolicyName(Times("\xC3\xA4", n))).ok());
  }
}

TEST_CASE("people are spelled on the keys of a telephone") {
  // Spec 02 section 8.5.
  CHECK(MakeDtmfMap("Tony", "Smith", "tsmith@example.com") ==
        DtmfMap{"876484", "866976484", "764848669"});
  CHECK(MakeDtmfMap("", "Smith", "") == DtmfMap{"", "76484", "76484"});
  CHECK(MakeDtmfMap("", "", "@example.com") == DtmfMap{});
  CHECK(SpellOnKeys("abcdefghijklmnopqrstuvwxyz") == "22233344455566677778889999");
  CHECK(SpellOnKeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "22233344455566677778889999");
  CHECK(SpellOnKeys("0123456789") == "0123456789");
  CHECK(SpellOnKeys("O'Hara-Lee, 3rd.") ==
        "6427253"
        "3373");
  CHECK(SpellOnKeys("M\xC3\xBCller") == SpellOnKeys("Muller"));
  CHECK(SpellOnKeys("Stra\xC3\x9F"
                    "e") == SpellOnKeys("Strasse"));
  CHECK(SpellOnKeys("\xC5\x81ukasz \xC3\x86sop") == SpellOnKeys("LukaszAesop"));
  CHECK(SpellOnKeys("Mu\xCC\x88ller") == SpellOnKeys("Muller"));  // a combining mark
  CHECK(SpellOnKeys("\xE6\x9D\xB1") == "");
  CHECK(SpellOnKeys("a\xFF"
                    "b") == "22");
}

TEST_CASE("a name from elsewhere is cleaned of what no name may have, and cut") {
  CHECK(CleanName("  Ann\r\n\tArcher ") == "Ann Archer");
  CHECK(CleanName("A\xFF\xE2\x80\xAE"
                  "B\xC2\x85") == "A B");
  CHECK(CleanName("Ann Archer", 4) == "Ann");
  CHECK(CleanName("Ann Archer", 5) == "Ann A");
  CHECK(CleanName("\xC3\xBC\xC3\xBC\xC3\xBC", 2) == "\xC3\xBC\xC3\xBC");
  CHECK(CleanName("\x1b\x07") == "");
  for (const std::string& text : tests::HostileTexts()) {
    const std::string clean = CleanName(text);
    CHECK(CheckText(clean, kMaxName).ok());
    CHECK(CleanName(clean) == clean);
  }
}

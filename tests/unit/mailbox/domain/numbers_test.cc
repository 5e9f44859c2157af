#include "mailbox/domain/numbers.h"

#include "common/base/status.h"
#include "common/base/utf8.h"
#include "mailbox/domain/problem.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/domain/hostile.h"

using namespace um;
using namespace um::domain;
using um::tests::HostileTexts;
using um::tests::Random;

TEST_CASE("only ASCII digits are digits") {
  CHECK(IsDigits("0123456789"));
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "1.0", "0x1", "\xD9\xA1"}) {
    INFO(text);
    CHECK_FALSE(IsDigits(text));
  }
}

TEST_CASE("a number loses its separators and nothing else") {
  struct Case {
    const char* written;
    const char* number;  // nullptr: no number
  };
  const Case cases[] = {{"4255550100", "4255550100"},
                        {"+1 (425) 555-0100", "+14255550100"},
                        {"089/12 34.56", "089123456"},
                        {" +49-30", "+4930"},
                        {"0", "0"},
                        {"+0", "+0"},
                        {"1+2", nullptr},
                        {"++1", nullptr},
                        {"+", nullptr},
                        {"-", nullptr},
                        {"()", nullptr},
                        {"room 12", nullptr},
                        {"12a", nullptr},
                        {"*12", nullptr},
                        {"12#", nullptr},
                        {"12,34", nullptr},
                        {"12\t34", nullptr}};
  for (const Case& c : cases) {
    INFO(c.written);
    const auto number = NormalizeNumber(c.written);
    REQUIRE(number.ok() == (c.number != nullptr));
    if (c.number != nullptr) CHECK(*number == c.number);
  }
  CHECK(NormalizeNumber(std::string(127, '1')).ok());
  CHECK(NormalizeNumber("+" + std::string(127, '1')).ok());
  CHECK_FALSE(NormalizeNumber(std::string(128, '1')).ok());
}

TEST_CASE("normalising twice changes nothing") {
  Random random(1);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = random.Text(12, "+0123456789-.()/ a");
    const auto once = NormalizeNumber(text);
    if (!once.ok()) continue;
    CHECK(NormalizeNumber(*once).value() == *once);
    CHECK(IsDigits(once->starts_with('+') ? once->substr(1) : *once));
  }
}

TEST_CASE("a tel URI gives its number") {
  CHECK(ParseTelUri("tel:+1-425-555-0100").value() == "+14255550100");
  CHECK(ParseTelUri("TEL:7042;phone-context=example.com").value() == "7042");
  CHECK(ParseTelUri("tel:7042;ext=1;isub=[a]").value() == "7042");
  for (const char* uri : {"", "tel:", "tel", "sip:1@a", "7042", "tel:;ext=1", "tel:70 42",
                          "tel:7/4", "tel:a", "tel:1;x=\"", "tel:1;x=\x01", "tel:1\n", "tel:*1"}) {
    INFO(uri);
    CHECK_FALSE(ParseTelUri(uri).ok());
  }
}

TEST_CASE("E.164 is a plus and up to 15 digits that begin with a country code") {
  for (const char* text : {"+1", "+14255550100", "+491234567890123"}) CHECK(CheckE164(text).ok());
  for (const char* text :
       {"", "+", "14255550100", "+0123", "+1234567890123456", "+1 425", "++1", "+1a"}) {
    INFO(text);
    CHECK_FALSE(CheckE164(text).ok());
  }
}

TEST_CASE("an extension has exactly the digits of its dial plan") {
  for (int digits = -1; digits <= 22; ++digits) {
    CHECK(CheckExtensionLength(digits).ok() == (digits >= 1 && digits <= 20));
    for (int length = 0; length <= 22; ++length) {
      const std::string text(static_cast<size_t>(length), '7');
      CHECK(CheckExtension(text, digits).ok() == (length == digits && digits >= 1 && digits <= 20));
    }
  }
  for (const char* text : {"+704", "70 4", "704a", "7.04"})
    CHECK_FALSE(CheckExtension(text, 4).ok());
  CHECK(Message(CheckExtension("70x2", 4)) ==
        "\"70x2\" is no extension of this dial plan: exactly 4 digits");
}

TEST_CASE("dial codes are digits within their lengths, or not set") {
  struct Case {
    DialCode code;
    size_t most;
    const char* name;
  };
  for (const Case& c : {Case{DialCode::kCountryOrRegion, 4, "country_or_region_code"},
                        Case{DialCode::kOutsideLine, 16, "outside_line_access_code"},
                        Case{DialCode::kInternationalAccess, 4, "international_access_code"},
                        Case{DialCode::kNationalPrefix, 4, "national_number_prefix"}}) {
    CHECK(PropertyName(c.code) == c.name);
    for (size_t length = 0; length <= 18; ++length) {
      CHECK(CheckDialCode(c.code, std::string(length, '9')).ok() == (length <= c.most));
    }
    for (const char* text : {"+1", " 1", "1x", "*", "a"})
      CHECK_FALSE(CheckDialCode(c.code, text).ok());
    CHECK(CheckDialCode(c.code, "011").ok() == (c.code != DialCode::kCountryOrRegion));
  }
}

TEST_CASE("a caller-id alias is an optional plus and fewer than 128 digits") {
  CHECK(CheckCallerIdAlias("+14255550100").ok());
  CHECK(CheckCallerIdAlias(std::string(127, '1')).ok());
  CHECK_FALSE(CheckCallerIdAlias(std::string(128, '1')).ok());
  for (const char* text : {"", "+", "1-2", "++1", "1+"}) CHECK_FALSE(CheckCallerIdAlias(text).ok());
}

TEST_CASE("an access number is what people may read, up to 32 characters, or a SIP URI") {
  for (const char* text : {"7000", "+1 (425) 555-0100", "555-VOICE", "sip:voice@example.com",
                           "12345678901234567890123456789012"}) {
    INFO(text);
    CHECK(CheckAccessNumber(text).ok());
  }
  for (const char* text : {"", "   ", "123456789012345678901234567890123", "a@", "7000;x", "\x01",
                           "sip:a-very-long-name@voice.example.com"}) {
    INFO(text);
    CHECK_FALSE(CheckAccessNumber(text).ok());
  }
}

TEST_CASE("a SIP address is a user at a host, and nothing more") {
  struct Case {
    const char* text;
    const char* canonical;  // nullptr: refused
  };
  const Case cases[] = {
      {"ann@example.com", "ann@example.com"},
      {"sip:Ann@Example.COM", "Ann@example.com"},
      {"SIPS:ann@example.com:5061", "ann@example.com:5061"},
      {"+14255550100@192.0.2.1", "+14255550100@192.0.2.1"},
      {"ann@[2001:DB8::1]", "ann@[2001:db8::1]"},
      {"ann@[2001:db8::1]:5060", "ann@[2001:db8::1]:5060"},
      {"a%41@b", "a%41@b"},
      {"ann@example.com:65535", "ann@example.com:65535"},
      {"ann", nullptr},
      {"@example.com", nullptr},
      {"ann@", nullptr},
      {"ann@@example.com", nullptr},
      {"ann@a@b", nullptr},
      {"ann:secret@example.com", nullptr},
      {"ann@example.com;transport=tcp", nullptr},
      {"ann@example.com?x=y", nullptr},
      {"ann@example.com:", nullptr},
      {"ann@example.com:0", nullptr},
      {"ann@example.com:65536", nullptr},
      {"ann@example.com:99999999999", nullptr},
      {"ann@-a.com", nullptr},
      {"ann@a-.com", nullptr},
      {"ann@a..com", nullptr},
      {"ann@.com", nullptr},
      {"ann@com.", nullptr},
      {"ann@1.2.3", nullptr},
      {"ann@300.1.1.1", nullptr},
      {"ann@192.0.2.1.5", nullptr},
      {"ann@::1", nullptr},
      {"ann@[192.0.2.1]", nullptr},
      {"ann@[]", nullptr},
      {"ann@[::1", nullptr},
      {"a%4@b", nullptr},
      {"a b@c", nullptr},
      {"\xC3\xA4@b", nullptr},
      {"ann@b\xC3\xA4", nullptr},
      {"tel:+1425", nullptr},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const auto address = ParseSipAddress(c.text);
    REQUIRE(address.ok() == (c.canonical != nullptr));
    if (c.canonical == nullptr) continue;
    CHECK(address->ToString() == c.canonical);
    CHECK(ParseSipAddress(address->ToString()).value() == *address);
  }
  CHECK(ParseSipAddress(std::string(64, 'a') + "@b").ok());
  CHECK_FALSE(ParseSipAddress(std::string(65, 'a') + "@b").ok());
  CHECK_FALSE(ParseSipAddress("a@" + std::string(64, 'b')).ok());
  CHECK_FALSE(ParseSipAddress("a@" + std::string(300, 'b')).ok());
}

TEST_CASE("an extension is the end of a telephone number, or what is written behind it") {
  const auto extension = [](const std::string& number, int digits = 4) {
    return ExtensionIn(number, digits).value_or("none");
  };
  CHECK(extension("+1 (425) 555-1001") == "1001");
  CHECK(extension("+1 (425) 555-1001", 3) == "001");
  CHECK(extension("1001") == "1001");
  CHECK(extension("+1 425 555 0100 x2001") == "2001");
  CHECK(extension("+1 425 555 0100 ext. 2001 ") == "2001");
  CHECK(extension("425-555-0100;ext=2001") == "2001");
  CHECK(extension("Ext 2001") == "2001");
  CHECK(extension("+1 425 555 0100 x201") == "none");  // its own extension is of another plan
  CHECK(extension("101") == "none");
  CHECK(extension("room 1001") == "none");
  CHECK(extension("x") == "none");
  CHECK(extension("") == "none");
  for (const std::string& text : HostileTexts()) {
    const absl::Status status = ExtensionIn(text, 4).status();
    REQUIRE_FALSE(status.ok());
    CHECK(Message(status).size() < 400);
    CHECK(IsPlainUtf8(Message(status)));
  }
}

TEST_CASE("hostile numbers and addresses get short, printable complaints") {
  for (const std::string& text : HostileTexts()) {
    for (const absl::Status& status :
         {NormalizeNumber(text).status(), ParseTelUri(text).status(), CheckE164(text),
          CheckExtension(text, 4), CheckDialCode(DialCode::kOutsideLine, text + "x"),
          CheckCallerIdAlias(text), ParseSipAddress(text).status()}) {
      INFO(text.substr(0, 40));
      REQUIRE_FALSE(status.ok());
      CHECK(Message(status).size() < 400);
      CHECK(IsPlainUtf8(Message(status)));
    }
  }
}

TEST_CASE("a quotation is short and printable") {
  CHECK(Quoted("Main") == "\"Main\"");
  CHECK(Quoted("a\nb\xFF\xC2\x85") == "\"a?b??\"");
  CHECK(Quoted(std::string(41, 'a')) == "\"" + std::string(40, 'a') + "...\"");
  CHECK(Quoted("\xC3\xA4") == "\"\xC3\xA4\"");
}

#include "mailbox/domain/number_mask.h"

#include <chrono>

#include "common/base/status.h"
#include "common/base/utf8.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/domain/hostile.h"

using namespace um;
using namespace um::domain;
using um::tests::Random;

namespace {

NumberMask Mask(std::string_view text) { return NumberMask::Parse(text).value(); }

/// The definition, without regard to time.
bool MatchesByDefinition(std::string_view mask, std::string_view number) {
  if (mask.empty()) return number.empty();
  if (mask[0] == '*') {
    return MatchesByDefinition(mask.substr(1), number) ||
           (!number.empty() && MatchesByDefinition(mask, number.substr(1)));
  }
  return !number.empty() && (mask[0] == 'x' || mask[0] == number[0]) &&
         MatchesByDefinition(mask.substr(1), number.substr(1));
}

}  // namespace

TEST_CASE("the dialing rules of the administrators' examples do what they say") {
  struct Case {
    const char* mask;
    const char* dialed;
    const char* number;
    const char* result;  // nullptr: no match
  };
  const Case cases[] = {
      {"*", "*", "4255550100", "4255550100"},
      {"1425xxxxxxx", "91425xxxxxxx", "14255550100", "914255550100"},
      {"1425xxxxxxx", "91425xxxxxxx", "14265550100", nullptr},
      {"1425xxxxxxx", "91425xxxxxxx", "142555501001", nullptr},
      {"1xxxxxxxxxx", "1xxxxxxxxxx", "14255550100", "14255550100"},
      {"1xxxxxxxxxx", "1xxxxxxxxxx", "1425555010", nullptr},
      {"xxxxxxx", "1425xxxxxxx", "5550100", "14255550100"},
      {"91425xxxxxxx", "9xxxxxxx", "914255550100", "95550100"},
      // Spec 02 section 23, contradiction 21: by capture.
      {"91425*", "91*", "914255551234", "915551234"},
      {"91*", "91*", "914255550100", "914255550100"},
      {"901144*", "901144*", "9011442079460000", "9011442079460000"},
      {"901144*", "901144*", "9011492079460000", nullptr},
      {"9xxxxxxxxxx", "91xxxxxxxxxx", "94255550100", "914255550100"},
      {"0", "7000", "0", "7000"},
      {"0", "7000", "00", nullptr},
      {"1*2*3", "3*2*1", "1002003", "3002001"},
      {"1*1*1", "*5*5", "11111", "5115"},
      {"x*x", "9x*x", "12", "912"},
      {"x*x", "9x*x", "1", nullptr},
      {"*00", "*", "5000", "50"},
      {"X1x", "2Xx", "718", "278"},
  };
  for (const Case& c : cases) {
    INFO(c.mask << " -> " << c.dialed << " with " << c.number);
    REQUIRE(CheckPair(Mask(c.mask), Mask(c.dialed)).ok());
    const auto captures = Mask(c.mask).Match(c.number);
    REQUIRE(captures.has_value() == (c.result != nullptr));
    if (c.result != nullptr) CHECK(Mask(c.dialed).Fill(*captures) == c.result);
  }
}

TEST_CASE("a mask is digits, x and *") {
  for (const char* text : {"0", "x", "*", "1*2x", "*x*", "xxxxxxxxxxxxxxxxxxxx"}) {
    CHECK(NumberMask::Parse(text).ok());
  }
  for (const char* text : {"", " ", "+1*", "1-425*", "**", "1**2", "y", "1#", "[0-9]", "1 2"}) {
    INFO(text);
    CHECK_FALSE(NumberMask::Parse(text).ok());
  }
  CHECK(NumberMask::Parse(std::string(64, 'x')).ok());
  CHECK_FALSE(NumberMask::Parse(std::string(65, 'x')).ok());
  CHECK(Message(NumberMask::Parse("1-425*").status()) ==
        "\"1-425*\" is no number mask: only digits, x (one digit) and * (any number of digits) are "
        "allowed");
  for (const std::string& text : tests::HostileTexts()) {
    const auto mask = NumberMask::Parse(text);
    REQUIRE_FALSE(mask.ok());
    CHECK(IsPlainUtf8(Message(mask.status())));
    CHECK(Message(mask.status()).size() < 300);
    CHECK_FALSE(Mask("*").Match(text == std::string(1 << 20, '1') ? "" : text));
  }
  CHECK_FALSE(Mask("*").Match(std::string(1 << 20, '1')));
}

TEST_CASE("matching agrees with its definition, and filling its own mask gives the number back") {
  Random random(2);
  int matched = 0;
  for (int i = 0; i < 50000; ++i) {
    const auto mask = NumberMask::Parse(random.Text(7, "0011xx*"));
    if (!mask.ok()) continue;
    const std::string number = random.Text(8, "01");
    const auto captures = mask->Match(number);
    INFO(mask->text() << " " << number);
    REQUIRE(captures.has_value() == (!number.empty() && MatchesByDefinition(mask->text(), number)));
    if (!captures) continue;
    ++matched;
    CHECK(mask->Fill(*captures) == number);
    CHECK(static_cast<int>(captures->digits.size()) == mask->x_count());
    CHECK(static_cast<int>(captures->runs.size()) == mask->star_count());
  }
  CHECK(matched > 1000);
}

TEST_CASE("many wildcards take no more time than few") {
  std::string worst;
  for (int i = 0; i < 31; ++i) worst += "*1";
  const NumberMask mask = Mask(worst + "2");
  const std::string number(127, '1');
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(mask.Match(number));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("a mask and its dialed number have the same wildcards") {
  struct Case {
    const char* mask;
    const char* dialed;
    bool good;
  };
  for (const Case& c : {Case{"xx", "9xx", true},
                        {"xx", "x", false},
                        {"xx", "xxx", false},
                        {"1", "2", true},
                        {"*", "9*", true},
                        {"*", "9", false},
                        {"1", "*", false},
                        {"x*", "*x", true},
                        {"x*", "xx", false},
                        {"*1*", "*", false}}) {
    INFO(c.mask << " " << c.dialed);
    CHECK(CheckPair(Mask(c.mask), Mask(c.dialed)).ok() == c.good);
  }
  CHECK(Message(CheckPair(Mask("xx"), Mask("9x"))) ==
        "the number mask xx has 2 x, the dialed number 9x has 1: there must be as many");
}

TEST_CASE("a number format is a prefix and the last digits of the number") {
  struct Case {
    const char* format;
    const char* number;
    const char* result;  // nullptr: too short
  };
  for (const Case& c : {Case{"020xxxxxxx", "+442079460123", "0209460123"},
                        {"4420xxxxxxx", "2079460123", "44209460123"},
                        {"xxxx", "7042", "7042"},
                        {"9xxxx", "704", nullptr},
                        {"9xxxx", "+704", nullptr},
                        {"9xxxx", "", nullptr},
                        {"9xxxx", "70a42", nullptr}}) {
    INFO(c.format << " " << c.number);
    const auto format = NumberFormat::Parse(c.format);
    REQUIRE(format.ok());
    CHECK(format->text() == c.format);
    const auto result = format->Apply(c.number);
    REQUIRE(result.has_value() == (c.result != nullptr));
    if (c.result != nullptr) CHECK(*result == c.result);
  }
  for (const char* text : {"", "020", "x020", "0x2x", "020*", "*x", "0*x", "+44xx", "xx1"}) {
    INFO(text);
    CHECK_FALSE(NumberFormat::Parse(text).ok());
  }
  for (const std::string& text : tests::HostileTexts()) CHECK_FALSE(NumberFormat::Parse(text).ok());
}

TEST_CASE("a full number of the numbering plan becomes an extension") {
  const std::vector<NumberMask> formats = {ParseNumberingPlanFormat("142570xxxxx", 5).value(),
                                           ParseNumberingPlanFormat("4989123xxxx", 5).value()};
  CHECK(ExtensionOf(formats, "+14257012345", 5) == "12345");
  CHECK(ExtensionOf(formats, "14257012345", 5) == "12345");
  CHECK(ExtensionOf(formats, "14257012345", 7) == "7012345");
  CHECK(ExtensionOf(formats, "49891237042", 5) == "37042");
  CHECK_FALSE(ExtensionOf(formats, "14257112345", 5));
  CHECK_FALSE(ExtensionOf(formats, "012345", 5));
  CHECK_FALSE(ExtensionOf(formats, "142570123456", 5));
  CHECK_FALSE(ExtensionOf(formats, "", 5));
  CHECK_FALSE(ExtensionOf(formats, "14257012345", 0));
  CHECK_FALSE(ExtensionOf(formats, "14257012345", -1));
  CHECK_FALSE(ExtensionOf({}, "14257012345", 5));
  CHECK_FALSE(ParseNumberingPlanFormat("1425*", 4).ok());
  CHECK_FALSE(ParseNumberingPlanFormat("xxx", 4).ok());
  CHECK_FALSE(ParseNumberingPlanFormat("", 4).ok());
  CHECK(ParseNumberingPlanFormat("xxxx", 4).ok());
}

#include "mailbox/domain/dialing.h"

#include <algorithm>

#include "common/base/utf8.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/domain/hostile.h"

using namespace um;
using namespace um::domain;

namespace {

DialingRule Rule(const char* group, const char* mask, const char* dialed) {
  Problems problems;
  return ParseDialingRule(group, mask, dialed, "", "rule", problems).value();
}

bool IsSubscriber(std::string_view extension) { return extension == "7042"; }

/// All codes of a plan in the United States behind a PBX with trunk prefix 9.
DialingPlan American() {
  return {
      .number_of_digits_in_extension = 4,
      .country_or_region_code = "1",
      .outside_line_access_code = "9",
      .international_access_code = "011",
      .national_number_prefix = "1",
      .configured_in_country_or_region_groups = {Rule("Local", "91425xxxxxxx", "9xxxxxxx"),
                                                 Rule("Country", "91xxxxxxxxxx", "91xxxxxxxxxx"),
                                                 Rule("Local", "9xxxxxxx", "9xxxxxxx"),
                                                 Rule("All", "*", "*")},
      .configured_international_groups = {Rule("UK", "901144*", "901144*"),
                                          Rule("World", "9011*", "9011*")}};
}

DialingAuthorization All() {
  return {"mailbox policy Sales", true, true, {"local", "COUNTRY"}, {"UK"}};
}

DialDecision Decide(std::string_view number, const DialingPlan& plan,
                    const DialingAuthorization& authorization,
                    DialPurpose purpose = DialPurpose::kTransfer) {
  return Dial(number, plan, authorization, purpose, IsSubscriber);
}

std::string Words(const DialDecision& decision) {
  std::string words;
  for (const DialStep& step : decision.steps) {
    words += std::string(ToString(step.kind)) + ": " + step.text + "\n";
  }
  return words;
}

}  // namespace

TEST_CASE("each kind of number is dialled as the dial codes and rules say") {
  struct Case {
    const char* number;
    DialOutcome outcome;
    const char* dial_string;
  };
  const Case cases[] = {
      {"7042", DialOutcome::kSubscriber, "7042"},
      {"70-42", DialOutcome::kSubscriber, "7042"},
      {"7043", DialOutcome::kExtension, "7043"},
      {"+1 (425) 555-0100", DialOutcome::kNumber, "95550100"},
      {"+1 212 555 0100", DialOutcome::kNumber, "912125550100"},
      {"0111 425 555 0100", DialOutcome::kNumber, "95550100"},  // own country, the long way
      {"14255550100", DialOutcome::kNumber, "95550100"},
      {"5550100", DialOutcome::kNumber, "95550100"},
      {"914255550100", DialOutcome::kNumber, "95550100"},  // as dialled, with the trunk prefix
      {"+44 20 7946 0000", DialOutcome::kNumber, "9011442079460000"},
      {"011442079460000", DialOutcome::kNumber, "9011442079460000"},
      {"9011442079460000", DialOutcome::kNumber, "9011442079460000"},
      {"+49 30 1234", DialOutcome::kRefused, ""},  // World is not allowed
      {"123456", DialOutcome::kRefused, ""},       // All is not allowed
      {"+7042", DialOutcome::kRefused, ""},        // international: no extension
      {"ann@example.com", DialOutcome::kRefused, ""},
      {"", DialOutcome::kRefused, ""},
  };
  for (const Case& c : cases) {
    const DialDecision decision = Decide(c.number, American(), All());
    INFO(c.number << "\n" << Words(decision));
    CHECK(decision.outcome == c.outcome);
    CHECK(decision.dial_string == c.dial_string);
    CHECK(decision.steps.back().kind == DialStepKind::kResult);
  }
}

TEST_CASE("a decision tells its steps in words") {
  CHECK(Words(Decide("+1 (425) 555-0100", American(), All())) ==
        "normalized: +14255550100\n"
        "classified: an in-country number\n"
        "completed: 914255550100: with outside_line_access_code 9, national_number_prefix 1\n"
        "matched: in-country rule 1 of group Local (91425xxxxxxx -> 9xxxxxxx) matches "
        "914255550100\n"
        "permitted: mailbox policy Sales has Local in allowed_in_country_or_region_groups\n"
        "result: dials 95550100\n");
  CHECK(Words(Decide("+4930", American(), All())) ==
        "normalized: +4930\n"
        "classified: an international number\n"
        "completed: 90114930: with outside_line_access_code 9, international_access_code 011\n"
        "tried: international rule 1 of group UK (901144* -> 901144*) does not match 90114930\n"
        "matched: international rule 2 of group World (9011* -> 9011*) matches 90114930\n"
        "blocked: mailbox policy Sales does not have World in allowed_international_groups\n"
        "completed: 4930: as dialled, no dial codes added\n"
        "tried: international rule 1 of group UK (901144* -> 901144*) does not match 4930\n"
        "tried: international rule 2 of group World (9011* -> 9011*) does not match 4930\n"
        "blocked: no rule of a group that mailbox policy Sales allows takes the number\n"
        "result: refused: not allowed to be called\n");
  CHECK(Words(Decide("7042", American(), {"auto attendant Main"})) ==
        "normalized: 7042\n"
        "classified: the extension of a subscriber of this dial plan\n"
        "blocked: auto attendant Main has allow_dial_plan_subscribers and allow_extensions off\n"
        "result: refused: not allowed to be called\n");
}

TEST_CASE("nothing can be dialled until it is allowed") {
  DialingPlan open = American();
  open.configured_in_country_or_region_groups.push_back(Rule("Any", "*", "*"));
  open.configured_international_groups.push_back(Rule("Any", "*", "*"));
  for (const char* number : {"7042", "7043", "5550100", "14255550100", "+14255550100",
                             "+442079460000", "011442079460000", "911", "0", "1"}) {
    CHECK(Decide(number, open, {"nobody"}).outcome == DialOutcome::kRefused);
    CHECK(Decide(number, DialingPlan{}, All()).outcome ==
          (std::string(number) == "7042"   ? DialOutcome::kSubscriber
           : std::string(number) == "7043" ? DialOutcome::kExtension
                                           : DialOutcome::kRefused));
  }
}

TEST_CASE("extensions are allowed by their two switches") {
  for (const bool subscribers : {false, true}) {
    for (const bool extensions : {false, true}) {
      // Rules that would take an extension for a number do not open it.
      DialingPlan plan{.configured_in_country_or_region_groups = {Rule("Any", "*", "*")}};
      const DialingAuthorization a{"plan", subscribers, extensions, {"Any"}, {}};
      CHECK(Decide("7042", plan, a).outcome ==
            (subscribers || extensions ? DialOutcome::kSubscriber : DialOutcome::kRefused));
      CHECK(Decide("7043", plan, a).outcome ==
            (extensions ? DialOutcome::kExtension : DialOutcome::kRefused));
    }
  }
}

TEST_CASE("in-country groups never reach another country") {
  DialingAuthorization in_country{"policy", true, true, {"Any"}, {}};
  struct Codes {
    const char* country;
    const char* outside;
    const char* access;
    const char* national;
  };
  for (const Codes& c : {Codes{"1", "9", "011", "1"},
                         {"49", "0", "00", "0"},
                         {"34", "9", "00", ""},
                         {"49", "", "00", "0"},
                         {"39", "0", "00", ""}}) {
    DialingPlan plan{.country_or_region_code = c.country,
                     .outside_line_access_code = c.outside,
                     .international_access_code = c.access,
                     .national_number_prefix = c.national,
                     .configured_in_country_or_region_groups = {Rule("Any", "*", "*")}};
    const std::string access = c.access;
    const std::string country = c.country;
    const std::string disguised[] = {
        "+7 495 123 4567",
        access + "74951234567",
        c.outside + access + "74951234567",
        "+" + country + access + "74951234567",
        access + country + access + "74951234567",
        "+" + access + "74951234567",
    };
    for (const std::string& number : disguised) {
      const DialDecision decision = Decide(number, plan, in_country);
      INFO(Words(decision));
      // Where the national prefix is 1, "1 011 7..." is no way out of the country.
      const bool stays = country == "1" && decision.dial_string == "9101174951234567";
      CHECK((decision.outcome == DialOutcome::kRefused || stays));
    }
    CHECK(Decide("+" + country + "7111234567", plan, in_country).outcome == DialOutcome::kNumber);
  }
  // The national prefix completes an access code.
  DialingPlan german{.country_or_region_code = "49",
                     .outside_line_access_code = "0",
                     .international_access_code = "00",
                     .national_number_prefix = "0",
                     .configured_in_country_or_region_groups = {Rule("Any", "*", "*")}};
  CHECK(Decide("+49 044 2079460000", german, in_country).outcome == DialOutcome::kRefused);
  CHECK(Decide("+49 711 123456", german, in_country).dial_string == "00711123456");
  CHECK(Decide("0711 123456", german, in_country).dial_string == "00711123456");
  CHECK(Decide("0049 711 123456", german, in_country).dial_string == "00711123456");
}

TEST_CASE("without an international access code both lists are searched, in-country first") {
  DialingPlan plan{.configured_in_country_or_region_groups = {Rule("In", "91xxx", "1xxx")},
                   .configured_international_groups = {Rule("Out", "9*", "9*")}};
  const DialingAuthorization both{"policy", true, true, {"In"}, {"Out"}};
  CHECK(Decide("91234", plan, both).dial_string == "1234");
  CHECK(Decide("91234", plan, both).group == "In");
  CHECK(Decide("9011441", plan, both).dial_string == "9011441");
  CHECK(Decide("9011441", plan, both).group == "Out");
  // Without a country code whatever has a + may be abroad.
  plan.configured_in_country_or_region_groups = {Rule("In", "*", "*")};
  CHECK(Decide("+91234", plan, both).group == "Out");
}

TEST_CASE("the first allowed rule in list order wins, and groups may have several entries") {
  DialingPlan plan{.configured_in_country_or_region_groups = {
                       Rule("A", "5*", "1*"), Rule("B", "55*", "2*"), Rule("A", "555*", "3*"),
                       Rule("C", "5xxxxx", "4xxxxx"), Rule("A", "6*", "*")}};
  const auto dial = [&](std::string_view number, std::vector<std::string> groups) {
    return Decide(number, plan, {"policy", true, true, std::move(groups), {}}).dial_string;
  };
  CHECK(dial("555123", {"A", "B", "C"}) == "155123");
  CHECK(dial("555123", {"C", "B"}) == "25123");
  CHECK(dial("555123", {"C"}) == "455123");
  CHECK(dial("555123", {"D"}) == "");
  CHECK(dial("61", {"A"}) == "1");
  CHECK(dial("6", {"A"}) == "");  // nothing would be left to dial
}

TEST_CASE("outgoing calls need a gateway that allows them, transfers do not") {
  DialingPlan plan = American();
  plan.outcalls_allowed = false;
  CHECK(Decide("7042", plan, All()).outcome == DialOutcome::kSubscriber);
  const DialDecision decision = Decide("7042", plan, All(), DialPurpose::kOutgoingCall);
  CHECK(decision.outcome == DialOutcome::kRefused);
  CHECK(decision.dial_string.empty());
  plan.outcalls_allowed = true;
  CHECK(Decide("7042", plan, All(), DialPurpose::kOutgoingCall).outcome ==
        DialOutcome::kSubscriber);
}

TEST_CASE("in another plan the policy's groups count as far as that plan has them") {
  const DialingAuthorization anyone{"dial plan", false, false, {"Free"}, {"Near"}};
  const DialingPlan called{
      .configured_in_country_or_region_groups = {Rule("Local", "1", "1"), Rule("Free", "2", "2")},
      .configured_international_groups = {Rule("Near", "3", "3")}};
  const auto for_called = [&](std::vector<std::string> in, std::vector<std::string> out) {
    return ForCalledPlan({"policy", true, true, std::move(in), std::move(out)}, anyone, called);
  };
  using Groups = std::vector<std::string>;
  CHECK(for_called({"local", "Other"}, {}).allowed_in_country_or_region_groups == Groups{"local"});
  CHECK(for_called({"Other"}, {}).allowed_in_country_or_region_groups == Groups{"Free"});
  CHECK(for_called({}, {}).allowed_in_country_or_region_groups.empty());
  CHECK(for_called({}, {"UK"}).allowed_international_groups == Groups{"Near"});
  CHECK(for_called({}, {"UK"}).allow_extensions);
}

TEST_CASE("all that is wrong with a dialing rule is said at once") {
  Problems problems;
  CHECK_FALSE(ParseDialingRule("a+b", "1-2", "", "\x01", "rules[3]", problems));
  REQUIRE(problems.size() == 4);
  CHECK(problems[0].field == "rules[3].group");
  CHECK(problems[1].field == "rules[3].comment");
  CHECK(problems[2].field == "rules[3].number_mask");
  CHECK(problems[3].field == "rules[3].dialed_number");
  problems.clear();
  CHECK_FALSE(ParseDialingRule("Local", "1xx", "1x", "", "r", problems));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].field == "r.dialed_number");
  problems.clear();
  CHECK_FALSE(ParseDialingRule(std::string(33, 'a'), "1", "1", "", "r", problems));
  CHECK(ParseDialingRule(std::string(32, 'a'), "1", "1", "why, and when: both", "r", problems));
  problems.clear();
  CheckAllowedGroups({"Local", "World", "LOCAL"}, {Rule("local", "1", "1")}, "allowed", problems);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] ==
        Problem{"allowed[1]", "the dial plan has no dialing rule of group \"World\""});
  CHECK(problems[1] == Problem{"allowed[2]", "\"LOCAL\" is there twice"});
}

TEST_CASE("whatever is dialled, only digits come out, and a refusal says why") {
  tests::Random random(4);
  DialingPlan plan = American();
  DialingAuthorization all = All();
  all.allowed_in_country_or_region_groups.push_back("All");
  all.allowed_international_groups.push_back("World");
  std::vector<std::string> numbers = tests::HostileTexts();
  for (int i = 0; i < 5000; ++i) numbers.push_back(random.Text(16, "+0123456789019142-. ax*"));
  int dialled = 0;
  for (const std::string& number : numbers) {
    const DialDecision decision = Decide(number, plan, all);
    REQUIRE_FALSE(decision.steps.empty());
    CHECK(decision.steps.back().kind == DialStepKind::kResult);
    CHECK((decision.outcome == DialOutcome::kRefused) == decision.dial_string.empty());
    CHECK(std::ranges::all_of(decision.dial_string, [](char c) { return c >= '0' && c <= '9'; }));
    CHECK(IsPlainUtf8(decision.steps.back().text));
    CHECK(decision.steps.back().text.size() < 300);
    dialled += !decision.dial_string.empty();
  }
  CHECK(dialled > 500);
}

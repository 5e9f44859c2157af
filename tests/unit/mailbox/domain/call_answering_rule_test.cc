#include "mailbox/domain/call_answering_rule.h"

#include <algorithm>

#include "common/base/utf8.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/domain/hostile.h"

using namespace um;
using namespace um::domain;
using Rules = std::vector<CallAnsweringRule>;

namespace {

const std::vector<std::string> kExtensions = {"7042", "7043"};

/// Tuesday, 10:00, working hours; Bob of the contacts calls 7042.
RuleSituation Call() {
  return {.caller_number = "+14255550100",
          .caller_emails = {"bob@example.com"},
          .caller_is_contact = true,
          .extension_dialed = "7042",
          .automatic_replies = false,
          .schedule_status = kBusy,
          .in_working_hours = true,
          .weekday = 2,
          .minute = 600};
}

CallAnsweringRule Custom(uint8_t days, int start, int end) {
  return {.time_of_day = TimeOfDay{TimeOfDay::Kind::kCustom, days, start, end}};
}

std::vector<std::string> Fields(const Rules& rules) {
  std::vector<std::string> fields;
  for (const Problem& problem : CheckRules(rules, kExtensions)) {
    CHECK(problem.field.starts_with("call_answering_rules"));
    CHECK(IsPlainUtf8(problem.text));
    CHECK(problem.text.size() < 300);
    fields.push_back(problem.field.substr(20));
  }
  return fields;
}
using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a rule without conditions always holds") {
  CHECK(Holds({}, Call()));
  CHECK(Holds({}, {}));
}

TEST_CASE("each condition is asked") {
  using K = TimeOfDay::Kind;
  struct Case {
    const char* what;
    CallAnsweringRule rule;
    bool holds;
  };
  const Case cases[] = {
      {"number", {.caller_ids = {CallerNumber{"4255550100"}}}, true},
      {"other number", {.caller_ids = {CallerNumber{"4255550101"}}}, false},
      {"one of", {.caller_ids = {CallerNumber{"1"}, CallerContact{"BOB@example.com"}}}, true},
      {"contact", {.caller_ids = {CallerContact{"ann@example.com"}}}, false},
      {"any contact", {.caller_ids = {AnyContact{}}}, true},
      {"replies", {.check_automatic_replies = true}, false},
      {"extension", {.extensions_dialed = {"7043", "7042"}}, true},
      {"other extension", {.extensions_dialed = {"7043"}}, false},
      {"busy", {.schedule_status = kBusy | kOutOfOffice}, true},
      {"free", {.schedule_status = kFree | kTentative | kOutOfOffice}, false},
      {"working", {.time_of_day = TimeOfDay{K::kWorkingHours}}, true},
      {"not working", {.time_of_day = TimeOfDay{K::kNonWorkingHours}}, false},
      {"custom", Custom(4, 600, 601), true},
      {"all",
       {.caller_ids = {AnyContact{}}, .extensions_dialed = {"7042"}, .schedule_status = kBusy},
       true},
      {"all but one",
       {.caller_ids = {AnyContact{}}, .extensions_dialed = {"7042"}, .schedule_status = kFree},
       false},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    CHECK(Holds(c.rule, Call()) == c.holds);
  }
  RuleSituation away = Call();
  away.automatic_replies = true;
  CHECK(Holds({.check_automatic_replies = true}, away));
}

TEST_CASE("what is not known does not hold") {
  using K = TimeOfDay::Kind;
  const RuleSituation nothing{.weekday = 2, .minute = 600};
  CHECK_FALSE(Holds({.caller_ids = {CallerNumber{"4255550100"}}}, nothing));
  CHECK_FALSE(Holds({.caller_ids = {CallerContact{"bob@example.com"}}}, nothing));
  CHECK_FALSE(Holds({.caller_ids = {AnyContact{}}}, nothing));
  CHECK_FALSE(Holds({.schedule_status = 15}, nothing));
  CHECK_FALSE(Holds({.time_of_day = TimeOfDay{K::kWorkingHours}}, nothing));
  CHECK_FALSE(Holds({.time_of_day = TimeOfDay{K::kNonWorkingHours}}, nothing));
  CHECK_FALSE(Holds(Custom(127, 0, 1440), {.weekday = 7}));
  CHECK_FALSE(Holds(Custom(127, 0, 1440), {.weekday = -1}));
}

TEST_CASE("custom times belong to the day on which they start") {
  // Sunday 1, Monday 2, Tuesday 4 ... Saturday 64 (spec 02 section 10.3).
  struct Case {
    CallAnsweringRule rule;
    int weekday;
    int minute;
    bool holds;
  };
  const CallAnsweringRule morning = Custom(4, 480, 720);
  const CallAnsweringRule night = Custom(64, 1320, 120);  // Saturday 22:00 to Sunday 2:00
  for (const Case& c : {Case{morning, 2, 479, false},
                        {morning, 2, 480, true},
                        {morning, 2, 719, true},
                        {morning, 2, 720, false},
                        {morning, 3, 600, false},
                        {night, 6, 1319, false},
                        {night, 6, 1320, true},
                        {night, 6, 60, false},
                        {night, 0, 119, true},
                        {night, 0, 120, false},
                        {night, 0, 1330, false},
                        {Custom(1, 0, 1440), 0, 0, true},
                        {Custom(1, 0, 1440), 0, 1439, true},
                        {Custom(1, 0, 1440), 1, 0, false}}) {
    INFO(c.weekday << " " << c.minute);
    CHECK(Holds(c.rule, {.weekday = c.weekday, .minute = c.minute}) == c.holds);
  }
}

TEST_CASE("the enabled rule of the highest priority that holds wins") {
  const CallAnsweringRule never{.name = "never", .priority = 1, .schedule_status = kFree};
  const CallAnsweringRule off{.name = "off", .enabled = false, .priority = 2};
  const CallAnsweringRule third{.name = "third", .priority = 3};
  const CallAnsweringRule twin{.name = "twin", .priority = 3};
  const CallAnsweringRule last{.name = "last", .priority = 9};
  const auto first = [&](const Rules& rules) {
    const CallAnsweringRule* rule = FirstMatch(rules, Call());
    return rule == nullptr ? std::string("message") : rule->name;
  };
  CHECK(first({}) == "message");
  CHECK(first({never, off}) == "message");
  CHECK(first({last, never, third, off, twin}) == "third");
  CHECK(first({twin, third}) == "twin");
  CHECK(first({last, off}) == "last");
}

TEST_CASE("numbers are the same with and without country code") {
  struct Case {
    const char* a;
    const char* b;
    bool same;
  };
  for (const Case& c : {Case{"+14255550100", "4255550100", true},
                        {"425-555-0100", "+1 425 555 0100", true},
                        {"5550100", "14255550100", true},
                        {"550100", "14255550100", false},
                        {"7042", "7042", true},
                        {"7042", "17042", false},
                        {"", "", false},
                        {"", "7042", false},
                        {"ann@example.com", "ann@example.com", false}}) {
    INFO(c.a << " " << c.b);
    CHECK(SameNumber(c.a, c.b) == c.same);
    CHECK(SameNumber(c.b, c.a) == c.same);
  }
}

TEST_CASE("good rules have no problems") {
  CHECK(Fields({}).empty());
  Rules rules;
  for (int i = 1; i <= 9; ++i) {
    rules.push_back({.name = "Rule " + std::to_string(i), .priority = i});
  }
  rules[0].name = "Urgent: boss, \xC3\xA4, or customer?";
  rules[0].caller_ids.assign(50, CallerNumber{"+1 425"});
  rules[0].caller_ids.emplace_back(AnyContact{});
  rules[1].caller_ids = {CallerContact{"bob@example.com"}};
  rules[2].extensions_dialed = kExtensions;
  rules[3].schedule_status = 15;
  rules[4].time_of_day = Custom(127, 1320, 120).time_of_day;
  rules[5].key_mappings = {{'1', "Find me", FindMe{"23456", 23, "45671", 50}},
                           {'2', "Find me once", FindMe{"23456", 120}},
                           {'3', "Desk", TransferToNumber{"45678"}},
                           {'4', "Bob", TransferToContact{"bob@example.com"}},
                           {'9', "Message", LeaveMessage{}}};
  CHECK(Fields(rules).empty());
}

TEST_CASE("all that is wrong with rules is said at once") {
  const CallAnsweringRule good{.name = "good", .priority = 1};
  CHECK(Fields(Rules(10, good)) == Strings{""});
  CHECK(Fields({good, {.name = "GOOD", .priority = 1}}) == Strings{"[1].name", "[1].priority"});
  for (const int priority : {-1, 0, 10, 1 << 30}) {
    CHECK(Fields({{.name = "a", .priority = priority}}) == Strings{"[0].priority"});
  }
  CHECK(Fields({{.name = ""}}) == Strings{"[0].name"});
  CHECK(Fields({{.name = "a\nb"}}) == Strings{"[0].name"});
  CHECK(Fields({{.name = std::string(255, 'a')}}).empty());
  CHECK(Fields({{.name = std::string(256, 'a')}}) == Strings{"[0].name"});

  CallAnsweringRule rule = good;
  rule.caller_ids.assign(51, CallerNumber{"1"});
  CHECK(Fields({rule}) == Strings{"[0].caller_ids"});
  rule.caller_ids = {AnyContact{},       AnyContact{},           CallerNumber{"abc"},
                     CallerContact{"@"}, CallerContact{"a@b@c"}, CallerContact{"a b@c"}};
  rule.extensions_dialed = {"7042", "7042", "7044"};
  rule.schedule_status = 16;
  rule.time_of_day = TimeOfDay{TimeOfDay::Kind::kCustom, 0, 1440, 1441};
  rule.key_mappings = {{'0', "a"},
                       {'1', "a"},
                       {'1', ""},
                       {'2', std::string(65, 'a')},
                       {'3', "a", FindMe{"", 0, "x", 121}},
                       {'4', "a", TransferToNumber{"*"}},
                       {'5', "a", TransferToContact{"bob"}}};
  CHECK(Fields({rule}) == Strings{"[0].caller_ids",
                                  "[0].caller_ids[2]",
                                  "[0].caller_ids[3]",
                                  "[0].caller_ids[4]",
                                  "[0].caller_ids[5]",
                                  "[0].extensions_dialed[1]",
                                  "[0].extensions_dialed[2]",
                                  "[0].schedule_status",
                                  "[0].time_of_day.days",
                                  "[0].time_of_day.start",
                                  "[0].time_of_day.end",
                                  "[0].key_mappings[0].key",
                                  "[0].key_mappings[2].key",
                                  "[0].key_mappings[2].label",
                                  "[0].key_mappings[3].label",
                                  "[0].key_mappings[4].find_me.number",
                                  "[0].key_mappings[4].find_me.ring_seconds",
                                  "[0].key_mappings[4].find_me.second_number",
                                  "[0].key_mappings[4].find_me.second_ring_seconds",
                                  "[0].key_mappings[5].transfer_to_number",
                                  "[0].key_mappings[6].transfer_to_contact"});
  rule = good;
  rule.key_mappings.assign(11, {'1', "a"});
  CHECK(Fields({rule}) == Strings{"[0].key_mappings"});
  CHECK(Fields({Custom(1, 60, 60)}) == Strings{"[0].name", "[0].time_of_day.end"});
}

TEST_CASE("hostile rules get short, printable complaints") {
  for (const std::string& text : tests::HostileTexts()) {
    const CallAnsweringRule rule{
        .name = text,
        .priority = 1,
        .caller_ids = {CallerNumber{text}, CallerContact{text}},
        .extensions_dialed = {text},
        .key_mappings = {{text.empty() ? '\0' : text[0], text, FindMe{text, 20, text}}}};
    CHECK(Fields({rule}).size() >= 4);
    CHECK_FALSE(Holds(rule, {}));
  }
}

TEST_CASE("the first match is the one that the definition says") {
  tests::Random random(8);
  for (int i = 0; i < 5000; ++i) {
    Rules rules;
    for (uint32_t n = random.Below(9); n > 0; --n) {
      CallAnsweringRule rule{.enabled = random.Below(3) > 0,
                             .priority = static_cast<int>(random.Below(9)) + 1,
                             .schedule_status = static_cast<uint8_t>(random.Below(16))};
      if (random.Below(2) == 0) rule.extensions_dialed = {"7043"};
      if (random.Below(2) == 0) {
        rule.time_of_day =
            Custom(static_cast<uint8_t>(random.Below(128)), static_cast<int>(random.Below(1440)),
                   static_cast<int>(random.Below(1440)) + 1)
                .time_of_day;
      }
      rules.push_back(rule);
    }
    RuleSituation call = Call();
    if (random.Below(2) == 0) call.extension_dialed = "7043";
    std::vector<CallAnsweringRule> sorted = rules;
    std::ranges::sort(sorted, {}, &CallAnsweringRule::priority);
    const auto expected = std::ranges::find_if(
        sorted, [&](const CallAnsweringRule& rule) { return rule.enabled && Holds(rule, call); });
    const CallAnsweringRule* found = FirstMatch(rules, call);
    REQUIRE((found != nullptr) == (expected != sorted.end()));
    if (found != nullptr) CHECK(found->priority == expected->priority);
  }
}

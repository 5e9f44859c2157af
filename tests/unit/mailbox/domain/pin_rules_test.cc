#include "mailbox/domain/pin_rules.h"

#include <algorithm>
#include <set>

#include "common/base/status.h"
#include "mailbox/domain/numbers.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/domain/hostile.h"

using namespace um;
using namespace um::domain;
using V = PinViolation;
using Violations = std::vector<PinViolation>;

namespace {

const PinOwner kNobody;
const WallTime kNow{std::chrono::hours(24 * 20000)};

Violations Check(std::string_view pin, bool common = false, int least = 4,
                 const PinOwner& owner = kNobody) {
  return CheckPin(pin, {.min_pin_length = least, .allow_common_patterns = common}, owner);
}

}  // namespace

TEST_CASE("a PIN's digits are counted") {
  for (int least = 4; least <= 24; ++least) {
    for (size_t length = 0; length <= 26; ++length) {
      const std::string pin = std::string("270918364527091836452709183645").substr(0, length);
      Violations expected;
      if (static_cast<int>(length) < least) expected.push_back(V::kTooShort);
      if (length > 24) expected.push_back(V::kTooLong);
      CHECK(Check(pin, false, least) == expected);
    }
  }
  // A policy from elsewhere cannot make a PIN shorter than four digits.
  CHECK(Check("270", true, 0) == Violations{V::kTooShort});
}

TEST_CASE("a PIN has ASCII digits only") {
  for (const char* pin : {"27a9", "27 9", "+279", "27-9", "2709*"}) {
    CHECK(Check(pin) == Violations{V::kNotDigits});
  }
  for (const std::string& pin : tests::HostileTexts()) {
    const Violations violations = Check(pin, true);
    CHECK_FALSE(violations.empty());
  }
}

TEST_CASE("sequences and repetitions are common patterns") {
  for (const char* pin : {"1234", "65432", "0123456789", "9876543210", "8901", "789012", "2109",
                          "01234567890123456789"}) {
    INFO(pin);
    CHECK(Check(pin) == Violations{V::kSequence});
    CHECK(Check(pin, true).empty());
  }
  for (const char* pin : {"1111", "00000", "999999999999999999999999"}) {
    CHECK(Check(pin) == Violations{V::kRepeated});
    CHECK(Check(pin, true).empty());
  }
  for (const char* pin : {"1235", "1243", "1357", "1212", "1112", "2468", "9870", "0918"}) {
    INFO(pin);
    CHECK(Check(pin).empty());
  }
}

TEST_CASE("of the PINs of four digits, 20 are sequences and 10 repetitions") {
  int sequences = 0;
  int repetitions = 0;
  for (int i = 0; i < 10000; ++i) {
    const std::string pin = std::to_string(10000 + i).substr(1);
    for (const V violation : Check(pin)) {
      sequences += violation == V::kSequence;
      repetitions += violation == V::kRepeated;
    }
  }
  CHECK(sequences == 20);
  CHECK(repetitions == 10);
}

TEST_CASE("a PIN is neither the end of an extension nor contains one, whatever is allowed") {
  const PinOwner owner{{"36697", "204"}, {}};
  struct Case {
    const char* pin;
    bool violates;
  };
  // The first two are spec 02 section 9.2's examples.
  for (const Case& c : {Case{"6697", true},
                        {"3669712", true},
                        {"36697", true},
                        {"1236697", true},
                        {"3669", false},
                        {"6679", false},
                        {"2047", true},
                        {"9204", true},
                        {"920411", true},
                        {"2014", false}}) {
    INFO(c.pin);
    CHECK(Check(c.pin, true, 4, owner) == (c.violates ? Violations{V::kExtension} : Violations{}));
  }
  // Extensions of one or two digits would forbid most PINs.
  CHECK(Check("2709", true, 4, {{"2", "70"}, {}}).empty());
  CHECK(Check("2709", true, 4, {{""}, {}}).empty());
}

TEST_CASE("part of the user's number is a common pattern") {
  const PinOwner owner{{"36697"}, {"+1 (425) 555-0173", ""}};
  CHECK(Check("0173", false, 4, owner) == Violations{V::kPhoneNumber});
  CHECK(Check("1425", false, 4, owner) == Violations{V::kPhoneNumber});
  CHECK(Check("555017", false, 4, owner) == Violations{V::kPhoneNumber});
  CHECK(Check("3669", false, 4, owner) == Violations{V::kPhoneNumber});
  CHECK(Check("6697", false, 4, owner) == Violations{V::kExtension, V::kPhoneNumber});
  CHECK(Check("0174", false, 4, owner).empty());
  CHECK(Check("0173", true, 4, owner).empty());
}

TEST_CASE("everything that is wrong is said at once, and never the PIN") {
  const PinOwner owner{{"51234"}, {"1234"}};
  CHECK(Check("1234", false, 6, owner) ==
        Violations{V::kTooShort, V::kExtension, V::kSequence, V::kPhoneNumber});
  const PinPolicy policy{.min_pin_length = 8, .pin_history_count = 3};
  CHECK(ToText(V::kTooShort, policy) == "the PIN needs at least 8 digits");
  CHECK(ToText(V::kUsedBefore, policy) == "the PIN is one of the last 3");
  std::set<std::string> texts;
  for (int v = 0; v <= static_cast<int>(V::kUsedBefore); ++v) {
    texts.insert(ToText(static_cast<V>(v), policy));
  }
  CHECK(texts.size() == 8);
  CHECK_FALSE(texts.contains(""));
}

TEST_CASE("generated PINs are good, of the right length, and all different") {
  tests::Random random(5);
  const auto below = [&](uint32_t bound) { return random.Below(bound); };
  const PinOwner owner{{"36697", "123"}, {"+14255550173"}};
  for (int least = 4; least <= 24; ++least) {
    const PinPolicy policy{.min_pin_length = least};
    std::set<std::string> pins;
    for (int i = 0; i < 200; ++i) {
      const auto pin = GeneratePin(policy, owner, below);
      REQUIRE(pin.ok());
      CHECK(pin->size() == static_cast<size_t>(std::max(6, least)));
      CHECK(CheckPin(*pin, policy, owner).empty());
      pins.insert(*pin);
    }
    CHECK(pins.size() > 195);
  }
}

TEST_CASE("a source that always says the same ends in an error, not in a loop") {
  const auto pin = GeneratePin({}, kNobody, [](uint32_t) { return 7U; });
  CHECK(pin.status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(GeneratePin({.allow_common_patterns = true}, kNobody, [](uint32_t) {
          return 7U;
        }).value() == "777777");
}

TEST_CASE("a policy's numbers have their ranges") {
  CHECK(CheckPinPolicy({}).empty());
  struct Case {
    PinPolicy policy;
    const char* field;  // nullptr: good
  };
  for (const Case& c :
       {Case{{.min_pin_length = 3}, "min_pin_length"},
        {{.min_pin_length = 0}, "min_pin_length"},
        {{.min_pin_length = 4}, nullptr},
        {{.min_pin_length = 24}, nullptr},
        {{.min_pin_length = 25}, "min_pin_length"},
        {{.pin_history_count = 0}, "pin_history_count"},
        {{.pin_history_count = 1}, nullptr},
        {{.pin_history_count = 20}, nullptr},
        {{.pin_history_count = 21}, "pin_history_count"},
        {{.pin_lifetime_days = 0}, "pin_lifetime_days"},
        {{.pin_lifetime_days = 999}, nullptr},
        {{.pin_lifetime_days = 1000}, "pin_lifetime_days"},
        {{.pin_lifetime_days = std::nullopt}, nullptr},
        {{.logon_failures_before_pin_reset = 15}, "logon_failures_before_pin_reset"},
        {{.logon_failures_before_pin_reset = 14}, nullptr},
        {{.logon_failures_before_pin_reset = 0}, "logon_failures_before_pin_reset"},
        {{.logon_failures_before_pin_reset = 998, .max_logon_attempts = 999}, nullptr},
        {{.logon_failures_before_pin_reset = std::nullopt}, nullptr},
        {{.max_logon_attempts = std::nullopt}, nullptr},
        {{.logon_failures_before_pin_reset = std::nullopt, .max_logon_attempts = 1}, nullptr},
        {{.logon_failures_before_pin_reset = std::nullopt, .max_logon_attempts = 0},
         "max_logon_attempts"},
        {{.max_logon_attempts = 1000}, "max_logon_attempts"}}) {
    const Problems problems = CheckPinPolicy(c.policy);
    REQUIRE(problems.size() == (c.field != nullptr ? 1 : 0));
    if (c.field != nullptr) CHECK(problems[0].field == c.field);
  }
  CHECK(CheckPinPolicy({1, 0, 0, false, 999, 0}).size() == 6);
  CHECK(UnlimitedIfZero(0) == std::nullopt);
  CHECK(UnlimitedIfZero(7) == 7);
}

TEST_CASE("wrong PINs reset the PIN at 5 and 10 and lock the mailbox at 15") {
  PinState state{.changed = kNow, .expired = false, .first_time_user = false};
  std::vector<int> resets;
  for (int i = 1; i <= 20; ++i) {
    const FailureResult result = AfterFailure(state, {});
    if (result.reset_needed) resets.push_back(i);
    CHECK(result.state.locked_out == (i >= 15));
    CHECK(result.state.consecutive_failures == std::min(i, 15));
    state = result.reset_needed ? AfterAutomaticReset(result.state, kNow) : result.state;
  }
  CHECK(resets == std::vector{5, 10});
  CHECK(state.expired);
  CHECK(AfterSuccess(state) == state);  // a locked mailbox stays locked
  CHECK_FALSE(WithLock(state, false).locked_out);
  CHECK(WithLock(state, false).consecutive_failures == 0);
  const PinState again = AfterAdministratorReset(state, kNow + 1h, true);
  CHECK(again == PinState{kNow + 1h, true, false, 0, false});
  CHECK_FALSE(AfterAdministratorReset(state, kNow, false).expired);
  CHECK(WithLock(again, true).locked_out);
  CHECK(WithLock({.consecutive_failures = 15, .locked_out = true}, true).consecutive_failures == 0);
}

TEST_CASE("failures are consecutive, and their limits can be off") {
  PinState state;
  for (int i = 0; i < 4; ++i) state = AfterFailure(state, {}).state;
  state = AfterSuccess(state);
  CHECK(state.consecutive_failures == 0);
  CHECK_FALSE(AfterFailure(state, {}).reset_needed);

  const PinPolicy off{.logon_failures_before_pin_reset = std::nullopt,
                      .max_logon_attempts = std::nullopt};
  for (int i = 0; i < 1000; ++i) {
    const FailureResult result = AfterFailure(state, off);
    CHECK_FALSE((result.reset_needed || result.state.locked_out));
    state = result.state;
  }
  state.consecutive_failures = std::numeric_limits<int>::max() - 1;
  CHECK(AfterFailure(state, off).state.consecutive_failures == 1'000'000);
  // A limit that was lowered below the count locks at the next failure.
  state.consecutive_failures = 10;
  CHECK(AfterFailure(state, {.logon_failures_before_pin_reset = 1, .max_logon_attempts = 3})
            .state.locked_out);
}

TEST_CASE("a PIN must be changed when it is not the user's, too old or too short") {
  const PinState fresh{.changed = kNow, .expired = false};
  const auto day = 24h;
  CHECK(MustChange(fresh, {}, 6, kNow) == PinChange::kNotNeeded);
  CHECK(MustChange(fresh, {}, 6, kNow + 60 * day - 1us) == PinChange::kNotNeeded);
  CHECK(MustChange(fresh, {}, 6, kNow + 60 * day) == PinChange::kTooOld);
  CHECK(MustChange(fresh, {.pin_lifetime_days = 999}, 6, kNow + 998 * day) ==
        PinChange::kNotNeeded);
  CHECK(MustChange(fresh, {.pin_lifetime_days = std::nullopt}, 6, kNow + 9999 * day) ==
        PinChange::kNotNeeded);
  CHECK(MustChange(fresh, {}, 5, kNow) == PinChange::kTooShort);
  CHECK(MustChange(fresh, {}, 5, kNow + 60 * day) == PinChange::kTooOld);
  CHECK(MustChange(fresh, {}, 6, kNow - 999 * day) == PinChange::kNotNeeded);  // clock set back
  const PinState set{.changed = kNow, .expired = true};
  CHECK(MustChange(set, {}, 6, kNow) == PinChange::kExpired);
  CHECK(MustChange(AfterUserChange(set, kNow), {}, 6, kNow) == PinChange::kNotNeeded);
  CHECK(AfterUserChange(set, kNow).first_time_user);
  CHECK_FALSE(AfterSignIn(set).first_time_user);
}

TEST_CASE("a call ends at its own limit of wrong PINs") {
  CHECK_FALSE(EndsCall(2, kDefaultLogonFailuresBeforeDisconnect));
  CHECK(EndsCall(3, kDefaultLogonFailuresBeforeDisconnect));
  CHECK(EndsCall(1, 1));
  CHECK_FALSE(EndsCall(0, 0));
  CHECK(EndsCall(1, 0));
  CHECK(EndsCall(20, 99));
}

#include "mailbox/domain/greeting.h"

#include "tests/support/catch.h"

using namespace um::domain;

namespace {
const WallTime kNow{1'790'000'000s};
const std::optional<Away> kOff = std::nullopt, kOn = Away{}, kOnTillLater = Away{kNow + 1s},
                          kOver = Away{kNow};
}  // namespace

TEST_CASE("away goes before personal, and personal before the system") {
  struct Case {
    bool personal, away;
    std::optional<Away> on;
    std::optional<GreetingKind> heard;
  };
  const auto kSystem = std::nullopt;
  for (const Case& c :
       {Case{false, false, kOff, kSystem}, Case{false, false, kOn, kSystem},
        Case{false, true, kOff, kSystem}, Case{false, true, kOn, GreetingKind::kAway},
        Case{true, false, kOff, GreetingKind::kPersonal},
        Case{true, false, kOn, GreetingKind::kPersonal},
        Case{true, true, kOff, GreetingKind::kPersonal}, Case{true, true, kOn, GreetingKind::kAway},
        Case{true, true, kOnTillLater, GreetingKind::kAway},
        Case{true, true, kOver, GreetingKind::kPersonal}, Case{false, true, kOver, kSystem}}) {
    CAPTURE(c.personal, c.away, c.on.has_value());
    CHECK(ChooseGreeting(c.personal, c.away, c.on, kNow) == c.heard);
  }
}

TEST_CASE("kinds are read as they are written") {
  for (const GreetingKind kind : kGreetingKinds) CHECK(GreetingKindOf(ToString(kind)) == kind);
  CHECK_FALSE(GreetingKindOf(""));
  CHECK_FALSE(GreetingKindOf("Personal"));
}

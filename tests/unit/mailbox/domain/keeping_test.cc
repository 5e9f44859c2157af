#include "mailbox/domain/keeping.h"

#include "tests/support/catch.h"

using namespace um::domain;

namespace {

constexpr WallTime kNow{std::chrono::hours(24 * 20'000)};
WallTime DaysAgo(int days) { return kNow - std::chrono::hours(24 * days); }

}  // namespace

TEST_CASE("a mailbox is full when one of its limits is reached") {
  const Quota both{.messages = 3, .audio = 10min};
  CHECK_FALSE(IsFull(both, {}));
  CHECK_FALSE(IsFull(both, {2, 10min - 1ms}));
  CHECK(IsFull(both, {3, 0ms}));
  CHECK(IsFull(both, {1, 10min}));
  CHECK(IsFull(Quota(), {1000, 0ms}));
  CHECK_FALSE(IsFull(Quota(), {999, 1000h}));
  CHECK_FALSE(IsFull({std::nullopt, std::nullopt}, {1'000'000, 1'000'000h}));
}

TEST_CASE("a message is over so many days after its delivery as its own mailbox' limit says") {
  RetentionRules rules;
  rules.Set("acme", "short", 1);
  rules.Set("acme", "ever", std::nullopt);
  rules.Set("acme", "usual", 30);
  CHECK(rules.IsOver("acme", "short", DaysAgo(1), kNow));
  CHECK_FALSE(rules.IsOver("acme", "short", DaysAgo(1) + 1us, kNow));
  CHECK_FALSE(rules.IsOver("acme", "ever", DaysAgo(19'000), kNow));
  CHECK_FALSE(rules.IsOver("acme", "usual", DaysAgo(29), kNow));
  CHECK(rules.IsOver("acme", "usual", DaysAgo(30), kNow));
  // The same name elsewhere, and a mailbox that is gone: the default counts.
  CHECK_FALSE(rules.IsOver("other", "short", DaysAgo(29), kNow));
  CHECK(rules.IsOver("other", "ever", DaysAgo(30), kNow));
}

TEST_CASE("what is younger than the shortest limit need not be looked at") {
  RetentionRules rules;
  CHECK(rules.Earliest(kNow) == DaysAgo(30));
  rules.Set("acme", "ever", std::nullopt);
  rules.Set("acme", "long", 3650);
  CHECK(rules.Earliest(kNow) == DaysAgo(30));
  rules.Set("acme", "short", 7);
  CHECK(rules.Earliest(kNow) == DaysAgo(7));
}

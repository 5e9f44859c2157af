#include "mailbox/delivery/pace.h"

#include <vector>

#include "tests/support/catch.h"

namespace um::delivery {
namespace {

using namespace std::chrono_literals;
using Time = Pace::Clock::time_point;

TEST_CASE("fifty thousand notices go out evenly, and no second has more than its share") {
  Pace pace(5, 1);
  Time now{1000s};
  std::vector<Time> begun;
  while (begun.size() < 50'000) {
    const auto wait = pace.Wait(now);
    REQUIRE(wait.has_value());
    if (*wait > 0s) {
      now += *wait;
      continue;
    }
    pace.Begin(now);
    begun.push_back(now);
    now += 30ms;  // a mail takes its time
    pace.End();
  }
  for (size_t i = 5; i < begun.size(); ++i) REQUIRE(begun[i] - begun[i - 5] >= 1s);
  CHECK(begun.back() - begun.front() == 49'999 * 200ms);
}

TEST_CASE("after a pause there is no burst") {
  Pace pace(5, 10);
  Time now{1000s};
  pace.Begin(now);
  now += 1h;
  CHECK(pace.Wait(now) == 0s);
  pace.Begin(now);
  CHECK(pace.Wait(now) == 200ms);
}

TEST_CASE("slow mails do not pile up") {
  Pace pace(1000, 2);
  Time now{1000s};
  pace.Begin(now);
  now += 1s;
  pace.Begin(now);
  now += 1s;
  CHECK(pace.Wait(now) == std::nullopt);
  pace.End();
  CHECK(pace.Wait(now) == 0s);
}

TEST_CASE("a look that finds nothing costs no turn") {
  Pace pace(1, 2);
  const Time now{1000s};
  pace.Undo(pace.Begin(now));
  CHECK(pace.Wait(now) == 0s);
  // Unless another has begun meanwhile.
  const Time first = pace.Begin(now);
  pace.Begin(now + 1s);
  pace.Undo(first);
  CHECK(pace.Wait(now + 1s) == 1s);
}

TEST_CASE("without a rate only the places count") {
  Pace pace(0, 1);
  const Time now{1000s};
  pace.Begin(now);
  CHECK(pace.Wait(now) == std::nullopt);
  pace.End();
  CHECK(pace.Wait(now) == 0s);
}

}  // namespace
}  // namespace um::delivery

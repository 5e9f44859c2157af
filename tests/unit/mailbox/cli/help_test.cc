#include "mailbox/cli/help.h"

#include "mailbox/cli/explain.h"
#include "tests/support/catch.h"

using namespace um::cli;

TEST_CASE("a slip of the pen has a nearest word, nonsense has none") {
  CHECK(Nearest("lst", {"list", "show"}) == "list");
  CHECK(Nearest("--fax-enable", {"--fax-enabled", "--unset"}) == "--fax-enabled");
  CHECK(Nearest("frobnicate", {"list", "show"}).empty());
  CHECK(Nearest(std::string(100'000, 'x'), {"list"}).empty());
}

TEST_CASE("times are said in the ways that people say them") {
  constexpr int64_t kNow = 1768469400;  // 2026-01-15T09:30:00Z
  CHECK(SinceTime("2h", kNow) == "2026-01-15T07:30:00Z");
  CHECK(SinceTime("30min", kNow) == "2026-01-15T09:00:00Z");
  CHECK(SinceTime("1d", kNow) == "2026-01-14T09:30:00Z");
  CHECK(SinceTime("2026-01-01", kNow) == "2026-01-01T00:00:00Z");
  CHECK(SinceTime("2026-01-01T12:00:00+01:00", kNow) == "2026-01-01T11:00:00Z");
  for (const char* wrong : {"", "2", "tomorrow", "-1h", "99999999999h", "2026-13-01"}) {
    CHECK_FALSE(SinceTime(wrong, kNow));
  }
}

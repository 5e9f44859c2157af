#include "common/net/log_limiter.h"

#include "tests/support/catch.h"

namespace um::net {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a peer has one line in ten seconds, and the next tells what was left out") {
  LogLimiter limiter;
  const IpAddress a = *IpAddress::Parse("192.0.2.1"), b = *IpAddress::Parse("192.0.2.2");
  const async::Time start(1h);
  CHECK(limiter.Allow(a, start) == 0);
  CHECK(limiter.Allow(b, start) == 0);
  CHECK_FALSE(limiter.Allow(a, start + 1s));
  CHECK_FALSE(limiter.Allow(a, start + 9s));
  CHECK(limiter.Allow(a, start + 10s) == 2);
  CHECK_FALSE(limiter.Allow(a, start + 11s));
}

TEST_CASE("a flood from many addresses costs bounded memory") {
  LogLimiter limiter;
  int lines = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto ip =
        IpAddress::Parse("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
    if (limiter.Allow(*ip, async::Time(1h))) ++lines;
  }
  CHECK(lines == 5000);
  CHECK_FALSE(limiter.Allow(*IpAddress::Parse("10.0.19.249"), async::Time(1h)));
}

}  // namespace
}  // namespace um::net

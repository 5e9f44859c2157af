#include "mailbox/media/source_rule.h"

#include "tests/support/catch.h"

using um::async::Time;
using um::media::SourceRule;
using um::net::Endpoint;
using namespace std::chrono_literals;

namespace {
const Endpoint kGateway = *Endpoint::Parse("192.0.2.1:4000");
const Endpoint kElsewhere = *Endpoint::Parse("192.0.2.9:6000");
const Endpoint kStranger = *Endpoint::Parse("198.51.100.7:5000");
}  // namespace

TEST_CASE("strict takes the signalled address and port only") {
  SourceRule rule;
  rule.Configure(kGateway, true, Time{});
  CHECK(rule.Accept(kGateway, Time{}));
  CHECK_FALSE(rule.Accept(kElsewhere, Time(10s)));
  CHECK_FALSE(rule.Accept(*Endpoint::Parse("192.0.2.1:4002"), Time(10s)));
}

TEST_CASE("learn locks on the first source and keeps strangers out") {
  SourceRule rule;
  rule.Configure(kGateway, false, Time{});
  for (Time now{}; now < Time(10s); now += 20ms) {
    CHECK(rule.Accept(kElsewhere, now));
    CHECK_FALSE(rule.Accept(kStranger, now + 1ms));
  }
  CHECK(rule.locked() == kElsewhere);
}

TEST_CASE("learn learns anew after three seconds of silence") {
  SourceRule rule;
  rule.Configure(kGateway, false, Time{});
  CHECK(rule.Accept(kElsewhere, Time(5s)));
  CHECK_FALSE(rule.Accept(kStranger, Time(7990ms)));
  CHECK(rule.Accept(kStranger, Time(8s)));
  CHECK_FALSE(rule.Accept(kElsewhere, Time(8100ms)));
}

TEST_CASE("the signalled address wins over a stranger who was faster") {
  SourceRule rule;
  rule.Configure(kGateway, false, Time{});
  CHECK(rule.Accept(kStranger, Time(5s)));
  CHECK(rule.Accept(kGateway, Time(5001ms)));
  CHECK_FALSE(rule.Accept(kStranger, Time(5002ms)));
}

TEST_CASE("after a new answer the source may move at once, but not be pushed aside") {
  SourceRule rule;
  rule.Configure(kGateway, false, Time{});
  CHECK(rule.Accept(kElsewhere, Time(60s)));
  rule.Configure(kGateway, false, Time(60s));
  CHECK_FALSE(rule.Accept(kStranger, Time(60010ms)));
  CHECK(rule.Accept(kElsewhere, Time(60020ms)));
  CHECK(rule.Accept(kStranger, Time(60200ms)));  // the old source has stopped
}

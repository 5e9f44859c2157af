#include "proxy/pending.h"

#include "proxy/loop_guard.h"
#include "tests/support/catch.h"
#include "tests/unit/proxy/fakes.h"

namespace um::proxy {
namespace {

using namespace std::chrono_literals;

sip::Message Invite() { return *sip::Message::Parse(Caller{}.Request("INVITE")); }
const net::Flow kFlow = FlowFrom("10.0.0.9:5060");

TEST_CASE("a look-up is found by its call's hash until it is removed") {
  Pending pending;
  LookUpEntry* entry = pending.Add("hash", Invite(), kFlow);
  REQUIRE(entry);
  CHECK(pending.Find("hash") == entry);
  CHECK_FALSE(pending.Find("other"));
  pending.Remove(*entry);
  CHECK_FALSE(pending.Find("hash"));
  CHECK(pending.size() == 0);
}

TEST_CASE("the table is bounded") {
  Pending pending(2);
  CHECK(pending.Add("1", Invite(), kFlow));
  CHECK(pending.Add("2", Invite(), kFlow));
  CHECK_FALSE(pending.Add("3", Invite(), kFlow));
  pending.Remove(*pending.Find("1"));
  CHECK(pending.Add("3", Invite(), kFlow));
}

TEST_CASE("each offer is answered once, and not after its look-up has ended") {
  Pending pending;
  LookUpEntry* entry = pending.Add("hash", Invite(), kFlow);
  const uint64_t first = pending.Ask(*entry, "a:1");
  const uint64_t second = pending.Ask(*entry, "b:1");
  CHECK(first != second);
  CHECK(pending.TakeAnswer(first) == entry);
  CHECK_FALSE(pending.TakeAnswer(first));
  CHECK(entry->asked.size() == 1);
  pending.Remove(*entry);
  CHECK_FALSE(pending.TakeAnswer(second));
  CHECK(pending.offers() == 0);
  CHECK_FALSE(pending.TakeAnswer(4711));
}

TEST_CASE("a node that is gone gives back what it was asked, and nothing else") {
  Pending pending;
  LookUpEntry* one = pending.Add("1", Invite(), kFlow);
  LookUpEntry* two = pending.Add("2", Invite(), kFlow);
  const uint64_t gone = pending.Ask(*one, "a:1");
  const uint64_t stays = pending.Ask(*two, "b:1");
  CHECK(pending.TakeAllOf("a:1") == std::vector<LookUpEntry*>{one});
  CHECK(pending.TakeAllOf("a:1").empty());
  CHECK_FALSE(pending.TakeAnswer(gone));
  CHECK(pending.TakeAnswer(stays) == two);
}

TEST_CASE("three different INVITEs of one Call-ID within 5 s are a loop") {
  LoopGuard guard;
  const async::Time t{1000s};
  CHECK_FALSE(guard.IsLoop("call", "1", t));
  CHECK_FALSE(guard.IsLoop("call", "2", t + 1s));
  CHECK_FALSE(guard.IsLoop("other", "3", t + 1s));
  CHECK(guard.IsLoop("call", "3", t + 2s));
  CHECK(guard.IsLoop("call", "4", t + 3s));
  CHECK_FALSE(guard.IsLoop("call", "5", t + 5s));  // the five seconds are over
}

TEST_CASE("retransmissions are no loop") {
  LoopGuard guard;
  for (int i = 0; i < 10; ++i)
    CHECK_FALSE(guard.IsLoop("call", "same", async::Time(1000s) + i * 500ms));
}

TEST_CASE("the loop guard's memory is bounded and passes") {
  LoopGuard guard(100);
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(guard.IsLoop("call " + std::to_string(i), "1", async::Time(1000s)));
    CHECK(guard.size() <= 100);
  }
  CHECK_FALSE(guard.IsLoop("last", "1", async::Time(1010s)));
  CHECK(guard.size() == 1);
}

}  // namespace
}  // namespace um::proxy

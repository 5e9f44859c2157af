#include "tests/unit/mailbox/dialogs/run_call.h"

using namespace um;
using namespace um::dialogs;
using namespace um::tests;

TEST_CASE("a caller who hangs up while recording leaves the message") {
  const Result r = RunCall({{7s, '('}, {17s, '!'}});
  CHECK(r.heard == After({"record"}));
  CHECK(r.left == Left{"message 10000"});
  CHECK(r.clean);
}

TEST_CASE("a caller who ends with # twice hears that the message is saved, and is bidden goodbye") {
  const Result r = RunCall({{7s, '('}, {10s, ')'}, {11s, '#'}, {12s, '#'}});
  CHECK(r.heard == After(Joined({{"record"}, kReview, {"saved", "goodbye", "bye"}})));
  CHECK(r.left == Left{"message 3000"});
}

TEST_CASE("silence ends the recording after the dial plan's idle time-out") {
  const Result r = RunCall({{7s, '('}, {10s, ')'}});
  CHECK(r.heard == After(Joined({{"record"}, kReview, {"saved", "goodbye", "bye"}})));
  CHECK(r.left == Left{"message 3000"});
  const auto menu = 6s + 5s;  // and the time to answer it
  CHECK(r.lasted >= 10s + 5s + menu + 4s);
  CHECK(r.lasted < 10s + 5s + menu + 4s + 10ms);
}

TEST_CASE("the longest recording ends by itself") {
  domain::CallRoute route = ForAnn();
  route.dial_plan.max_recording = 1min;
  const Result r = RunCall({{7s, '('}}, route);
  CHECK(r.heard == After({"record", "1 accept, 2 listen, 3 again", "* cancel, 0 repeat", "saved",
                          "goodbye", "bye"}));
  CHECK(r.left == Left{"message 59420"});  // from 7 s to 6.42 s + 1 min
}

TEST_CASE("the longest call ends by itself, and what was said is kept") {
  domain::CallRoute route = ForAnn();
  route.dial_plan.max_call = 10min;
  const Result r = RunCall({{7s, '('}}, route);
  CHECK(r.heard == After({"record", "bye"}));
  CHECK(r.left == Left{"message 593000"});
  CHECK(r.lasted < 10min + 10ms);
}

TEST_CASE("too little speech leaves a missed call, whatever ended the call") {
  CHECK(RunCall({{7s, '('}, {7999ms, ')'}, {9s, '!'}}).left == Left{"missed"});
  const Result r = RunCall({{7s, '('}, {7999ms, ')'}, {9s, '#'}, {10s, '#'}});
  CHECK(r.left == Left{"missed"});
  CHECK(r.heard == After(Joined({{"record"}, kReview, {"too short", "goodbye", "bye"}})));
  CHECK(RunCall({{7s, '('}, {8s, ')'}, {9s, '!'}}).left == Left{"message 1000"});
}

TEST_CASE("a store that is away is not called saved") {
  const Result r = RunCall({{7s, '('}, {10s, '#'}, {11s, '#'}}, ForAnn(), domain::Saved::kSealed);
  CHECK(r.heard == After(Joined({{"record"}, kReview, {"will be delivered", "goodbye", "bye"}})));
}

TEST_CASE("where neither disk nor store takes the message nothing is promised, and the call ends") {
  const Result r =
      RunCall({{7s, '('}, {10s, '#'}, {11s, '#'}}, ForAnn(), domain::Saved::kStored, 1h);
  CHECK(r.heard == After(Joined({{"record"}, kReview, {"goodbye", "bye"}})));
  CHECK(r.lasted < 11s + 10s + 2s + 10ms);
}

TEST_CASE("# skips the greeting, not the tone") {
  const Result r = RunCall({{1s, '#'}, {2s, '('}, {5s, '!'}});
  CHECK(r.heard == After({"record"}));
  CHECK(r.left == Left{"message 3000"});
}

TEST_CASE("other keys neither stop the greeting nor end the recording") {
  const Result r = RunCall({{1s, '5'}, {2s, '*'}, {7s, '('}, {8s, '5'}, {10s, '!'}});
  CHECK(r.heard == After({"record"}));
  CHECK(r.left == Left{"message 3000"});
}

TEST_CASE("hanging up at any instant leaves exactly one trace and nothing running") {
  int messages = 0, missed = 0;
  // Every 10 ms of a call that speaks until 10 s, is silent for 5 s, does not answer the menu of 6
  // s for 5 s, and hears 4 s of goodbye.
  for (auto at = 0ms; at <= 30s; at += 10ms) {
    const Result r = RunCall({{7s, '('}, {10s, ')'}, {at, '!'}});
    REQUIRE(r.left.size() == 1);
    REQUIRE(r.clean);
    const bool message = r.left[0].starts_with("message");
    REQUIRE(message == (at >= 8s));
    ++(message ? messages : missed);
  }
  CHECK(messages == 2201);
  CHECK(missed == 800);
}

TEST_CASE("a node that stops in the middle of a call leaves the same trace") {
  for (auto at = 0ms; at <= 30s; at += 50ms) {
    FakeLoop loop;
    std::vector<std::string> left;
    {
      FakeCall call(loop);
      async::Scope scope(loop, [](std::exception_ptr) { FAIL("the script threw"); });
      call.Schedule({{7s, '('}, {10s, ')'}});
      const auto full = std::make_shared<async::Channel<bool>>(loop);
      full->Push(false);
      scope.Spawn(
          AnswerCall(call, ForAnn(), std::make_unique<FakeSpooledCall>(loop, left, 1s), full));
      loop.RunFor(at);
    }
    REQUIRE(left.size() == 1);
    REQUIRE(left[0].starts_with("message") == (at >= 8s));
  }
}

namespace {

Result CallFull(std::vector<FakeCall::Step> caller, async::Duration after) {
  return RunCall(std::move(caller), ForAnn(), domain::Saved::kStored, 5ms, {true, after});
}
const Heard kFull = {"answer",          "Ann Archer", "is not available",
                     "mailbox is full", "goodbye",    "bye"};

}  // namespace

TEST_CASE("who reaches a full mailbox hears so, and leaves a missed call") {
  for (const auto after : {0ms, 300ms, 519ms}) {
    const Result r = CallFull({{1s, '('}, {7s, '#'}}, after);
    CHECK(r.heard == kFull);
    CHECK(r.left == Left{"missed"});
    CHECK(r.clean);
  }
}

TEST_CASE("a store that does not say whether the mailbox is full costs half a second, no message") {
  for (const async::Duration after :
       {async::Duration(521ms), async::Duration(10s), async::Duration(2h)}) {
    const Result r = CallFull({{8s, '('}, {12s, '!'}}, after);
    CHECK(r.heard == After({"record"}));
    CHECK(r.left == Left{"message 4000"});
    CHECK(r.clean);
  }
}

TEST_CASE("hanging up on a full mailbox at any instant leaves one missed call") {
  for (auto at = 0ms; at <= 9s; at += 10ms) {
    const Result r = CallFull({{at, '!'}}, 200ms);
    REQUIRE(r.left == Left{"missed"});
    REQUIRE(r.clean);
  }
}

#include "mailbox/dialogs/answer.h"

#include "common/async/scope.h"
#include "tests/support/catch.h"
#include "tests/support/fake_call.h"

using namespace um;
using namespace um::dialogs;
using namespace std::chrono_literals;
using tests::FakeCall;
using tests::FakeLoop;
using tests::FakeSpooledCall;

namespace {

struct Result {
  std::vector<std::string> heard;
  std::vector<std::string> left;
  async::Duration lasted{};
  bool clean = false;  ///< nothing is left running
};

domain::CallRoute ForAnn() {
  domain::CallRoute route;
  route.mailbox = {"ann", "Main", "1001", "Ann Archer", "ann@example.com"};
  route.dial_plan.name = "Main";
  return route;
}

/// What the store says of the mailbox, and when.
struct Room {
  bool full = false;
  async::Duration after = 0ms;
};

/// One call in virtual time. Greeting 20 ms to 6.02 s, tone to 6.42 s, then recording.
Result RunCall(std::vector<FakeCall::Step> caller, domain::CallRoute route = ForAnn(),
               domain::Saved outcome = domain::Saved::kStored, async::Duration store_takes = 5ms,
               Room room = {}) {
  FakeLoop loop;
  Result result;
  {
    FakeCall call(loop);
    async::Scope scope(loop, [](std::exception_ptr) { FAIL("the script threw"); });
    call.Schedule(std::move(caller));
    const auto full = std::make_shared<async::Channel<bool>>(loop);
    async::Timer answer(loop, [&] { full->Push(room.full); });
    answer.Start(room.after);
    scope.Spawn(AnswerCall(call, route,
                           std::make_unique<FakeSpooledCall>(
                               loop, result.left, route.dial_plan.min_speech, store_takes, outcome),
                           full));
    while (scope.size() > 0) {
      loop.RunFor(1ms);
      if (loop.elapsed() > 3h) break;
    }
    result.clean = scope.size() == 0;
    result.heard = call.log;
    result.lasted = loop.elapsed();
  }
  result.clean = result.clean && loop.idle();
  return result;
}

using Heard = std::vector<std::string>;
using Left = std::vector<std::string>;
const Heard kToTheTone = {"answer", "Ann Archer", "is not available",
                          "leave a message after the tone", "tone"};

Heard After(Heard more) {
  Heard all = kToTheTone;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("a caller who hangs up while recording leaves the message") {
  const Result r = RunCall({{7s, '('}, {17s, '!'}});
  CHECK(r.heard == After({"record"}));
  CHECK(r.left == Left{"message 10000"});
  CHECK(r.clean);
}

TEST_CASE("a caller who ends with # hears that the message is saved, and is bidden goodbye") {
  const Result r = RunCall({{7s, '('}, {10s, ')'}, {11s, '#'}});
  CHECK(r.heard == After({"record", "saved", "goodbye", "bye"}));
  CHECK(r.left == Left{"message 3000"});
}

TEST_CASE("silence ends the recording after the dial plan's idle time-out") {
  const Result r = RunCall({{7s, '('}, {10s, ')'}});
  CHECK(r.heard == After({"record", "saved", "goodbye", "bye"}));
  CHECK(r.left == Left{"message 3000"});
  CHECK(r.lasted >= 10s + 5s + 4s);
  CHECK(r.lasted < 10s + 5s + 4s + 10ms);
}

TEST_CASE("the longest recording ends by itself") {
  domain::CallRoute route = ForAnn();
  route.dial_plan.max_recording = 1min;
  const Result r = RunCall({{7s, '('}}, route);
  CHECK(r.heard == After({"record", "saved", "goodbye", "bye"}));
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
  const Result r = RunCall({{7s, '('}, {7999ms, ')'}, {9s, '#'}});
  CHECK(r.left == Left{"missed"});
  CHECK(r.heard == After({"record", "too short", "goodbye", "bye"}));
  CHECK(RunCall({{7s, '('}, {8s, ')'}, {9s, '!'}}).left == Left{"message 1000"});
}

TEST_CASE("a store that is away is not called saved") {
  const Result r = RunCall({{7s, '('}, {10s, '#'}}, ForAnn(), domain::Saved::kSealed);
  CHECK(r.heard == After({"record", "will be delivered", "goodbye", "bye"}));
}

TEST_CASE("where neither disk nor store takes the message nothing is promised, and the call ends") {
  const Result r = RunCall({{7s, '('}, {10s, '#'}}, ForAnn(), domain::Saved::kStored, 1h);
  CHECK(r.heard == After({"record", "goodbye", "bye"}));
  CHECK(r.lasted < 10s + 10s + 2s + 10ms);
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
  // Every 10 ms of a call that speaks, is silent until the limit, and hears the goodbye: 6.42 s + 3
  // s + 5 s + 4 s.
  for (auto at = 0ms; at <= 19s; at += 10ms) {
    const Result r = RunCall({{7s, '('}, {10s, ')'}, {at, '!'}});
    REQUIRE(r.left.size() == 1);
    REQUIRE(r.clean);
    const bool message = r.left[0].starts_with("message");
    REQUIRE(message == (at >= 8s));
    ++(message ? messages : missed);
  }
  CHECK(messages == 1101);
  CHECK(missed == 800);
}

TEST_CASE("a node that stops in the middle of a call leaves the same trace") {
  for (auto at = 0ms; at <= 19s; at += 50ms) {
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

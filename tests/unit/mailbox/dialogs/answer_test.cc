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

TEST_CASE("the longest recording ends by itself, after a warning") {
  domain::CallRoute route = ForAnn();
  route.dial_plan.max_recording = 1min;
  const Result r = RunCall({{7s, '('}}, route);
  CHECK(r.heard == After({"record", "warning tone", "longest length", "1 accept, 2 listen, 3 again",
                          "* cancel, 0 repeat", "saved", "goodbye", "bye"}));
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
      const auto own = std::make_shared<async::Channel<domain::OwnWords>>(loop);
      own->Push({});
      scope.Spawn(AnswerCall(call, ForAnn(), std::make_unique<FakeSpooledCall>(loop, left, 1s),
                             {full, own}));
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

TEST_CASE("a caller without number is turned away where those are, and leaves a missed call") {
  domain::CallRoute route = ForAnn();
  route.caller = {};
  CHECK(RunCall({{7s, '('}, {10s, '!'}}, route).left == Left{"message 3000"});  // the default
  route.mailbox.takes_anonymous = false;
  const Result r = RunCall({{1s, '#'}, {2s, '0'}}, route);
  CHECK(r.heard == Heard{"answer", "Ann Archer", "is not available",
                         "unidentified calls are refused", "goodbye", "bye"});
  CHECK(r.left == Left{"missed"});
  route.caller.number = "+15550142";
  CHECK(RunCall({{7s, '('}, {10s, '!'}}, route).left == Left{"message 3000"});
}

namespace {

/// Ann has an operator, 200, and so has the dial plan, 0.
domain::CallRoute WithOperators(const std::string& own, const std::string& common) {
  domain::CallRoute route = ForAnn();
  route.mailbox.operator_number = own;
  route.dial_plan.operator_number = common;
  return route;
}
Result CallOperator(std::vector<FakeCall::Step> caller, const domain::CallRoute& route,
                    const std::string& reachable) {
  return RunCall(std::move(caller), route, domain::Saved::kStored, 5ms, {}, reachable);
}
const Heard kGreeting = {"answer", "Ann Archer", "is not available", "0 operator",
                         "leave a message after the tone"};
const Heard kNobody = {"nobody there", "leave a message after the tone", "tone", "record"};

}  // namespace

TEST_CASE("0 during the greeting leads to the user's operator, and leaves nothing") {
  const Result r = CallOperator({{1s, '0'}}, WithOperators("200", "0"), "200");
  CHECK(r.heard == Joined({kGreeting, {"one moment", "transfer to 200", "bye"}}));
  CHECK(r.left.empty());
  CHECK(r.clean);
}

TEST_CASE("0 counts from the answer until the tone is over, and then no more") {
  // The greeting lasts from 20 ms to 8.02 s, the tone to 8.42 s.
  for (auto at = 0ms; at < 8420ms; at += 10ms) {
    const Result r = CallOperator({{at, '0'}}, WithOperators("", "0"), "0");
    INFO(at.count());
    REQUIRE(r.heard.back() == "bye");
    REQUIRE(r.left.empty());
  }
  const Result late =
      CallOperator({{8430ms, '0'}, {9s, '('}, {12s, '!'}}, WithOperators("", "0"), "0");
  CHECK(late.left == Left{"message 3000"});
}

TEST_CASE("where the user's operator does not answer, the dial plan's is tried") {
  const Result r = CallOperator({{1s, '0'}}, WithOperators("200", "0"), "0");
  CHECK(r.heard == Joined({kGreeting, {"one moment", "transfer to 200", "transfer to 0", "bye"}}));
  CHECK(r.left.empty());
}

TEST_CASE("a caller whom no operator answers may leave a message, once told so") {
  const Result r =
      CallOperator({{1s, '0'}, {2s, '0'}, {18s, '('}, {21s, '!'}}, WithOperators("200", "200"), "");
  CHECK(r.heard == Joined({kGreeting, {"one moment", "transfer to 200"}, kNobody}));
  CHECK(r.left == Left{"message 3000"});
}

TEST_CASE("without an operator 0 does nothing, and is not offered") {
  const Result r = RunCall({{1s, '0'}, {7s, '('}, {10s, '!'}});
  CHECK(r.heard == After({"record"}));
}

TEST_CASE("hanging up on the way to the operator leaves one missed call") {
  for (auto at = 0ms; at <= 30s; at += 10ms) {
    const Result r = CallOperator({{1s, '0'}, {at, '!'}}, WithOperators("200", "0"), "0");
    INFO(at.count());
    REQUIRE(r.clean);
    const bool through = at > 1s + 2s + 10s + 10s;  // one moment, and two telephones that ring
    REQUIRE(r.left == (through ? Left{} : Left{"missed"}));
  }
}

namespace {

domain::ClipPtr Recording() { return std::make_shared<domain::Clip>(std::vector<int16_t>(8)); }
Room Has(domain::OwnWords own) { return {.own = std::move(own)}; }
Result CallWith(domain::OwnWords own, std::vector<FakeCall::Step> caller,
                domain::CallRoute route = ForAnn(), const std::string& reachable = {}) {
  return RunCall(std::move(caller), std::move(route), domain::Saved::kStored, 5ms,
                 Has(std::move(own)), reachable);
}

}  // namespace

TEST_CASE("a user's own greeting is heard instead of the system's, then how to leave a message") {
  const Result r = CallWith({Recording(), Recording()}, {{7s, '('}, {17s, '!'}});
  CHECK(r.heard ==
        Heard{"answer", "own greeting", "leave a message after the tone", "tone", "record"});
  CHECK(r.left == Left{"message 10000"});
  CHECK(r.clean);
}

TEST_CASE("the system greets with the name in the user's own voice, if that is recorded") {
  const Result r = CallWith({nullptr, Recording()}, {{7s, '!'}});
  CHECK(r.heard == Heard{"answer", "own name", "is not available", "leave a message after the tone",
                         "tone", "record"});
}

TEST_CASE("# skips an own greeting, at once and to the tone") {
  const Result r = CallWith({Recording(), nullptr}, {{1s, '#'}, {2s, '('}, {5s, '!'}});
  CHECK(r.heard ==
        Heard{"answer", "own greeting", "leave a message after the tone", "tone", "record"});
  CHECK(r.left == Left{"message 3000"});
}

TEST_CASE("0 leads to the operator from an own greeting, which alone says so") {
  domain::CallRoute route = ForAnn();
  route.mailbox.operator_number = "200";
  const Result r = CallWith({Recording(), nullptr}, {{1s, '0'}}, route, "200");
  CHECK(r.heard == Heard{"answer", "own greeting", "leave a message after the tone", "one moment",
                         "transfer to 200", "bye"});
  CHECK(r.left.empty());
}

TEST_CASE("a caller whom the operator does not answer is not greeted again") {
  domain::CallRoute route = ForAnn();
  route.mailbox.operator_number = "200";
  const Result r = CallWith({Recording(), nullptr}, {{1s, '0'}, {30s, '!'}}, route);
  CHECK(std::count(r.heard.begin(), r.heard.end(), "own greeting") == 1);
  CHECK(std::count(r.heard.begin(), r.heard.end(), "nobody there") == 1);
}

TEST_CASE("callers who are turned away hear the name in the user's own voice, and no greeting") {
  const Result r = RunCall({}, ForAnn(), domain::Saved::kStored, 5ms,
                           {.full = true, .own = {Recording(), Recording()}});
  CHECK(r.heard ==
        Heard{"answer", "own name", "is not available", "mailbox is full", "goodbye", "bye"});
}

TEST_CASE("a caller who hangs up at any instant of an own greeting leaves one missed call") {
  for (auto at = 0ms; at < 7s; at += 50ms) {
    const Result r = CallWith({Recording(), nullptr}, {{at, '!'}});
    CHECK(r.left == Left{"missed"});
    CHECK(r.clean);
  }
}

TEST_CASE("what is recorded counts if it is known within half a second, else the system greets") {
  const auto call = [](async::Duration after) {
    return RunCall({{7s, '!'}}, ForAnn(), domain::Saved::kStored, 5ms,
                   {.after = after, .own = {Recording(), nullptr}});
  };
  CHECK(call(500ms).heard.at(1) == "own greeting");
  CHECK(call(521ms).heard.at(1) == "Ann Archer");
}

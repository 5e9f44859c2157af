#include "mailbox/dialogs/review.h"

#include "tests/unit/mailbox/dialogs/run_call.h"

using namespace um;
using namespace um::dialogs;
using namespace um::tests;

namespace {

using Steps = std::vector<FakeCall::Step>;
const Heard kOptions = {"# send", "1 important", "* back, 0 repeat"};
const Heard kSent = {"saved", "goodbye", "bye"};

/// A caller who speaks from 7 s to 10 s, presses # at 11 s, and then does what `more` says.
Result Reviewed(const Steps& more, const domain::CallRoute& route = ForAnn()) {
  Steps steps = {{7s, '('}, {10s, ')'}, {11s, '#'}};
  steps.insert(steps.end(), more.begin(), more.end());
  return RunCall(steps, route);
}

/// All that such a caller hears.
Heard Hears(std::initializer_list<Heard> lists) {
  return After(Joined({{"record"}, kReview, Joined(lists)}));
}

}  // namespace

TEST_CASE("1 accepts the recording, and # sends it") {
  const Result r = Reviewed({{12s, '1'}, {13s, '#'}});
  CHECK(r.heard == Hears({kOptions, kSent}));
  CHECK(r.left == Left{"message 3000"});
  CHECK(r.clean);
}

TEST_CASE("2 plays the recording, and asks again") {
  const Result r = Reviewed({{12s, '2'}, {16s, '#'}});
  CHECK(r.heard == Hears({{"the recording"}, kReview, kSent}));
  CHECK(r.left == Left{"message 3000"});
}

TEST_CASE("a key that interrupts the recording's playing is the answer already") {
  const Result r = Reviewed({{12s, '2'}, {13s, '1'}, {14s, '#'}});
  CHECK(r.heard == Hears({{"the recording"}, kOptions, kSent}));
}

TEST_CASE("3 erases the recording and records again") {
  const Result r = Reviewed({{12s, '3'}, {13s, '('}, {15s, ')'}, {16s, '#'}, {17s, '#'}});
  CHECK(r.heard == Hears({{"tone", "record"}, kReview, kSent}));
  CHECK(r.left == Left{"message 2000"});
  CHECK(Reviewed({{12s, '3'}, {13s, '!'}}).left == Left{"missed"});
}

TEST_CASE("4 goes on with the recording, in the room that is left") {
  const Result r = Reviewed({{12s, '4'}, {13s, '('}, {15s, ')'}, {16s, '#'}, {17s, '#'}});
  CHECK(r.heard == Hears({{"tone", "record"}, kReview, kSent}));
  CHECK(r.left == Left{"message 5000"});

  domain::CallRoute route = ForAnn();
  route.dial_plan.max_recording = 10s;
  // 4.58 s to the first #, so 5.42 s are left from 12.4 s on.
  const Result full = Reviewed({{12s, '4'}, {12500ms, '('}}, route);
  CHECK(full.left == Left{"message " + std::to_string(3000 + 5320)});
  CHECK(full.heard == Hears({{"tone", "record", "longest length", "1 accept, 2 listen, 3 again",
                              "* cancel, 0 repeat"},
                             kSent}));
}

TEST_CASE("star cancels: a missed call is left") {
  const Result r = Reviewed({{12s, '*'}});
  CHECK(r.heard == Hears({{"erased", "goodbye", "bye"}}));
  CHECK(r.left == Left{"missed"});
}

TEST_CASE("0 says the choices again, as often as one likes") {
  const Result r = Reviewed({{12s, '0'}, {13s, '0'}, {14s, '0'}, {15s, '0'}, {16s, '#'}});
  CHECK(r.heard == Hears({kReview, kReview, kReview, kReview, kSent}));
}

TEST_CASE("1 marks the message as important, and 1 again takes the mark away") {
  const Heard unmark = {"# send", "1 ordinary", "* back, 0 repeat"};
  const Result r = Reviewed({{12s, '1'}, {13s, '1'}, {16s, '#'}});
  CHECK(r.heard == Hears({kOptions, {"marked important"}, unmark, kSent}));
  CHECK(r.left == Left{"message 3000 important"});

  const Result twice = Reviewed({{12s, '1'}, {13s, '1'}, {16s, '1'}, {19s, '#'}});
  CHECK(twice.heard ==
        Hears({kOptions, {"marked important"}, unmark, {"marked ordinary"}, kOptions, kSent}));
  CHECK(twice.left == Left{"message 3000"});
}

TEST_CASE("star leads back from the options, and the mark stays") {
  const Result r = Reviewed({{12s, '1'}, {13s, '1'}, {16s, '*'}, {17s, '#'}});
  CHECK(r.heard == Hears({kOptions,
                          {"marked important"},
                          {"# send", "1 ordinary", "* back, 0 repeat"},
                          kReview,
                          kSent}));
  CHECK(r.left == Left{"message 3000 important"});
}

namespace {

/// A call to Ann where callers may mark their messages as private, or all are.
Result Private(const Steps& more, domain::Privacy privacy = domain::Privacy::kMarked) {
  domain::CallRoute route = ForAnn();
  route.mailbox.privacy = privacy;
  return Reviewed(more, route);
}

}  // namespace

TEST_CASE("2 marks the message as private where the policy lets it, and 2 again takes that away") {
  const Heard options = {"# send", "1 important", "2 private", "* back, 0 repeat"};
  const Heard unmark = {"# send", "1 important", "2 not private", "* back, 0 repeat"};
  const Result r = Private({{12s, '1'}, {13s, '2'}, {16s, '#'}});
  CHECK(r.heard == Hears({options, {"marked private"}, unmark, kSent}));
  CHECK(r.left == Left{"message 3000 private"});

  const Result twice = Private({{12s, '1'}, {13s, '2'}, {16s, '2'}, {19s, '#'}});
  CHECK(twice.heard ==
        Hears({options, {"marked private"}, unmark, {"not private any more"}, options, kSent}));
  CHECK(twice.left == Left{"message 3000"});
}

TEST_CASE("a message may be both, important and private") {
  const Result r = Private({{12s, '1'}, {13s, '2'}, {14s, '1'}, {17s, '#'}});
  CHECK(r.left == Left{"message 3000 important private"});
  const Result again = Private({{12s, '1'}, {13s, '1'}, {14s, '2'}, {15s, '1'}, {18s, '#'}});
  CHECK(again.left == Left{"message 3000 private"});
}

TEST_CASE("2 is a wrong key where the policy decides what is private") {
  for (const auto privacy : {domain::Privacy::kNone, domain::Privacy::kAll}) {
    const Result r = Private({{12s, '1'}, {13s, '2'}, {17s, '#'}}, privacy);
    CHECK(r.heard == Hears({kOptions, {"invalid"}, kOptions, kSent}));
    CHECK(r.left == Left{"message 3000"});  // kAll marks all of them, when the call is taken
  }
}

TEST_CASE("keys may be pressed as fast as one likes, before their menus are said") {
  const Result r =
      Private({{11s + 1ms, '1'}, {11s + 2ms, '1'}, {11s + 3ms, '2'}, {11s + 4ms, '#'}});
  CHECK(r.left == Left{"message 3000 important private"});
  CHECK(r.lasted < 11s + 4s + 100ms);
}

TEST_CASE("what is pressed during the tone ends no recording") {
  const Result r = Reviewed({{12s, '3'}, {12s + 100ms, '#'}, {13s, '('}, {15s, '!'}});
  CHECK(r.left == Left{"message 2000"});
}

TEST_CASE("there is a warning when 15 s are left, in a recording that had more than 30") {
  domain::CallRoute route = ForAnn();
  route.dial_plan.max_recording = 40s;
  const Result r = RunCall({{7s, '('}, {30s, ')'}, {31s, '#'}, {32s, '4'}, {33s, '('}}, route);
  // 24.58 s of the first part: no warning; the second has 15.42 s.
  CHECK(std::count(r.heard.begin(), r.heard.end(), "warning tone") == 0);
  CHECK(std::count(r.heard.begin(), r.heard.end(), "longest length") == 1);
  const Result whole = RunCall({{7s, '('}}, route);
  CHECK(std::count(whole.heard.begin(), whole.heard.end(), "warning tone") == 1);
  route.dial_plan.max_recording = 29s;
  const Result small = RunCall({{7s, '('}}, route);
  CHECK(std::count(small.heard.begin(), small.heard.end(), "warning tone") == 0);
}

TEST_CASE("wrong keys are told, and too many of them send the message") {
  const Result r = Reviewed({{12s, '9'}, {15s, '8'}, {18s, '7'}});
  CHECK(r.heard == Hears({{"invalid"}, kReview, {"invalid"}, kReview, kSent}));
  CHECK(r.left == Left{"message 3000"});
  domain::CallRoute route = ForAnn();
  route.dial_plan.input_failures = 1;
  CHECK(Reviewed({{12s, '9'}}, route).heard == Hears({kSent}));
}

TEST_CASE("who fell silent and is there all the same has as many tries as others") {
  const Result r = RunCall({{7s, '('}, {10s, ')'}, {16s, '9'}});
  CHECK(r.heard == After(Joined({{"record"}, kReview, {"invalid"}, kReview, kReview, kSent})));
  CHECK(r.left == Left{"message 3000"});
}

TEST_CASE("a key pressed while the wrong one is told of is the answer") {
  const Result r = Reviewed({{12s, '9'}, {13s, '#'}});
  CHECK(r.heard == Hears({{"invalid"}, kSent}));
}

TEST_CASE(
    "a caller who pressed # and says nothing more is asked three times, and the message sent") {
  const Result r = Reviewed({});
  CHECK(r.heard == Hears({kReview, kReview, kSent}));
  CHECK(r.left == Left{"message 3000"});
}

TEST_CASE("hanging up anywhere in the menus sends what was not cancelled") {
  int messages = 0;
  for (auto at = 11s + 0ms; at <= 24s; at += 10ms) {
    const Result r = Reviewed({{12s, '2'}, {13s, '1'}, {14s, '1'}, {17s, '*'}, {at, '!'}});
    REQUIRE(r.left.size() == 1);
    REQUIRE(r.left[0].starts_with("message 3000"));
    REQUIRE(r.left[0].ends_with("important") == (at >= 14s));
    REQUIRE(r.clean);
    ++messages;
  }
  CHECK(messages == 1301);
}

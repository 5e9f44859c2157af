// One call of a scripted caller to a mailbox, from start to end, in virtual time.
#pragma once

#include <string>
#include <vector>

#include "common/async/scope.h"
#include "mailbox/dialogs/answer.h"
#include "tests/support/catch.h"
#include "tests/support/fake_call.h"

namespace um::tests {

using namespace std::chrono_literals;

/// What came of a call.
struct Result {
  std::vector<std::string> heard;
  std::vector<std::string> left;
  async::Duration lasted{};
  bool clean = false;  ///< nothing is left running
};

inline domain::CallRoute ForAnn() {
  domain::CallRoute route;
  route.mailbox = {"ann", "Main", "1001", "Ann Archer", "ann@example.com"};
  route.dial_plan.name = "Main";
  route.caller = {"+15550142", "Bob Baker"};
  return route;
}

/// What the store says of the mailbox, and when.
struct Room {
  bool full = false;
  async::Duration after = 0ms;
  domain::OwnWords own{};
};

/// `reachable`: the operator who answers. Greeting 20 ms to 6.02 s, tone to 6.42 s, then recording.
inline Result RunCall(std::vector<FakeCall::Step> caller, domain::CallRoute route = ForAnn(),
                      domain::Saved outcome = domain::Saved::kStored,
                      async::Duration store_takes = 5ms, Room room = {},
                      const std::string& reachable = {}) {
  FakeLoop loop;
  Result result;
  {
    FakeCall call(loop);
    async::Scope scope(loop, [](std::exception_ptr) { FAIL("the script threw"); });
    call.reachable = reachable;
    call.Schedule(std::move(caller));
    const auto full = std::make_shared<async::Channel<bool>>(loop);
    const auto own = std::make_shared<async::Channel<domain::OwnWords>>(loop);
    async::Timer answer(loop, [&] {
      full->Push(room.full);
      own->Push(room.own);
    });
    answer.Start(room.after);
    scope.Spawn(dialogs::AnswerCall(
        call, route,
        std::make_unique<FakeSpooledCall>(loop, result.left, route.dial_plan.min_speech,
                                          store_takes, outcome),
        {full, own}));
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
inline const Heard kToTheTone = {"answer", "Ann Archer", "is not available",
                                 "leave a message after the tone", "tone"};

inline Heard After(Heard more) {
  Heard all = kToTheTone;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// What is said once the recording has ended.
inline const Heard kReview = {"1 accept, 2 listen, 3 again", "4 continue", "* cancel, 0 repeat"};

/// Lists, one after the other.
inline Heard Joined(std::initializer_list<Heard> lists) {
  Heard all;
  for (const Heard& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace um::tests

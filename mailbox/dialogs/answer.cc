#include "mailbox/dialogs/answer.h"

#include "common/async/race.h"
#include "common/async/sync.h"

namespace um::dialogs {
namespace {

using async::Lift;
using domain::Saved;

/// "Your message has been saved" is said when the store has committed it. Waits two seconds for that at most: then the
/// node's own disk is the promise.
Task<Saved> Save(Call& call, domain::SpooledCall& spooled) {
  async::Channel<Saved> outcome(call.loop());
  spooled.Seal([&outcome](Saved saved) { outcome.Push(saved); });
  const Saved saved = co_await outcome.Next();
  co_return saved;
}

Phrase PhraseFor(Saved saved) {
  switch (saved) {
    case Saved::kStored: return Phrase::kMessageSaved;
    case Saved::kSealed: return Phrase::kMessageWillBeDelivered;
    case Saved::kMissed: return Phrase::kMessageTooShort;
  }
  return Phrase::kGoodbye;
}

Task<> TakeMessage(Call& call, const domain::CallRoute& route, domain::SpooledCall& spooled) {
  const absl::Status answered = co_await call.Answer();
  if (!answered.ok()) co_return;

  Announcement greeting{{Phrase::kMailboxOwner, Phrase::kIsNotAvailable, Phrase::kLeaveMessageAfterTone},
                        route.mailbox.name};
  co_await call.Play(std::move(greeting), {.barge_in = Keys("#")});
  co_await call.Play({{Phrase::kTone}, {}});

  const RecordOptions limits{.max = route.dial_plan.max_recording,
                             .idle_timeout = route.dial_plan.recording_idle_timeout};
  co_await call.Record(spooled, limits);

  const Saved saved = co_await Save(call, spooled);
  co_await call.Play({{PhraseFor(saved), Phrase::kGoodbye}, {}});
}

Task<> Limit(async::Loop& loop, async::Duration max_call) { co_await async::Sleep(loop, max_call); }

}  // namespace

Task<> AnswerCall(Call& call, domain::CallRoute route, std::unique_ptr<domain::SpooledCall> spooled) {
  // The hang-up and the longest call are opponents in a race, not values that every step must check.
  auto script = async::AnyOf(call.loop(), Lift(TakeMessage(call, route, *spooled)), Lift(call.Gone()));
  struct Ended {};
  auto run = [](auto task) -> Task<> { co_await task; };
  co_await async::AnyOf(call.loop(), Lift(run(std::move(script))),
                        Lift(Limit(call.loop(), route.dial_plan.max_call)));
  spooled.reset();  // seals, if nothing above has: what was said is kept
  call.HangUp();
}

}  // namespace um::dialogs

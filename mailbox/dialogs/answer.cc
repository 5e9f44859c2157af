#include "mailbox/dialogs/answer.h"

#include <memory>
#include <optional>
#include <utility>

#include "common/async/race.h"
#include "common/async/sync.h"
#include "mailbox/dialogs/review.h"

namespace um::dialogs {
namespace {

using async::Lift;
using domain::Saved;

/// How long a caller is kept waiting for a word on what became of the message.
constexpr async::Duration kPatience = std::chrono::seconds(10);

/// How long a caller hears nothing because the store does not say whether the mailbox is full; it
/// was asked when the call came. After that it is not.
constexpr async::Duration kQuotaPatience = std::chrono::milliseconds(500);

Task<> Wait(async::Loop& loop, async::Duration time) { co_await async::Sleep(loop, time); }

template <class T>
Task<T> Next(std::shared_ptr<async::Channel<T>> channel) {
  T value = co_await channel->Next();
  co_return value;
}

Task<bool> IsFull(Call& call, Fullness full) {
  const auto first = co_await async::AnyOf(call.loop(), Next(std::move(full)),
                                           Lift(Wait(call.loop(), kQuotaPatience)));
  co_return first.first.value_or(false);
}

/// Waits until the message is safe: in the store, or after two seconds on this node's disk.
/// nullopt: neither takes it, so nothing can be promised.
Task<std::optional<Saved>> Save(Call& call, domain::SpooledCall& spooled) {
  const auto outcome = std::make_shared<async::Channel<Saved>>(call.loop());
  spooled.Seal([outcome](Saved saved) { outcome->Push(saved); });
  const auto first =
      co_await async::AnyOf(call.loop(), Next(outcome), Lift(Wait(call.loop(), kPatience)));
  co_return first.first;
}

/// No more is promised than what is true.
Phrase PhraseFor(Saved saved) {
  switch (saved) {
    case Saved::kStored:
      return Phrase::kMessageSaved;
    case Saved::kSealed:
      return Phrase::kMessageWillBeDelivered;
    case Saved::kMissed:
      return Phrase::kMessageTooShort;
  }
  return Phrase::kGoodbye;
}

/// The script.
Task<> TakeMessage(Call& call, const domain::CallRoute& route, domain::SpooledCall& spooled,
                   Fullness full) {
  const absl::Status answered = co_await call.Answer();
  if (!answered.ok()) co_return;

  const bool is_full = co_await IsFull(call, std::move(full));
  if (is_full) {
    Announcement refusal{
        {Phrase::kMailboxOwner, Phrase::kIsNotAvailable, Phrase::kMailboxFull, Phrase::kGoodbye},
        route.mailbox.name};
    co_await call.Play(std::move(refusal));
    co_return;
  }

  Announcement greeting{
      {Phrase::kMailboxOwner, Phrase::kIsNotAvailable, Phrase::kLeaveMessageAfterTone},
      route.mailbox.name};
  co_await call.Play(std::move(greeting), {.barge_in = Keys("#")});
  const Review review = co_await RecordAndReview(call, route.dial_plan, spooled);
  if (review == Review::kCancel) spooled.Erase();

  const std::optional<Saved> saved = co_await Save(call, spooled);
  Announcement end;
  if (review == Review::kCancel) {
    end.phrases.push_back(Phrase::kMessageErased);
  } else if (saved) {
    end.phrases.push_back(PhraseFor(*saved));
  }
  end.phrases.push_back(Phrase::kGoodbye);
  co_await call.Play(std::move(end));
}

/// The script against its two opponents: the caller who hangs up, and the longest call that is
/// allowed.
Task<> TakeMessageWithin(Call& call, const domain::CallRoute& route, domain::SpooledCall& spooled,
                         Fullness full) {
  co_await async::AnyOf(call.loop(), Lift(TakeMessage(call, route, spooled, std::move(full))),
                        Lift(call.Gone()));
}

}  // namespace

Task<> AnswerCall(Call& call, domain::CallRoute route, std::unique_ptr<domain::SpooledCall> spooled,
                  Fullness full) {
  co_await async::AnyOf(call.loop(),
                        Lift(TakeMessageWithin(call, route, *spooled, std::move(full))),
                        Lift(Wait(call.loop(), route.dial_plan.max_call)));
  call.HangUp();
}  // ~SpooledCall seals, if nothing has: what was said before the end is kept

}  // namespace um::dialogs

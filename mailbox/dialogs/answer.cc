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
using domain::OwnWords;
using domain::Saved;

/// How long a caller is kept waiting for a word on what became of the message.
constexpr async::Duration kPatience = std::chrono::seconds(10);

/// How long a caller hears nothing because the store does not say what it was asked when the call
/// came. After that the mailbox is not full, and its user has recorded nothing.
constexpr async::Duration kStorePatience = std::chrono::milliseconds(500);

template <class T>
Task<T> AnswerUntil(Call& call, std::shared_ptr<async::Channel<T>> asked, async::Time end) {
  std::optional<T> answer =
      co_await async::NextWithin(call.loop(), std::move(asked), end - call.loop().Now());
  co_return std::move(answer).value_or(T());
}

/// Waits until the message is safe: in the store, or after two seconds on this node's disk.
/// nullopt: neither takes it, so nothing can be promised.
Task<std::optional<Saved>> Save(Call& call, domain::SpooledCall& spooled) {
  const auto outcome = std::make_shared<async::Channel<Saved>>(call.loop());
  spooled.Seal([outcome](Saved saved) { outcome->Push(saved); });
  const std::optional<Saved> saved = co_await async::NextWithin(call.loop(), outcome, kPatience);
  co_return saved;
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

/// What callers hear to whom the mailbox is closed, so that they leave a missed call.
Task<> TurnAway(Call& call, const domain::CallRoute& route, const OwnWords& own, Phrase why) {
  Announcement refusal{{Phrase::kMailboxOwner, Phrase::kIsNotAvailable, why, Phrase::kGoodbye},
                       route.mailbox.name,
                       own};
  co_await call.Play(std::move(refusal));
}

/// Tries the user's own operator, then the dial plan's. True: the caller is with one of them.
Task<bool> ReachOperator(Call& call, const domain::CallRoute& route) {
  const std::string own = route.mailbox.operator_number;
  const std::string common = route.dial_plan.operator_number;
  co_await call.Play({{Phrase::kOneMoment}, {}});
  bool reached = false;
  if (!own.empty()) reached = co_await call.Transfer(own);
  if (!reached && !common.empty() && common != own) reached = co_await call.Transfer(common);
  co_return reached;
}

/// The user's own greeting, else the system's around the user's name; after either, the system says
/// how to leave a message. Own greetings say in their own words what 0 does.
Announcement GreetingOf(const domain::CallRoute& route, const OwnWords& own, bool may_leave) {
  Announcement greeting{{}, route.mailbox.name, own};
  if (own.greeting) {
    greeting.phrases = {Phrase::kOwnGreeting};
  } else {
    greeting.phrases = {Phrase::kMailboxOwner, Phrase::kIsNotAvailable};
    if (may_leave) greeting.phrases.push_back(Phrase::kPressZeroForOperator);
  }
  greeting.phrases.push_back(Phrase::kLeaveMessageAfterTone);
  return greeting;
}

/// Greets, and sounds the tone. `#` skips the greeting; 0 leads to an operator until the tone is
/// over, if there is one. True: the caller is with the operator.
Task<bool> Greet(Call& call, const domain::CallRoute& route, const OwnWords& own) {
  bool may_leave =
      !route.mailbox.operator_number.empty() || !route.dial_plan.operator_number.empty();
  Announcement greeting = GreetingOf(route, own, may_leave);
  for (;;) {
    const Keys greeted(may_leave ? "#0" : "#");
    const Keys tone(may_leave ? "0" : "");
    Key pressed = co_await call.Play(std::move(greeting), {.barge_in = greeted});
    if (pressed != Key::k0) pressed = co_await call.Play({{Phrase::kTone}, {}}, {.barge_in = tone});
    if (pressed != Key::k0) co_return false;
    const bool reached = co_await ReachOperator(call, route);
    if (reached) co_return true;
    may_leave = false;
    greeting = {{Phrase::kNobodyThere, Phrase::kLeaveMessageAfterTone}, {}};
  }
}

/// The script.
Task<> TakeMessage(Call& call, const domain::CallRoute& route, domain::SpooledCall& spooled,
                   Asked asked) {
  const absl::Status answered = co_await call.Answer();
  if (!answered.ok()) co_return;

  const async::Time patience_ends = call.loop().Now() + kStorePatience;
  const bool is_full = co_await AnswerUntil(call, std::move(asked.full), patience_ends);
  const OwnWords own = co_await AnswerUntil(call, std::move(asked.own), patience_ends);
  const bool is_anonymous = route.caller.number.empty() && !route.mailbox.takes_anonymous;
  if (is_full || is_anonymous) {
    const Phrase why = is_full ? Phrase::kMailboxFull : Phrase::kAnonymousRefused;
    co_await TurnAway(call, route, own, why);
    co_return;
  }

  const bool handed_on = co_await Greet(call, route, own);
  if (handed_on) {
    spooled.Discard();
    co_return;
  }
  const Review review = co_await RecordAndReview(call, route, spooled);
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
                         Asked asked) {
  co_await async::AnyOf(call.loop(), Lift(TakeMessage(call, route, spooled, std::move(asked))),
                        Lift(call.Gone()));
}

}  // namespace

Task<> AnswerCall(Call& call, domain::CallRoute route, std::unique_ptr<domain::SpooledCall> spooled,
                  Asked asked) {
  co_await async::AnyOf(call.loop(),
                        Lift(TakeMessageWithin(call, route, *spooled, std::move(asked))),
                        async::After(call.loop(), route.dial_plan.max_call));
  call.HangUp();
}  // ~SpooledCall seals, if nothing has: what was said before the end is kept

}  // namespace um::dialogs

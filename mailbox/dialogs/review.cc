#include "mailbox/dialogs/review.h"

#include <utility>
#include <vector>

#include "mailbox/dialogs/menu.h"

namespace um::dialogs {
namespace {

/// Less room than this is no use to go on with.
constexpr async::Duration kLeastRoom = std::chrono::seconds(1);

/// What may be done with the recording. `#` sends it at once: many press it twice.
Menu ReviewMenu(bool may_continue) {
  Menu menu{{Phrase::kReviewMenu}, Keys(may_continue ? "1234*#" : "123*#")};
  if (may_continue) menu.phrases.push_back(Phrase::kReviewMenuContinue);
  menu.phrases.push_back(Phrase::kReviewMenuEnd);
  return menu;
}

/// How the message is sent.
Menu OptionsMenu(bool important) {
  return {{Phrase::kOptionsMenuSend,
           important ? Phrase::kOptionsMenuUnimportant : Phrase::kOptionsMenuImportant,
           Phrase::kOptionsMenuEnd},
          Keys("1*#")};
}

/// The recording so far.
struct Recorded {
  async::Duration room{};  ///< what may still be recorded
  RecordingEnd end = RecordingEnd::kKey;
};

Task<> RecordPart(Call& call, const domain::DialPlan& plan, domain::SpooledCall& recording,
                  Recorded& recorded) {
  co_await call.Play({{Phrase::kTone}, {}});
  const async::Time start = call.loop().Now();
  const RecordOptions limits{.max = recorded.room, .idle_timeout = plan.recording_idle_timeout};
  recorded.end = co_await call.Record(recording, limits);
  recorded.room -= call.loop().Now() - start;
}

/// True: the caller sends it. False: back to the first menu.
Task<bool> ChooseOptions(Call& call, const domain::DialPlan& plan, domain::SpooledCall& recording,
                         bool& important) {
  Key pressed = Key::kNone;
  for (;;) {
    const Key choice = co_await Ask(call, OptionsMenu(important), plan.input_failures, pressed);
    if (choice != Key::k1) co_return choice != Key::kStar;
    important = !important;
    recording.SetImportant(important);
    const Phrase done = important ? Phrase::kMarkedImportant : Phrase::kMarkedUnimportant;
    pressed = co_await call.Play({{done}, {}}, {.barge_in = kAnyKey});
  }
}

}  // namespace

Task<Review> RecordAndReview(Call& call, const domain::DialPlan& plan,
                             domain::SpooledCall& recording) {
  bool important = false;
  Key pressed = Key::kNone;
  Recorded recorded{.room = plan.max_recording};
  co_await RecordPart(call, plan, recording, recorded);
  for (;;) {
    // Who fell silent may have gone without hanging up, and is asked once.
    const int patience = recorded.end == RecordingEnd::kKey ? plan.input_failures : 1;
    const Menu menu = ReviewMenu(recorded.room >= kLeastRoom);
    const Key choice = co_await Ask(call, menu, patience, std::exchange(pressed, Key::kNone));
    switch (choice) {
      case Key::k1: {
        const bool send = co_await ChooseOptions(call, plan, recording, important);
        if (send) co_return Review::kSend;
        break;
      }
      case Key::k2:
        pressed = co_await call.PlayBack(recording, {.barge_in = kAnyKey});
        break;
      case Key::k3:
        recording.Erase();
        recorded.room = plan.max_recording;
        co_await RecordPart(call, plan, recording, recorded);
        break;
      case Key::k4:
        co_await RecordPart(call, plan, recording, recorded);
        break;
      case Key::kStar:
        co_return Review::kCancel;
      default:
        co_return Review::kSend;
    }
  }
}

}  // namespace um::dialogs

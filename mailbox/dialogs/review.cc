#include "mailbox/dialogs/review.h"

#include <utility>
#include <vector>

#include "mailbox/dialogs/menu.h"

namespace um::dialogs {
namespace {

/// Less room than this is no use to go on with.
constexpr async::Duration kLeastRoom = std::chrono::seconds(1);

/// When so much room is left, the caller is warned; not at all in a recording that begins with
/// little more.
constexpr async::Duration kLittleRoom = std::chrono::seconds(15);

/// What may be done with the recording. `#` sends it at once: many press it twice.
Menu ReviewMenu(bool may_continue) {
  Menu menu{{Phrase::kReviewMenu}, Keys(may_continue ? "1234*#" : "123*#")};
  if (may_continue) menu.phrases.push_back(Phrase::kReviewMenuContinue);
  menu.phrases.push_back(Phrase::kReviewMenuEnd);
  return menu;
}

/// How the message is sent. Private is a choice only where the mailbox' policy leaves it one.
Menu OptionsMenu(domain::Marks marks, bool may_be_private) {
  Menu menu{{Phrase::kOptionsMenuSend,
             marks.important ? Phrase::kOptionsMenuUnimportant : Phrase::kOptionsMenuImportant},
            Keys(may_be_private ? "12*#" : "1*#")};
  if (may_be_private) {
    menu.phrases.push_back(marks.is_private ? Phrase::kOptionsMenuNotPrivate
                                            : Phrase::kOptionsMenuPrivate);
  }
  menu.phrases.push_back(Phrase::kOptionsMenuEnd);
  return menu;
}

/// The recording so far.
struct Recorded {
  async::Duration room{};    ///< what may still be recorded
  bool full_untold = false;  ///< it ended for want of room
  bool is_there = true;      ///< else the caller may have gone without hanging up
};

Task<> RecordPart(Call& call, const domain::DialPlan& plan, domain::SpooledCall& recording,
                  Recorded& recorded) {
  const async::Time start = call.loop().Now();
  const bool warn = recorded.room >= 2 * kLittleRoom;
  const RecordOptions limits{.max = recorded.room,
                             .idle_timeout = plan.recording_idle_timeout,
                             .warn_after = warn ? recorded.room - kLittleRoom : async::Duration()};
  const RecordingEnd end = co_await call.Record(recording, limits);
  recorded.room -= call.loop().Now() - start;
  recorded.full_untold = end == RecordingEnd::kLimit;
  recorded.is_there = end == RecordingEnd::kKey;
}

/// What is said of a mark that `choice` has changed.
Phrase Changed(Key choice, domain::Marks marks) {
  if (choice == Key::k1) {
    return marks.important ? Phrase::kMarkedImportant : Phrase::kMarkedUnimportant;
  }
  return marks.is_private ? Phrase::kMarkedPrivate : Phrase::kMarkedNotPrivate;
}

/// True: the caller sends it. False: back to the first menu.
Task<bool> ChooseOptions(Call& call, const domain::CallRoute& route, domain::SpooledCall& recording,
                         domain::Marks& marks) {
  const bool may_be_private = route.mailbox.privacy == domain::Privacy::kMarked;
  Key pressed = Key::kNone;
  for (;;) {
    const Menu menu = OptionsMenu(marks, may_be_private);
    const Key choice = co_await Ask(call, menu, route.dial_plan.input_failures, pressed);
    if (choice != Key::k1 && choice != Key::k2) co_return choice != Key::kStar;
    bool& mark = choice == Key::k1 ? marks.important : marks.is_private;
    mark = !mark;
    recording.SetMarks(marks);
    pressed = co_await call.Play({{Changed(choice, marks)}, {}}, {.barge_in = kAnyKey});
  }
}

}  // namespace

Task<Review> RecordAndReview(Call& call, const domain::CallRoute& route,
                             domain::SpooledCall& recording) {
  const domain::DialPlan& plan = route.dial_plan;
  domain::Marks marks;
  Key pressed = Key::kNone;
  Recorded recorded{.room = plan.max_recording};
  co_await RecordPart(call, plan, recording, recorded);
  for (;;) {
    if (std::exchange(recorded.full_untold, false)) {
      pressed = co_await call.Play({{Phrase::kRecordingFull}, {}}, {.barge_in = kAnyKey});
    }
    const Menu menu = ReviewMenu(recorded.room >= kLeastRoom);
    const Key choice = co_await Ask(call, menu, plan.input_failures,
                                    std::exchange(pressed, Key::kNone), recorded.is_there);
    recorded.is_there = true;  // until the next recording
    switch (choice) {
      case Key::k1: {
        const bool send = co_await ChooseOptions(call, route, recording, marks);
        if (send) co_return Review::kSend;
        break;
      }
      case Key::k2:
        pressed = co_await call.PlayBack(recording, {.barge_in = kAnyKey});
        break;
      case Key::k3:
        recording.Erase();
        recorded.room = plan.max_recording;
        co_await call.Play({{Phrase::kTone}, {}});
        co_await RecordPart(call, plan, recording, recorded);
        break;
      case Key::k4:
        co_await call.Play({{Phrase::kTone}, {}});
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

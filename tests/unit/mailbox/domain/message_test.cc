#include "mailbox/domain/message.h"

#include "tests/support/catch.h"

using namespace um::domain;

TEST_CASE("a message passes its states in order and in no other") {
  using S = MessageState;
  using E = MessageEvent;
  const auto all_states = {S::kRecording, S::kSealed,   S::kStored,
                           S::kDelivered, S::kNotified, S::kUndeliverable};
  const auto all_events = {E::kSeal, E::kCommit, E::kAccept, E::kNotify, E::kRefuse, E::kRetry};
  int legal = 0;
  for (const S s : all_states) {
    for (const E e : all_events) legal += Next(s, e).has_value();
  }
  CHECK(legal == 7);
  CHECK(Next(S::kRecording, E::kSeal) == S::kSealed);
  CHECK(Next(S::kSealed, E::kCommit) == S::kStored);
  CHECK(Next(S::kStored, E::kAccept) == S::kDelivered);
  CHECK(Next(S::kStored, E::kRefuse) == S::kUndeliverable);
  CHECK(Next(S::kUndeliverable, E::kRetry) == S::kStored);
  CHECK(Next(S::kDelivered, E::kNotify) == S::kNotified);
  CHECK_FALSE(Next(S::kDelivered, E::kAccept));
}

TEST_CASE("a recording is a message from min_speech on, and its trailing silence is cut") {
  const Verdict message = Judge(3s, 4s, 9s, 1s);
  CHECK(message.kind == MessageKind::kVoice);
  CHECK(message.duration == 4s + kTail);
  CHECK(message.audio_bytes == 8 * 4100);
  CHECK(Judge(1s, 1s, 1s, 1s).kind == MessageKind::kVoice);
  CHECK(Judge(1s, 1s, 1s, 1s).duration == 1s);  // not longer than the recording
  CHECK(Judge(999ms, 4s, 9s, 1s).kind == MessageKind::kMissedCall);
  CHECK(Judge(999ms, 4s, 9s, 1s).audio_bytes == 0);
  CHECK(Judge(0ms, 0ms, 9s, 0ms).kind ==
        MessageKind::kMissedCall);  // silence alone is never a message
}

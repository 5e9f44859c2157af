#include "mailbox/domain/message.h"

#include <algorithm>

namespace um::domain {
namespace {

struct Transition {
  MessageState from;
  MessageEvent event;
  MessageState to;
};

constexpr Transition kTransitions[] = {
    {MessageState::kRecording, MessageEvent::kSeal, MessageState::kSealed},
    {MessageState::kSealed, MessageEvent::kCommit, MessageState::kStored},
    {MessageState::kStored, MessageEvent::kAccept, MessageState::kDelivered},
    {MessageState::kStored, MessageEvent::kRefuse, MessageState::kUndeliverable},
    {MessageState::kStored, MessageEvent::kRetry, MessageState::kStored},
    {MessageState::kDelivered, MessageEvent::kNotify, MessageState::kNotified},
    // An administrator mends what made the mail system refuse, and tries again.
    {MessageState::kUndeliverable, MessageEvent::kRetry, MessageState::kStored},
};

}  // namespace

std::string_view ToString(MessageKind kind) {
  return kind == MessageKind::kVoice ? "voice" : "missed-call";
}

std::string_view ToString(MessageState state) {
  switch (state) {
    case MessageState::kRecording:
      return "recording";
    case MessageState::kSealed:
      return "sealed";
    case MessageState::kStored:
      return "stored";
    case MessageState::kDelivered:
      return "delivered";
    case MessageState::kNotified:
      return "notified";
    case MessageState::kUndeliverable:
      return "undeliverable";
  }
  return "";
}

std::optional<MessageState> Next(MessageState state, MessageEvent event) {
  for (const Transition& t : kTransitions) {
    if (t.from == state && t.event == event) return t.to;
  }
  return std::nullopt;
}

Verdict Judge(Milliseconds speech, Milliseconds last_speech, Milliseconds length,
              Milliseconds min_speech) {
  if (speech < min_speech || speech == Milliseconds::zero()) return {};
  const Milliseconds kept = std::min(length, last_speech + kTail);
  return {MessageKind::kVoice, kept, static_cast<uint64_t>(kept.count()) * kSampleRate / 1000};
}

}  // namespace um::domain

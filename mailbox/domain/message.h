// A message: what is known of it from the call on, and the states it passes through.   Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mailbox/domain/g711.h"
#include "mailbox/domain/organisation.h"
#include "mailbox/domain/route.h"
#include "mailbox/domain/time.h"

namespace um::domain {

/// What a message is marked as.
struct Marks {
  bool important = false;
  bool is_private = false;
  Marks operator|(Marks other) const {
    return {important || other.important, is_private || other.is_private};
  }
};

/// What is known when a call is taken: written to disk before the caller can say a word.
struct CallFacts {
  std::string message_id;  ///< ULID; final, and the stem of the mail's Message-ID
  std::string trace_id;    ///< 32 hex digits, minted by um-proxy
  std::string organisation;
  std::string mailbox_id;
  std::string mailbox_name;  ///< "Ann Archer"
  std::string extension;
  std::string email;
  std::string called;
  Caller caller;
  CallReason reason = CallReason::kDirect;
  std::string sip_call_id;
  std::string gateway;
  std::string dial_plan;
  std::string language = "en-US";  ///< the user's
  WallTime started{};
  Law law = Law::kMu;  ///< of the audio that is spooled
  Milliseconds min_speech = 1s;
  Marks marks;  ///< the policy's; with the caller's once it is sealed
  AudioFormat audio_format = AudioFormat::kMp3;
  std::string time_zone;           ///< IANA, the user's; "": the node's
  bool missed_call_notice = true;  ///< of a call that leaves nothing the user is told
  std::string mail_text;           ///< what the user's policy adds to mails with voice messages
};

enum class MessageKind { kVoice, kMissedCall };
std::string_view ToString(MessageKind kind);  ///< "voice", "missed-call"

/// `recording -> sealed -> stored -> delivered -> notified`; undeliverable: refused for good by the
/// mail system.
enum class MessageState { kRecording, kSealed, kStored, kDelivered, kNotified, kUndeliverable };
enum class MessageEvent { kSeal, kCommit, kAccept, kNotify, kRefuse, kRetry };
std::string_view ToString(MessageState state);
/// The next state; nullopt where the event has no place.
std::optional<MessageState> Next(MessageState state, MessageEvent event);

/// What a finished recording comes to.
struct Verdict {
  MessageKind kind = MessageKind::kMissedCall;
  Milliseconds duration{};   ///< without trailing silence; zero for a missed call
  uint64_t audio_bytes = 0;  ///< how much of the recording is kept
};
/// `speech`, `last_speech` as SpeechMeter measured them. Keeps kTail of silence after the last
/// speech so that no word's end is clipped.
inline constexpr Milliseconds kTail = 100ms;
Verdict Judge(Milliseconds speech, Milliseconds last_speech, Milliseconds length,
              Milliseconds min_speech);

}  // namespace um::domain

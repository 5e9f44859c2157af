// Call: what a telephone script may see of a call. The real one speaks SIP and RTP (mailbox/calls);
// tests speak a script.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "mailbox/domain/ports.h"

namespace um::dialogs {

using async::Task;

/// A telephone key; kNone: nobody pressed one.
enum class Key : char {
  kNone = 0,
  k0 = '0',
  k1 = '1',
  k2 = '2',
  k3 = '3',
  k4 = '4',
  k5 = '5',
  k6 = '6',
  k7 = '7',
  k8 = '8',
  k9 = '9',
  kStar = '*',
  kPound = '#',
};

/// A set of keys. Trivially copyable, like every options struct that a coroutine takes.
class Keys {
 public:
  constexpr Keys() = default;
  constexpr explicit Keys(std::string_view keys) {
    for (const char c : keys) bits_ |= Bit(c);
  }
  constexpr bool has(Key key) const { return (bits_ & Bit(static_cast<char>(key))) != 0; }

 private:
  static constexpr uint16_t Bit(char c) {
    return c >= '0' && c <= '9' ? 1u << (c - '0') : c == '*' ? 1u << 10 : c == '#' ? 1u << 11 : 0;
  }
  uint16_t bits_ = 0;
};
inline constexpr Keys kAnyKey{"0123456789*#"};

/// Something the caller hears, by meaning; the prompt catalogue finds the recording in the call's
/// language.
enum class Phrase {
  kOwnGreeting,             ///< the greeting that the mailbox' owner has recorded
  kMailboxOwner,            ///< the name of the mailbox' owner
  kIsNotAvailable,          ///< "is not available"
  kPressZeroForOperator,    ///< "press 0 to reach an operator"
  kLeaveMessageAfterTone,   ///< "please leave your message after the tone; when done hang up or
                            ///< press the pound key"
  kTone,                    ///< the record tone
  kMessageSaved,            ///< "your message has been saved"
  kMessageWillBeDelivered,  ///< the store is away: "will be delivered"
  kMessageTooShort,         ///< nothing, or too little, was said
  kMailboxFull,             ///< "... mailbox cannot take more messages"
  kAnonymousRefused,        ///< "... does not accept unidentified calls"
  kOneMoment,               ///< the caller is about to be put through
  kNobodyThere,             ///< the operator could not be reached
  kRecordingFull,           ///< "your message has reached its longest length"
  kMessageErased,           ///< "message deleted"
  kReviewMenu,  ///< "press 1 to accept this recording, 2 to listen to it, 3 to record again"
  kReviewMenuContinue,      ///< "press 4 to continue your recording"
  kReviewMenuEnd,           ///< "press star to cancel, or 0 to hear these choices again"
  kOptionsMenuSend,         ///< "press pound to send your message"
  kOptionsMenuImportant,    ///< "press 1 to mark it as important"
  kOptionsMenuUnimportant,  ///< "press 1 to mark it as ordinary again"
  kOptionsMenuPrivate,      ///< "press 2 to mark it as private"
  kOptionsMenuNotPrivate,   ///< "press 2 to remove the private mark"
  kOptionsMenuEnd,          ///< "press star to go back, or 0 to hear these choices again"
  kMarkedImportant,
  kMarkedUnimportant,
  kMarkedPrivate,
  kMarkedNotPrivate,
  kInvalidChoice,
  kGoodbye,
};
/// Phrases spoken one after the other.
struct Announcement {
  std::vector<Phrase> phrases;
  std::string owner_name{};  ///< what kMailboxOwner says, if the owner has not recorded it
  domain::OwnWords own{};    ///< what kOwnGreeting says, and kMailboxOwner
};

struct PlayOptions {
  /// Keys that stop the announcement. One that was pressed before it, and that nothing has used
  /// yet, stops it before it begins.
  Keys barge_in{};
  async::Duration wait{0};  ///< how long after its end a key still counts
};
enum class RecordingEnd { kKey, kSilence, kLimit };
struct RecordOptions {
  async::Duration max{};           ///< of this recording
  async::Duration idle_timeout{};  ///< silence that ends it
  async::Duration warn_after{};    ///< then the tone says that little room is left; 0: never
  Keys stop{"#"};
};
static_assert(std::is_trivially_copyable_v<PlayOptions> &&
              std::is_trivially_copyable_v<RecordOptions>);

/// Every verb ends by itself when its work is done, and is cancelled by destroying its task.
/// Thread: loop.
class Call {
 public:
  virtual ~Call() = default;
  virtual async::Loop& loop() = 0;
  /// Answers. Not OK if the caller gave up first, or media could not be agreed.
  virtual Task<absl::Status> Answer() = 0;
  /// Plays; a key of `barge_in` stops it and is returned. Keys outside that set pressed meanwhile
  /// are dropped.
  virtual Task<Key> Play(Announcement announcement, PlayOptions options = {}) = 0;
  /// Plays what was recorded so far; a key of `barge_in` stops it and is returned.
  virtual Task<Key> PlayBack(domain::SpooledCall& recording, PlayOptions options = {}) = 0;
  /// Records into `sink`.
  virtual Task<RecordingEnd> Record(domain::AudioSink& sink, RecordOptions options) = 0;
  /// Has the caller's side call `number` in our place. False: nobody is there, or the peer cannot;
  /// the call goes on.
  virtual Task<bool> Transfer(std::string number) = 0;
  /// Ends when the caller has gone: hung up, lost, or never there.
  virtual Task<> Gone() = 0;
  /// Hangs up, if the caller has not.
  virtual void HangUp() = 0;
};

}  // namespace um::dialogs

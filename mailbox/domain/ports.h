// What the scripts need from the outside, as interfaces: the adapters implement them, the tests
// fake them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "mailbox/domain/contacts.h"
#include "mailbox/domain/greeting.h"
#include "mailbox/domain/message.h"

namespace um::domain {

/// Takes a recording's audio: G.711 of one law, in order.   Thread: media; never blocks.
class AudioSink {
 public:
  virtual ~AudioSink() = default;
  virtual void Append(std::span<const uint8_t> codes) noexcept = 0;
};

/// How safe a message is.
enum class Saved {
  kStored,  ///< committed in the store
  kSealed,  ///< on this node's disk; the store is away or slow, and will get it
  kMissed,  ///< too little was said: a missed call was left instead
};

/// One call's trace on disk, from the moment the call is taken: it ends as exactly one message or
/// one missed call, whatever ends the call, the process included.   Thread: loop, but for Append().
class SpooledCall : public AudioSink {
 public:
  /// Forgets the audio so far (the caller erases it).
  virtual void Erase() = 0;
  /// What the caller wants the message marked as. Counts until Seal().
  virtual void SetMarks(Marks marks) = 0;
  /// The audio so far, from byte `from` on, at most `most` bytes: "" at its end, or if the disk
  /// does not give it. `done` is called on the loop, once; not at all if the spool goes first.
  virtual void Read(uint64_t from, size_t most, std::function<void(std::string)> done) = 0;
  /// No more audio will come. Idempotent. Syncs, judges, stores in the background. `done` (may be
  /// null) is called on the loop, once; not at all if this object is destroyed first, or while
  /// neither disk nor store takes the message. The first call decides.
  virtual void Seal(std::function<void(Saved)> done) = 0;
  /// Leaves nothing (the call was handed on). Idempotent; too late after Seal().
  virtual void Discard() = 0;
  /// Seals if neither Seal() nor Discard() was called.
  ~SpooledCall() override = default;
};

/// Asks how full mailboxes are.   Thread: loop.
class Quotas {
 public:
  virtual ~Quotas() = default;
  /// Never blocks. Tells `answer` on the loop, once; false as well if that cannot be known, because
  /// a store that is away must turn no caller away. `answer` is dropped if this object goes first.
  virtual void AskFull(const CallFacts& facts, const Quota& quota,
                       std::function<void(bool full)> answer) = 0;
};

/// Knows what users have recorded for their callers.   Thread: loop.
class Greetings {
 public:
  virtual ~Greetings() = default;
  /// Never blocks. Tells `answer` on the loop, once, what this call plays of it; nothing as well if
  /// that cannot be read, so that the caller hears the system. `answer` is dropped if this object
  /// goes first.
  virtual void Ask(const CallFacts& facts, std::function<void(OwnWords)> answer) = 0;
};

/// Knows whom users know.   Thread: loop.
class Contacts {
 public:
  virtual ~Contacts() = default;
  /// Never blocks. Tells `answer` on the loop, once, by what name the called mailbox' contacts have
  /// the caller; none as well if that cannot be known. `answer` is dropped if this object goes
  /// first.
  virtual void Ask(const CallFacts& facts, CallerKeys keys,
                   std::function<void(ContactName)> answer) = 0;
};

class Spool {
 public:
  virtual ~Spool() = default;
  /// Never blocks: the file is made in the background, and what cannot be written is reported by
  /// Healthy().
  virtual std::unique_ptr<SpooledCall> Begin(const CallFacts& facts) = 0;
  /// False when the disk is full or failing: calls are refused before the greeting.
  virtual bool Healthy() const = 0;
};

}  // namespace um::domain

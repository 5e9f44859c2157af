// The message store: what is known of every message, its audio, and the queue of deliveries, in
// SQLite or PostgreSQL.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/keeping.h"
#include "mailbox/domain/message.h"
#include "mailbox/store/audit_note.h"
#include "mailbox/store/delivery_queue.h"

namespace um::store {

/// A message as the store has it.
struct StoredMessage {
  domain::CallFacts call;
  domain::MessageKind kind = domain::MessageKind::kVoice;
  domain::MessageState state = domain::MessageState::kStored;
  domain::Milliseconds duration{};
  domain::WallTime stored{};
  std::optional<domain::WallTime> delivered;
  std::optional<domain::WallTime> heard;  ///< nullopt: it is new to its user
  // The delivery queue's view.
  int attempts = 0;
  domain::WallTime next_attempt{};
  std::string last_error;
  std::string redirected_to;  ///< the address an administrator gave it; "": the mailbox' own
  std::string redirected_by;
  /// False: nothing is kept and mailed of it but its call's record.
  bool wanted() const { return kind == domain::MessageKind::kVoice || call.missed_call_notice; }
  const std::string& address() const { return redirected_to.empty() ? call.email : redirected_to; }
};

/// A message, as far as keeping it is concerned.
struct StoredCopy {
  std::string id;
  std::string organisation;
  std::string mailbox_id;
  domain::WallTime delivered{};  ///< the zero of time: not yet
};

/// What came of erasing messages.
struct Erased {
  std::vector<std::string> ids;  ///< of those that were there
  int undelivered = 0;           ///< that mail had not taken yet
  int under_way = 0;             ///< on the way to mail at that moment: they may arrive
};

/// What the audit is to tell of an erasure.
struct ErasureProof {
  std::string organisation;
  std::string actor;
  AuditNote note;  ///< the messages' ids are added to its facts
};

/// Blocking. Thread: any worker; one connection, one caller at a time inside.
class MessageStore : public DeliveryQueue {
 public:
  /// Inserts the message, its audio and its place in the delivery queue, in one transaction. A
  /// message id that is there already changes nothing and is OK: that is how "stored exactly once"
  /// is kept. One that was erased stays away, and is OK too.
  virtual absl::Status Insert(const StoredMessage& message, std::string_view audio) = 0;
  virtual absl::StatusOr<StoredMessage> Get(const std::string& message_id) = 0;
  /// The G.711 audio, in message.call.law; empty for a missed call.
  virtual absl::StatusOr<std::string> Audio(const std::string& message_id) = 0;
  /// A mailbox' messages, newest first.
  virtual absl::StatusOr<std::vector<StoredMessage>> List(const std::string& organisation,
                                                          const std::string& extension,
                                                          int limit) = 0;
  /// Messages by state, for status.
  struct Counts {
    int64_t queued = 0, retrying = 0, delivered = 0, undeliverable = 0;
  };
  virtual absl::StatusOr<Counts> Count() = 0;

  /// Leases at most `limit` messages that are due at `now` to `owner` until `until`: nobody else
  /// gets them before.
  virtual absl::StatusOr<std::vector<StoredMessage>> Lease(const std::string& owner,
                                                           domain::WallTime now,
                                                           domain::WallTime until, int limit) = 0;

  /// What a mailbox holds.
  virtual absl::StatusOr<domain::Holding> Held(const std::string& organisation,
                                               const std::string& mailbox_id) = 0;
  /// Messages of all organisations that mail had taken by `before`, in the order in which it did,
  /// from `last` on; a StoredCopy() to begin with.
  virtual absl::StatusOr<std::vector<StoredCopy>> DeliveredBy(domain::WallTime before,
                                                              const StoredCopy& last,
                                                              int limit) = 0;
  /// A mailbox' messages of calls that began before `before`, oldest first.
  virtual absl::StatusOr<std::vector<StoredCopy>> OfMailbox(const std::string& organisation,
                                                            const std::string& mailbox_id,
                                                            domain::WallTime before, int limit) = 0;
  /// Deletes messages, their audio and their places in the queue, and remembers their ids, so that
  /// no spool file of any node brings them back. `proof` (null: none) is in the audit if and only
  /// if they are gone, unless none was there. kNotFound: the proof's organisation has no audit.
  virtual absl::StatusOr<Erased> Erase(const std::vector<std::string>& message_ids,
                                       domain::WallTime at, const ErasureProof* proof) = 0;
  /// True for a message that was erased, while that is remembered.
  virtual absl::StatusOr<bool> WasErased(const std::string& message_id) = 0;
  /// Forgets what was erased before `before`.
  virtual absl::Status ForgetErased(domain::WallTime before) = 0;

  /// The pool key for tickets: made at the first start, kept. `generation` counts rotations.
  struct PoolKey {
    int generation = 1;
    std::string key;  // 32 bytes, secret
  };
  virtual absl::StatusOr<PoolKey> CurrentPoolKey() = 0;
};

/// Opens or creates the embedded store in `directory` (WAL, synchronous=FULL) and migrates it.
/// kFailedPrecondition: made by a newer release.
absl::StatusOr<std::unique_ptr<MessageStore>> OpenSqlite(const std::string& directory);

}  // namespace um::store

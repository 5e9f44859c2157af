// The message store: what is known of every message, its audio, and the queue of deliveries. SQLite
// now; PostgreSQL behind the same interface later.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/message.h"

namespace um::store {

/// A message as the store has it.
struct StoredMessage {
  domain::CallFacts call;
  domain::MessageKind kind = domain::MessageKind::kVoice;
  domain::MessageState state = domain::MessageState::kStored;
  domain::Milliseconds duration{};
  domain::WallTime stored{};
  std::optional<domain::WallTime> delivered;
  // The delivery queue's view.
  int attempts = 0;
  domain::WallTime next_attempt{};
  std::string last_error;
};

/// Blocking. Thread: any worker; one connection, one caller at a time inside.
class MessageStore {
 public:
  virtual ~MessageStore() = default;
  /// Inserts the message, its audio and its place in the delivery queue, in one transaction. A
  /// message id that is there already changes nothing and is OK: that is how "stored exactly once"
  /// is kept.
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
  /// Takes back the leases of every owner that `dead` says is gone: a process that was killed
  /// leaves its own behind.
  virtual absl::Status EndLeases(const std::function<bool(const std::string& owner)>& dead) = 0;
  /// Ends of a lease.
  virtual absl::Status Delivered(const std::string& message_id, domain::WallTime at) = 0;
  virtual absl::Status Retry(const std::string& message_id, domain::WallTime next,
                             const std::string& error) = 0;
  virtual absl::Status Undeliverable(const std::string& message_id, const std::string& error) = 0;
  /// When the next message falls due; nullopt: the queue is empty.
  virtual absl::StatusOr<std::optional<domain::WallTime>> NextDue() = 0;

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

#include "mailbox/store/sqlite.h"

#include <fcntl.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include <mutex>
#include <optional>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/sql.h"

namespace um::store {
namespace {

using domain::MessageEvent;
using domain::MessageState;
using domain::WallTime;
using soci::into;
using soci::use;

constexpr size_t kMaxError = 1000;  // [bytes] of a mail system's answer that is kept

/// One message as the database has it.
struct Row {
  std::string facts, kind, state, last_error;
  long long duration_ms = 0, stored_us = 0, delivered_us = 0, due_us = 0;
  int attempts = 0;
  soci::indicator delivered = soci::i_null, due = soci::i_null;
};

constexpr const char* kSelect =
    "SELECT m.facts, m.kind, m.state, m.duration_ms, m.stored_us, m.delivered_us,"
    " d.due_us, d.attempts, d.last_error"
    " FROM message m JOIN delivery d ON d.message_id = m.id ";

/// A statement that selects rows by `where`; `uses` binds its parameters.
template <class... Uses>
soci::statement Select(soci::session& sql, const std::string& where, Row& row, Uses&&... uses) {
  return ((sql.prepare << kSelect + where, into(row.facts), into(row.kind), into(row.state),
           into(row.duration_ms), into(row.stored_us), into(row.delivered_us, row.delivered),
           into(row.due_us, row.due), into(row.attempts), into(row.last_error)),
          ..., std::forward<Uses>(uses));
}

absl::StatusOr<MessageState> StateOf(const std::string& text) {
  for (const MessageState state : {MessageState::kStored, MessageState::kDelivered,
                                   MessageState::kNotified, MessageState::kUndeliverable}) {
    if (domain::ToString(state) == text) return state;
  }
  return absl::DataLossError("a stored message is in state \"" + text + "\"");
}

absl::StatusOr<StoredMessage> FromRow(const Row& row) {
  StoredMessage message;
  const std::optional<std::string> facts = FromBase64Url(row.facts);
  if (!facts) return absl::DataLossError("a stored message's facts are damaged");
  UM_ASSIGN_OR_RETURN(message.call, DecodeFacts(*facts));
  UM_ASSIGN_OR_RETURN(message.state, StateOf(row.state));
  const bool voice = row.kind == domain::ToString(domain::MessageKind::kVoice);
  message.kind = voice ? domain::MessageKind::kVoice : domain::MessageKind::kMissedCall;
  message.duration = domain::Milliseconds(row.duration_ms);
  message.stored = FromMicros(row.stored_us);
  if (row.delivered == soci::i_ok) message.delivered = FromMicros(row.delivered_us);
  if (row.due == soci::i_ok) message.next_attempt = FromMicros(row.due_us);
  message.attempts = row.attempts;
  message.last_error = row.last_error;
  return message;
}

absl::StatusOr<std::vector<StoredMessage>> FetchAll(soci::statement& statement, const Row& row) {
  std::vector<StoredMessage> messages;
  statement.execute();
  while (statement.fetch()) {
    UM_ASSIGN_OR_RETURN(StoredMessage message, FromRow(row));
    messages.push_back(std::move(message));
  }
  return messages;
}

constexpr size_t kMostOwners = 1000;  // of leases at one time: nodes that run or were killed lately

class SqliteStore final : public MessageStore {
 public:
  SqliteStore(std::unique_ptr<Blobs> blobs, std::shared_ptr<void> owned)
      : owned_(std::move(owned)), blobs_(std::move(blobs)) {}

  absl::Status Open(const std::string& path) {
    if (path.find('"') != std::string::npos) {
      return absl::InvalidArgumentError("a data directory's name may not contain \"");
    }
    // SQLite would make it readable for others; it holds callers' names and the pool's key. Its
    // journal takes the same mode.
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd);
    return Sql("open message store " + path, [&]() -> absl::Status {
      sql_.open(soci::sqlite3, "db=\"" + path + "\" timeout=5");
      std::string mode;
      sql_ << "PRAGMA journal_mode=WAL", into(mode);
      if (mode != "wal") {
        return absl::FailedPreconditionError("open message store: no WAL on this file system");
      }
      sql_ << "PRAGMA synchronous=FULL";
      sql_ << "PRAGMA foreign_keys=ON";
      return Migrate(sql_);
    });
  }

  /// Audio that was written for a message whose transaction never committed. Under the write lock,
  /// because another process may be inserting: Insert() looks again once it has the lock.
  absl::Status SweepBlobs() {
    UM_ASSIGN_OR_RETURN(const std::vector<std::string> ids, blobs_->List());
    const std::lock_guard lock(mutex_);
    return Sql("sweep audio", [&]() -> absl::Status {
      Transaction transaction(sql_);
      for (const std::string& id : ids) {
        if (Known(id)) continue;
        UM_RETURN_IF_ERROR(blobs_->Delete(id));
        log::Info("audio.swept", {{"message", id}});
      }
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::Status Insert(const StoredMessage& message, std::string_view audio) override {
    const std::string attempt = "store message " + message.call.message_id;
    UM_ASSIGN_OR_RETURN(const bool known, Complete(message, attempt));
    if (known) return absl::OkStatus();
    // Outside the lock, so that several messages' audio is synced at the same time.
    const bool has_audio = message.kind == domain::MessageKind::kVoice;
    if (has_audio) {
      UM_RETURN_IF_ERROR(Annotate(blobs_->Put(message.call.message_id, audio), attempt));
    }
    const std::lock_guard lock(mutex_);
    return Sql(attempt, [&]() -> absl::Status {
      Transaction transaction(sql_);
      if (has_audio) UM_RETURN_IF_ERROR(PutAgainIfSwept(message.call.message_id, audio));
      InsertRows(message);
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::StatusOr<StoredMessage> Get(const std::string& message_id) override {
    const std::lock_guard lock(mutex_);
    return Sql("get message", [&] { return GetLocked(message_id); });
  }

  absl::StatusOr<std::string> Audio(const std::string& message_id) override {
    UM_ASSIGN_OR_RETURN(const StoredMessage message, Get(message_id));
    if (message.kind == domain::MessageKind::kMissedCall) return std::string();
    absl::StatusOr<std::string> audio = blobs_->Get(message_id);
    if (absl::IsNotFound(audio.status())) {
      return absl::DataLossError("message " + message_id + " has lost its audio");
    }
    return audio;
  }

  absl::StatusOr<std::vector<StoredMessage>> List(const std::string& organisation,
                                                  const std::string& extension,
                                                  int limit) override {
    const std::lock_guard lock(mutex_);
    return Sql("list messages", [&] {
      Row row;
      // A ULID sorts by the time it was made.
      soci::statement statement =
          Select(sql_,
                 "WHERE m.organisation = :organisation AND m.extension = :extension"
                 " ORDER BY m.id DESC LIMIT :limit",
                 row, use(organisation), use(extension), use(limit));
      return FetchAll(statement, row);
    });
  }

  absl::StatusOr<Counts> Count() override {
    const std::lock_guard lock(mutex_);
    return Sql("count messages", [&]() -> absl::StatusOr<Counts> {
      Counts counts;
      counts.delivered = CountOf(MessageState::kDelivered) + CountOf(MessageState::kNotified);
      counts.undeliverable = CountOf(MessageState::kUndeliverable);
      long long queued = 0, retrying = 0;
      sql_ << "SELECT count(*), count(CASE WHEN attempts > 0 THEN 1 END) FROM delivery"
              " WHERE due_us IS NOT NULL",
          into(queued), into(retrying);
      counts.queued = queued - retrying;
      counts.retrying = retrying;
      return counts;
    });
  }

  absl::StatusOr<std::vector<StoredMessage>> Lease(const std::string& owner, WallTime now,
                                                   WallTime until, int limit) override {
    const std::lock_guard lock(mutex_);
    return Sql("lease messages", [&]() -> absl::StatusOr<std::vector<StoredMessage>> {
      const long long now_us = Micros(now), until_us = Micros(until);
      Transaction transaction(sql_);
      Row row;
      soci::statement due =
          Select(sql_,
                 "WHERE d.due_us <= :now AND d.lease_until_us <= :free ORDER BY d.due_us, m.id"
                 " LIMIT :limit",
                 row, use(now_us), use(now_us), use(limit));
      UM_ASSIGN_OR_RETURN(std::vector<StoredMessage> messages, FetchAll(due, row));
      for (const StoredMessage& message : messages) {
        sql_ << "UPDATE delivery SET lease_owner = :owner, lease_until_us = :until"
                " WHERE message_id = :id",
            use(owner), use(until_us), use(message.call.message_id);
      }
      transaction.Commit();
      return messages;
    });
  }

  absl::Status EndLeases(const std::function<bool(const std::string&)>& dead) override {
    const std::lock_guard lock(mutex_);
    return Sql("end leases", [&]() -> absl::Status {
      Transaction transaction(sql_);
      std::vector<std::string> owners(kMostOwners);
      sql_ << "SELECT DISTINCT lease_owner FROM delivery WHERE lease_until_us > 0", into(owners);
      for (const std::string& owner : owners) {
        if (!dead(owner)) continue;
        sql_ << "UPDATE delivery SET lease_owner = '', lease_until_us = 0 WHERE lease_owner = "
                ":owner",
            use(owner);
      }
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::Status Delivered(const std::string& message_id, WallTime at) override {
    return EndLease(message_id, MessageEvent::kAccept, at, "");
  }
  absl::Status Retry(const std::string& message_id, WallTime next,
                     const std::string& error) override {
    return EndLease(message_id, MessageEvent::kRetry, next, error);
  }
  absl::Status Undeliverable(const std::string& message_id, const std::string& error) override {
    return EndLease(message_id, MessageEvent::kRefuse, {}, error);
  }

  absl::StatusOr<std::optional<WallTime>> NextDue() override {
    const std::lock_guard lock(mutex_);
    return Sql("look at the queue", [&]() -> absl::StatusOr<std::optional<WallTime>> {
      long long due = 0;
      soci::indicator any = soci::i_null;
      // A leased message falls due again when its lease ends: its holder may be gone.
      sql_ << "SELECT min(CASE WHEN lease_until_us > due_us THEN lease_until_us ELSE due_us END)"
              " FROM delivery WHERE due_us IS NOT NULL",
          into(due, any);
      if (any != soci::i_ok) return std::nullopt;
      return FromMicros(due);
    });
  }

  absl::StatusOr<PoolKey> CurrentPoolKey() override {
    const std::lock_guard lock(mutex_);
    return Sql("get pool key", [&]() -> absl::StatusOr<PoolKey> {
      const std::string fresh = Base64Url(RandomBytes(32));
      // One statement, so that of two processes that start together one makes the key and both have
      // it.
      sql_ << "INSERT INTO pool_key (organisation, generation, secret) SELECT '', 1, :secret"
              " WHERE NOT EXISTS (SELECT 1 FROM pool_key WHERE organisation = '')",
          use(fresh);
      PoolKey key;
      std::string secret;
      sql_ << "SELECT generation, secret FROM pool_key WHERE organisation = ''"
              " ORDER BY generation DESC LIMIT 1",
          into(key.generation), into(secret);
      const std::optional<std::string> bytes = FromBase64Url(secret);
      if (!bytes || bytes->size() != 32) return absl::DataLossError("the pool key is damaged");
      key.key = *bytes;
      return key;
    });
  }

 private:
  bool Known(const std::string& id) {
    int one = 0;
    sql_ << "SELECT 1 FROM message WHERE id = :id", into(one), use(id);
    return sql_.got_data();
  }

  /// True if the message is stored, audio and all: nothing to do.
  absl::StatusOr<bool> Complete(const StoredMessage& message, const std::string& attempt) {
    {
      const std::lock_guard lock(mutex_);
      UM_ASSIGN_OR_RETURN(const bool known, Sql(attempt, [&]() -> absl::StatusOr<bool> {
                            return Known(message.call.message_id);
                          }));
      if (!known) return false;
    }
    if (message.kind == domain::MessageKind::kMissedCall) return true;
    return blobs_->Has(message.call.message_id);
  }

  absl::Status PutAgainIfSwept(const std::string& id, std::string_view audio) {
    UM_ASSIGN_OR_RETURN(const bool there, blobs_->Has(id));
    return there ? absl::OkStatus() : blobs_->Put(id, audio);
  }

  void InsertRows(const StoredMessage& message) {
    const domain::CallFacts& call = message.call;
    const std::string facts = Base64Url(EncodeFacts(call));
    const std::string kind(domain::ToString(message.kind));
    const std::string state(domain::ToString(MessageState::kStored));
    const long long duration = message.duration.count();
    const long long started = Micros(call.started), stored = Micros(message.stored);
    sql_
        << "INSERT INTO message (id, organisation, mailbox_id, extension, kind, state, duration_ms,"
           " started_us, stored_us, facts) VALUES (:id, :organisation, :mailbox, :extension, :kind,"
           " :state, :duration, :started, :stored, :facts) ON CONFLICT DO NOTHING",
        use(call.message_id), use(call.organisation), use(call.mailbox_id), use(call.extension),
        use(kind), use(state), use(duration), use(started), use(stored), use(facts);
    sql_ << "INSERT INTO delivery (message_id, organisation, due_us)"
            " VALUES (:id, :organisation, :due) ON CONFLICT DO NOTHING",
        use(call.message_id), use(call.organisation), use(stored);
  }

  absl::StatusOr<StoredMessage> GetLocked(const std::string& message_id) {
    Row row;
    soci::statement statement = Select(sql_, "WHERE m.id = :id", row, use(message_id));
    if (!statement.execute(true)) return absl::NotFoundError("no message " + message_id);
    return FromRow(row);
  }

  long long CountOf(MessageState state) {
    const std::string name(domain::ToString(state));
    long long n = 0;
    sql_ << "SELECT count(*) FROM message WHERE state = :state", into(n), use(name);
    return n;
  }

  /// `time` is the end of delivery or the next attempt.
  absl::Status EndLease(const std::string& id, MessageEvent event, WallTime time,
                        const std::string& error) {
    const std::lock_guard lock(mutex_);
    return Sql("end delivery of message " + id, [&]() -> absl::Status {
      Transaction transaction(sql_);
      UM_ASSIGN_OR_RETURN(const StoredMessage message, GetLocked(id));
      const std::optional<MessageState> next = domain::Next(message.state, event);
      const bool accepted =
          message.state == MessageState::kDelivered || message.state == MessageState::kNotified;
      // A second runner whose lease had run out comes to tell the same: nothing changes.
      if (!next && accepted && event == MessageEvent::kAccept) return absl::OkStatus();
      if (!next) {
        return absl::FailedPreconditionError(
            fmt::format("message {} is already {}", id, domain::ToString(message.state)));
      }
      SetState(id, *next, event, time);
      SetQueue(id, event, time, error.substr(0, kMaxError));
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  void SetState(const std::string& id, MessageState next, MessageEvent event, WallTime time) {
    const std::string state(domain::ToString(next));
    const long long us = Micros(time);
    sql_ << "UPDATE message SET state = :state WHERE id = :id", use(state), use(id);
    if (event == MessageEvent::kAccept) {
      sql_ << "UPDATE message SET delivered_us = :at WHERE id = :id", use(us), use(id);
    }
  }

  void SetQueue(const std::string& id, MessageEvent event, WallTime time,
                const std::string& error) {
    const long long due = Micros(time);
    soci::indicator null_unless_again = event == MessageEvent::kRetry ? soci::i_ok : soci::i_null;
    const int attempts = event == MessageEvent::kAccept ? 0 : 1;
    sql_ << "UPDATE delivery SET due_us = :due, lease_owner = '', lease_until_us = 0,"
            " attempts = attempts + :failed, last_error = :error WHERE message_id = :id",
        use(due, null_unless_again), use(attempts), use(error), use(id);
  }

  // Passed in.
  std::shared_ptr<void> owned_;
  std::unique_ptr<Blobs> blobs_;
  // Owned.
  std::mutex mutex_;
  soci::session sql_;  // guarded by mutex_
};

}  // namespace

absl::StatusOr<std::unique_ptr<MessageStore>> OpenSqliteFile(const std::string& path,
                                                             std::unique_ptr<Blobs> blobs,
                                                             std::shared_ptr<void> owned) {
  auto store = std::make_unique<SqliteStore>(std::move(blobs), std::move(owned));
  UM_RETURN_IF_ERROR(store->Open(path));
  UM_RETURN_IF_ERROR(store->SweepBlobs());
  return store;
}

absl::StatusOr<std::unique_ptr<MessageStore>> OpenSqlite(const std::string& directory) {
  std::shared_ptr<Files> files = RealFiles();
  UM_RETURN_IF_ERROR(files->MakeDirectories(directory));
  UM_ASSIGN_OR_RETURN(std::unique_ptr<Blobs> blobs, FileBlobs(*files, directory + "/audio"));
  UM_ASSIGN_OR_RETURN(std::unique_ptr<MessageStore> store,
                      OpenSqliteFile(directory + "/messages.sqlite", std::move(blobs), files));
  UM_RETURN_IF_ERROR(files->SyncDirectory(directory));
  return store;
}

}  // namespace um::store

#include <mutex>
#include <optional>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "mailbox/store/audit_rows.h"
#include "mailbox/store/call_rows.h"
#include "mailbox/store/database.h"
#include "mailbox/store/erasure_rows.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/lamp_rows.h"
#include "mailbox/store/message_rows.h"
#include "mailbox/store/queue_rows.h"
#include "mailbox/store/sql_stores.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using domain::MessageEvent;
using domain::MessageState;
using domain::WallTime;
using soci::into;
using soci::use;

/// What a message is found by must be what the databases can index.
absl::Status CheckKeys(const domain::CallFacts& call) {
  if (!IsUlid(call.message_id)) {
    return absl::InvalidArgumentError("a message's id is not a ULID");
  }
  for (const std::string* key : {&call.organisation, &call.mailbox_id, &call.extension}) {
    if (ToColumn(*key).size() <= kMaxKey) continue;
    return absl::InvalidArgumentError("a message's organisation, mailbox or extension is too long");
  }
  return absl::OkStatus();
}

bool Known(soci::session& sql, const std::string& id) {
  int one = 0;
  sql << "SELECT 1 FROM message WHERE id = :id", into(one), use(id);
  return sql.got_data();
}

long long CountOf(soci::session& sql, MessageState state) {
  const std::string name(domain::ToString(state));
  long long n = 0;
  sql << "SELECT count(*) FROM message WHERE state = :state", into(n), use(name);
  return n;
}

absl::Status WriteProof(soci::session& sql, const ErasureProof& proof, const Erased& erased,
                        WallTime at) {
  AuditNote note = proof.note;
  std::string ids;
  for (const std::string& id : erased.ids) ids += (ids.empty() ? "" : " ") + id;
  note.facts.emplace_back("messages", ids);
  UM_RETURN_IF_ERROR(CheckNote(proof.organisation, proof.actor, note));
  return WriteNote(sql, proof.organisation, proof.actor, at, note).status();
}

void SetState(soci::session& sql, const std::string& id, MessageState next, MessageEvent event,
              WallTime time) {
  const std::string state(domain::ToString(next));
  const long long us = Micros(time);
  sql << "UPDATE message SET state = :state WHERE id = :id", use(state), use(id);
  if (event == MessageEvent::kAccept) {
    sql << "UPDATE message SET delivered_us = :at WHERE id = :id", use(us), use(id);
  }
}

class SqlMessages final : public MessageStore {
 public:
  SqlMessages(std::shared_ptr<Database> database, std::unique_ptr<Blobs> blobs,
              std::shared_ptr<void> owned)
      : owned_(std::move(owned)), blobs_(std::move(blobs)), database_(std::move(database)) {}

  /// Audio that was written for a message whose transaction never committed. Under the write lock,
  /// because another process may be inserting: Insert() looks again once it has the lock.
  absl::Status SweepBlobs() {
    if (!blobs_) return absl::OkStatus();
    UM_ASSIGN_OR_RETURN(const std::vector<std::string> ids, blobs_->List());
    return database_->Run("sweep audio", [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      for (const std::string& id : ids) {
        if (Known(session.sql, id)) continue;
        UM_RETURN_IF_ERROR(blobs_->Delete(id));
        log::Info("audio.swept", {{"message", id}});
      }
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::Status Insert(const StoredMessage& message, std::string_view audio) override {
    UM_RETURN_IF_ERROR(CheckKeys(message.call));
    const std::string& id = message.call.message_id;
    const std::string attempt = "store message " + id;
    UM_ASSIGN_OR_RETURN(const bool complete, Complete(message, attempt));
    if (complete) return absl::OkStatus();
    // A file is written outside the lock, so that several messages' audio is synced at the same
    // time.
    const bool has_audio = message.kind == domain::MessageKind::kVoice;
    if (has_audio && blobs_) UM_RETURN_IF_ERROR(Annotate(blobs_->Put(id, audio), attempt));
    return database_->Run(attempt, [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      if (has_audio && blobs_) UM_RETURN_IF_ERROR(PutAgainIfSwept(id, audio));
      if (!message.wanted()) {
        PutCallOfMessage(session.sql, message.call, std::string(domain::ToString(message.kind)));
        transaction.Commit();
        return absl::OkStatus();
      }
      InsertMessage(session.sql, message);
      // Only now: whoever was erasing it at the same time has been waited for.
      if (um::store::WasErased(session.sql, id))
        return blobs_ ? blobs_->Delete(id) : absl::OkStatus();
      if (has_audio && !blobs_) InsertAudio(session, message, audio);
      // Last: others who leave a message in this mailbox wait for it.
      if (has_audio) {
        WantLamp(session.sql, {message.call.organisation, message.call.mailbox_id}, message.stored);
      }
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::StatusOr<StoredMessage> Get(const std::string& message_id) override {
    return database_->Run("get message",
                          [&](Session& session) { return FetchMessage(session.sql, message_id); });
  }

  absl::StatusOr<std::string> Audio(const std::string& message_id) override {
    UM_ASSIGN_OR_RETURN(const StoredMessage message, Get(message_id));
    if (message.kind == domain::MessageKind::kMissedCall) return std::string();
    absl::StatusOr<std::string> audio =
        blobs_ ? blobs_->Get(message_id) : database_->Run("get audio", [&](Session& session) {
          return FetchAudio(session, message_id);
        });
    if (absl::IsNotFound(audio.status())) {
      return absl::DataLossError("message " + message_id + " has lost its audio");
    }
    return audio;
  }

  absl::StatusOr<std::vector<StoredMessage>> List(const std::string& organisation,
                                                  const std::string& extension,
                                                  int limit) override {
    return database_->Run("list messages", [&](Session& session) {
      MessageRow row;
      const std::string whose = ToColumn(organisation), where = ToColumn(extension);
      // A ULID sorts by the time it was made.
      soci::statement statement =
          SelectMessages(session.sql,
                         "WHERE m.organisation = :organisation AND m.extension = :extension"
                         " ORDER BY m.id DESC LIMIT :limit",
                         row, use(whose), use(where), use(limit));
      return FetchAll(statement, row);
    });
  }

  absl::StatusOr<Counts> Count() override {
    return database_->Run("count messages", [&](Session& session) -> absl::StatusOr<Counts> {
      soci::session& sql = session.sql;
      Counts counts;
      counts.delivered =
          CountOf(sql, MessageState::kDelivered) + CountOf(sql, MessageState::kNotified);
      counts.undeliverable = CountOf(sql, MessageState::kUndeliverable);
      long long queued = 0, retrying = 0;
      sql << "SELECT count(*), count(CASE WHEN attempts > 0 THEN 1 END) FROM delivery"
             " WHERE due_us IS NOT NULL",
          into(queued), into(retrying);
      counts.queued = queued - retrying;
      counts.retrying = retrying;
      return counts;
    });
  }

  absl::StatusOr<std::vector<StoredMessage>> Lease(const std::string& owner, WallTime now,
                                                   WallTime until, int limit) override {
    using Messages = std::vector<StoredMessage>;
    return database_->Run("lease messages", [&](Session& session) -> absl::StatusOr<Messages> {
      const long long now_us = Micros(now);
      const std::string where =
          "WHERE d.due_us <= :now AND d.lease_until_us <= :free ORDER BY d.due_us, m.id"
          " LIMIT :limit";
      Transaction transaction(session);
      MessageRow row;
      soci::statement due = SelectMessages(
          session.sql, where + session.dialect.for_update + session.dialect.skip_locked, row,
          use(now_us), use(now_us), use(limit));
      UM_ASSIGN_OR_RETURN(Messages messages, FetchAll(due, row));
      for (const StoredMessage& message : messages) {
        TakeLease(session.sql, kDeliveries, message.call.message_id, owner, until);
      }
      transaction.Commit();
      return messages;
    });
  }

  absl::Status EndLeases(const std::function<bool(const std::string&)>& dead) override {
    return EndDeadLeases(*database_, kDeliveries, dead);
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
    return store::NextDue(*database_, kDeliveries);
  }

  absl::StatusOr<domain::Holding> Held(const std::string& organisation,
                                       const std::string& mailbox_id) override {
    using Holding = absl::StatusOr<domain::Holding>;
    return database_->Run("look into mailbox", [&](Session& session) -> Holding {
      return FetchHolding(session.sql, organisation, mailbox_id);
    });
  }

  absl::StatusOr<std::vector<StoredCopy>> DeliveredBy(WallTime before, const StoredCopy& last,
                                                      int limit) override {
    using Copies = absl::StatusOr<std::vector<StoredCopy>>;
    return database_->Run("look for old messages", [&](Session& session) -> Copies {
      return FetchDelivered(session.sql, before, last, limit);
    });
  }

  absl::StatusOr<std::vector<StoredCopy>> OfMailbox(const std::string& organisation,
                                                    const std::string& mailbox_id, WallTime before,
                                                    int limit) override {
    using Copies = absl::StatusOr<std::vector<StoredCopy>>;
    return database_->Run("list messages", [&](Session& session) -> Copies {
      return FetchOfMailbox(session.sql, organisation, mailbox_id, before, limit);
    });
  }

  absl::StatusOr<Erased> Erase(const std::vector<std::string>& message_ids, WallTime at,
                               const ErasureProof* proof) override {
    for (const std::string& id : message_ids) {
      if (!IsUlid(id)) return absl::InvalidArgumentError("a message's id is not a ULID");
    }
    using Result = absl::StatusOr<Erased>;
    UM_ASSIGN_OR_RETURN(Erased erased,
                        database_->Run("erase messages", [&](Session& session) -> Result {
                          Transaction transaction(session);
                          Erased rows = EraseRows(session, message_ids, at);
                          if (proof && !rows.ids.empty()) {
                            UM_RETURN_IF_ERROR(WriteProof(session.sql, *proof, rows, at));
                          }
                          transaction.Commit();
                          return rows;
                        }));
    if (!blobs_) return erased;
    // After the commit: what a crash leaves here is swept at the next start.
    for (const std::string& id : erased.ids) UM_RETURN_IF_ERROR(blobs_->Delete(id));
    return erased;
  }

  absl::StatusOr<bool> WasErased(const std::string& message_id) override {
    return database_->Run("look for erased message", [&](Session& session) -> absl::StatusOr<bool> {
      return um::store::WasErased(session.sql, message_id);
    });
  }

  absl::Status ForgetErased(WallTime before) override {
    return database_->Run("forget erased messages", [&](Session& session) -> absl::Status {
      ForgetErasedRows(session.sql, before);
      return absl::OkStatus();
    });
  }

  absl::StatusOr<PoolKey> CurrentPoolKey() override {
    return database_->Run("get pool key", [&](Session& session) -> absl::StatusOr<PoolKey> {
      const std::string fresh = Base64Url(RandomBytes(32));
      // One statement, so that of two processes that start together one makes the key and both have
      // it.
      session.sql << "INSERT INTO pool_key (organisation, generation, secret) SELECT '', 1, :secret"
                     " WHERE NOT EXISTS (SELECT 1 FROM pool_key WHERE organisation = '')"
                     " ON CONFLICT DO NOTHING",
          use(fresh);
      PoolKey key;
      std::string secret;
      session.sql << "SELECT generation, secret FROM pool_key WHERE organisation = ''"
                     " ORDER BY generation DESC LIMIT 1",
          into(key.generation), into(secret);
      const std::optional<std::string> bytes = FromBase64Url(secret);
      if (!bytes || bytes->size() != 32) return absl::DataLossError("the pool key is damaged");
      key.key = *bytes;
      return key;
    });
  }

 private:
  /// True if the message is stored, audio and all, or was erased: nothing to do.
  absl::StatusOr<bool> Complete(const StoredMessage& message, const std::string& attempt) {
    const std::string& id = message.call.message_id;
    const bool has_audio = message.kind == domain::MessageKind::kVoice;
    UM_ASSIGN_OR_RETURN(const bool known,
                        database_->Run(attempt, [&](Session& session) -> absl::StatusOr<bool> {
                          if (um::store::WasErased(session.sql, id)) return true;
                          if (!Known(session.sql, id)) return false;
                          return !has_audio || blobs_ || HasAudio(session.sql, id);
                        }));
    if (!known || !has_audio || !blobs_) return known;
    UM_ASSIGN_OR_RETURN(const bool has, blobs_->Has(id));
    if (has) return true;
    return WasErased(id);
  }

  absl::Status PutAgainIfSwept(const std::string& id, std::string_view audio) {
    UM_ASSIGN_OR_RETURN(const bool there, blobs_->Has(id));
    return there ? absl::OkStatus() : blobs_->Put(id, audio);
  }

  /// `time` is the end of delivery or the next attempt.
  absl::Status EndLease(const std::string& id, MessageEvent event, WallTime time,
                        const std::string& error) {
    return database_->Run("end a message's delivery", [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      UM_ASSIGN_OR_RETURN(const StoredMessage message,
                          FetchMessage(session.sql, id, session.dialect.for_update));
      UM_ASSIGN_OR_RETURN(const auto next, After("message " + id, message.state, event));
      if (!next) return absl::OkStatus();
      SetState(session.sql, id, *next, event, time);
      store::EndLease(session.sql, kDeliveries, id, event, time, error);
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  // Passed in.
  const std::shared_ptr<void> owned_;
  const std::unique_ptr<Blobs> blobs_;  // null: audio is in the database
  const std::shared_ptr<Database> database_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MessageStore>> SqlMessageStore(std::shared_ptr<Database> database,
                                                              std::unique_ptr<Blobs> blobs,
                                                              std::shared_ptr<void> owned) {
  auto store =
      std::make_unique<SqlMessages>(std::move(database), std::move(blobs), std::move(owned));
  UM_RETURN_IF_ERROR(store->SweepBlobs());
  return store;
}

}  // namespace um::store

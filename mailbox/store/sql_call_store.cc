#include <algorithm>
#include <utility>

#include "common/base/status.h"
#include "mailbox/store/call_rows.h"
#include "mailbox/store/call_store.h"
#include "mailbox/store/database.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/sql_stores.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using domain::MessageKind;
using soci::into;
using soci::use;

/// A row as it is fetched.
struct CallRow {
  std::string id, organisation, mailbox, call_id, trace, kind, body, last_error;
  long long started_us = 0, stored_us = 0, delivered_us = 0, heard_us = 0;
  soci::indicator stored = soci::i_null, delivered = soci::i_null, heard = soci::i_null,
                  error = soci::i_null;
};

absl::StatusOr<StoredCall> FromRow(const CallRow& row) {
  StoredCall call;
  UM_ASSIGN_OR_RETURN(call.record, DecodeCall(row.body));
  call.record.id = row.id;
  call.record.organisation = FromColumn(row.organisation);
  call.record.mailbox_id = FromColumn(row.mailbox);
  call.record.sip_call_id = FromColumn(row.call_id);
  call.record.trace_id = FromColumn(row.trace);
  call.record.started = FromMicros(row.started_us);
  for (const MessageKind kind : {MessageKind::kVoice, MessageKind::kMissedCall}) {
    if (row.kind == domain::ToString(kind)) call.kind = kind;
  }
  if (row.stored == soci::i_ok) call.stored = FromMicros(row.stored_us);
  if (row.delivered == soci::i_ok) call.delivered = FromMicros(row.delivered_us);
  if (row.heard == soci::i_ok) call.heard = FromMicros(row.heard_us);
  if (row.error == soci::i_ok) call.last_error = FromColumn(row.last_error);
  return call;
}

template <class... Uses>
absl::StatusOr<std::vector<StoredCall>> Fetch(soci::session& sql, const std::string& where,
                                              Uses&&... uses) {
  CallRow row;
  soci::statement statement =
      ((sql.prepare
            << "SELECT c.id, c.organisation, c.mailbox_id, c.sip_call_id, c.trace_id, c.kind,"
               " c.body, c.started_us, m.stored_us, m.delivered_us, m.heard_us, d.last_error"
               " FROM call_record c LEFT JOIN message m ON m.id = c.id"
               " LEFT JOIN delivery d ON d.message_id = c.id " +
                   where,
        into(row.id), into(row.organisation), into(row.mailbox), into(row.call_id), into(row.trace),
        into(row.kind), into(row.body), into(row.started_us), into(row.stored_us, row.stored),
        into(row.delivered_us, row.delivered), into(row.heard_us, row.heard),
        into(row.last_error, row.error)),
       ..., std::forward<Uses>(uses));
  std::vector<StoredCall> calls;
  statement.execute();
  while (statement.fetch()) {
    UM_ASSIGN_OR_RETURN(StoredCall call, FromRow(row));
    calls.push_back(std::move(call));
  }
  return calls;
}

class SqlCalls final : public CallStore {
 public:
  explicit SqlCalls(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status Write(const std::vector<domain::CallRecord>& records) override {
    return database_->Run("write call records", [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      for (const domain::CallRecord& record : records) PutCall(session.sql, record);
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::StatusOr<std::vector<StoredCall>> List(const Query& query) override {
    return database_->Run("list calls", [&](Session& session) {
      const std::string organisation = ToColumn(query.organisation);
      const std::string mailbox = ToColumn(query.mailbox_id), before = ToColumn(query.before);
      const long long since = Micros(query.since);
      const int limit = std::max(query.limit, 1);
      return Fetch(session.sql,
                   "WHERE c.organisation = :organisation AND c.started_us >= :since"
                   " AND (c.mailbox_id = :mailbox OR :any = '') AND (c.id < :before OR :first = '')"
                   " ORDER BY c.id DESC LIMIT :limit",
                   use(organisation), use(since), use(mailbox), use(mailbox), use(before),
                   use(before), use(limit));
    });
  }

  absl::StatusOr<StoredCall> Find(const std::string& organisation,
                                  const std::string& name) override {
    return database_->Run("find a call", [&](Session& session) -> absl::StatusOr<StoredCall> {
      const std::string within = ToColumn(organisation);
      const std::string key = ToColumn(Cut(name, kMaxKey));
      for (const char* column : {"id", "trace_id", "sip_call_id"}) {
        UM_ASSIGN_OR_RETURN(const std::vector<StoredCall> found,
                            Fetch(session.sql,
                                  fmt::format("WHERE c.organisation = :organisation AND c.{} = :key"
                                              " ORDER BY c.id DESC LIMIT 1",
                                              column),
                                  use(within), use(key)));
        if (!found.empty()) return found.front();
      }
      return absl::NotFoundError("there is no record of such a call");
    });
  }

  absl::StatusOr<int64_t> DeleteBefore(domain::WallTime time, int limit) override {
    return database_->Run("delete old calls", [&](Session& session) -> absl::StatusOr<int64_t> {
      const long long before = Micros(time);
      soci::statement statement =
          (session.sql.prepare << "DELETE FROM call_record WHERE id IN (SELECT id FROM call_record"
                                  " WHERE started_us < :before LIMIT :limit)",
           use(before), use(limit));
      statement.execute(true);
      return statement.get_affected_rows();
    });
  }

 private:
  const std::shared_ptr<Database> database_;
};

}  // namespace

std::unique_ptr<CallStore> SqlCallStore(std::shared_ptr<Database> database) {
  return std::make_unique<SqlCalls>(std::move(database));
}

}  // namespace um::store

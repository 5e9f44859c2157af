#include <algorithm>

#include "common/base/status.h"
#include "mailbox/store/database.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/message_rows.h"
#include "mailbox/store/notice_rows.h"
#include "mailbox/store/queue_rows.h"
#include "mailbox/store/sql_stores.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using domain::MessageState;
using domain::WallTime;
using soci::into;
using soci::use;
using Items = std::vector<QueueItem>;

MessageState StateOf(const QueueItem& item) {
  return std::visit([](const auto& each) { return each.state; }, item);
}

/// The messages or notices that `where` selects, after `query.after`.
template <class Fetch>
absl::Status Append(const std::string& where, const char* alias, const Fetch& fetch, Items& items) {
  const auto found = fetch(fmt::format(
      "WHERE {1} AND ({0}.organisation = :organisation OR :any = '') AND {0}.id > :after"
      " ORDER BY {0}.id LIMIT :limit",
      alias, where));
  if (!found.ok()) return found.status();
  items.insert(items.end(), found->begin(), found->end());
  return absl::OkStatus();
}

class SqlQueue final : public QueueStore {
 public:
  explicit SqlQueue(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  absl::StatusOr<Items> List(const Query& query) override {
    return database_->Run("list the queue", [&](Session& session) -> absl::StatusOr<Items> {
      Transaction transaction = Transaction::Snapshot(session);
      const std::string organisation = ToColumn(query.organisation), after = ToColumn(query.after);
      const int limit = std::max(query.limit, 1);
      const auto messages = [&](const std::string& where) {
        MessageRow row;
        soci::statement statement = SelectMessages(session.sql, where, row, use(organisation),
                                                   use(organisation), use(after), use(limit));
        return FetchAll(statement, row);
      };
      const auto notices = [&](const std::string& where) {
        return FetchNotices(session.sql, where, use(organisation), use(organisation), use(after),
                            use(limit));
      };
      Items items;
      UM_RETURN_IF_ERROR(Append("m.state = 'undeliverable'", "m", messages, items));
      UM_RETURN_IF_ERROR(Append("n.state = 'undeliverable'", "n", notices, items));
      if (!query.failed) {
        UM_RETURN_IF_ERROR(Append("d.due_us IS NOT NULL", "m", messages, items));
        UM_RETURN_IF_ERROR(Append("n.due_us IS NOT NULL", "n", notices, items));
      }
      std::sort(items.begin(), items.end(),
                [](const QueueItem& a, const QueueItem& b) { return IdOf(a) < IdOf(b); });
      if (items.size() > static_cast<size_t>(limit)) items.resize(static_cast<size_t>(limit));
      transaction.Commit();
      return items;
    });
  }

  absl::StatusOr<QueueItem> Get(const std::string& id) override {
    return database_->Run("get an item of the queue",
                          [&](Session& session) { return Fetch(session, id, ""); });
  }

  absl::StatusOr<Counts> Count() override {
    return database_->Run("count notices", [&](Session& session) -> absl::StatusOr<Counts> {
      long long waiting = 0, undeliverable = 0;
      session.sql << "SELECT count(*) FROM notice WHERE due_us IS NOT NULL", into(waiting);
      session.sql << "SELECT count(*) FROM notice WHERE state = 'undeliverable'",
          into(undeliverable);
      return Counts{waiting, undeliverable};
    });
  }

  absl::Status Retry(const std::string& id, WallTime now) override {
    return Change(id, now, [](soci::session&, const QueueTable&) {});
  }

  absl::StatusOr<int64_t> RetryFailed(const std::string& organisation, WallTime now) override {
    return database_->Run("retry what failed", [&](Session& session) -> absl::StatusOr<int64_t> {
      soci::session& sql = session.sql;
      const std::string whose = ToColumn(organisation);
      const long long us = Micros(now);
      Transaction transaction(session);
      soci::statement messages =
          (sql.prepare << "UPDATE delivery SET due_us = :now WHERE message_id IN (SELECT id"
                          " FROM message WHERE state = 'undeliverable'"
                          " AND (organisation = :organisation OR :any = ''))",
           use(us), use(whose), use(whose));
      messages.execute(true);
      sql << "UPDATE message SET state = 'stored' WHERE state = 'undeliverable'"
             " AND (organisation = :organisation OR :any = '')",
          use(whose), use(whose);
      soci::statement notices = (sql.prepare << "UPDATE notice SET due_us = :now, state = 'stored'"
                                                " WHERE state = 'undeliverable'"
                                                " AND (organisation = :organisation OR :any = '')",
                                 use(us), use(whose), use(whose));
      notices.execute(true);
      const int64_t all = messages.get_affected_rows() + notices.get_affected_rows();
      transaction.Commit();
      return all;
    });
  }

  absl::Status Redirect(const std::string& id, const std::string& address, const std::string& by,
                        WallTime now) override {
    return Change(id, now, [&](soci::session& sql, const QueueTable& table) {
      SetAddress(sql, table, id, address, by);
    });
  }

 private:
  static absl::StatusOr<QueueItem> Fetch(Session& session, const std::string& id,
                                         const char* lock) {
    absl::StatusOr<StoredMessage> message = FetchMessage(session.sql, id, lock);
    if (message.ok()) return QueueItem(*std::move(message));
    if (!absl::IsNotFound(message.status())) return message.status();
    const std::string key = ToColumn(id);
    UM_ASSIGN_OR_RETURN(
        std::vector<StoredNotice> notices,
        FetchNotices(session.sql, std::string("WHERE n.id = :id") + lock, use(key)));
    if (notices.empty()) return absl::NotFoundError("the queue has no such item");
    return QueueItem(std::move(notices.front()));
  }

  template <class F>
  absl::Status Change(const std::string& id, WallTime now, const F& change) {
    return database_->Run("change an item of the queue", [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      UM_ASSIGN_OR_RETURN(const QueueItem item, Fetch(session, id, session.dialect.for_update));
      UM_ASSIGN_OR_RETURN(const auto next, After(id, StateOf(item), domain::MessageEvent::kRetry));
      const bool message = std::holds_alternative<StoredMessage>(item);
      const QueueTable& table = message ? kDeliveries : kNotices;
      const std::string state(domain::ToString(*next));
      session.sql << fmt::format("UPDATE {} SET state = :state WHERE id = :id",
                                 message ? "message" : "notice"),
          use(state), use(id);
      change(session.sql, table);
      MakeDue(session.sql, table, id, now);
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  const std::shared_ptr<Database> database_;
};

}  // namespace

const std::string& IdOf(const QueueItem& item) {
  const auto* message = std::get_if<StoredMessage>(&item);
  return message ? message->call.message_id : std::get<StoredNotice>(item).id;
}

std::unique_ptr<QueueStore> SqlQueueStore(std::shared_ptr<Database> database) {
  return std::make_unique<SqlQueue>(std::move(database));
}

}  // namespace um::store

#include <optional>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "mailbox/store/database.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/notice_rows.h"
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

std::string FreshId() { return NewUlid(std::chrono::system_clock::now()); }

class SqlNotices final : public NoticeStore {
 public:
  explicit SqlNotices(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status Queue(const Notice& notice, WallTime at) override {
    UM_RETURN_IF_ERROR(CheckTexts({{"an organisation's id", notice.organisation},
                                   {"a mailbox' id", notice.mailbox_id},
                                   {"a mail address", notice.address}}));
    return database_->Run("queue a notice", [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      UM_ASSIGN_OR_RETURN(const bool is_new, Insert(session.sql, notice, at));
      if (!is_new) UM_RETURN_IF_ERROR(AskAgain(session, notice, at));
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::StatusOr<std::vector<StoredNotice>> Lease(const std::string& owner, WallTime now,
                                                  WallTime until, int limit) override {
    using Notices = std::vector<StoredNotice>;
    return database_->Run("lease notices", [&](Session& session) -> absl::StatusOr<Notices> {
      Transaction transaction(session);
      Notices notices;
      for (const std::string& id : Due(session, now, limit)) {
        TakeLease(session.sql, kNotices, id, owner, until);
        session.sql << "UPDATE notice SET mails = mails + 1, again = 0 WHERE id = :id", use(id);
        UM_ASSIGN_OR_RETURN(const Notices leased,
                            FetchNotices(session.sql, "WHERE n.id = :id", use(id)));
        notices.insert(notices.end(), leased.begin(), leased.end());
      }
      transaction.Commit();
      return notices;
    });
  }

  absl::Status EndLeases(const std::function<bool(const std::string&)>& dead) override {
    return EndDeadLeases(*database_, kNotices, dead);
  }

  absl::Status Delivered(const std::string& id, WallTime at) override {
    return EndLease(id, MessageEvent::kAccept, at, "");
  }
  absl::Status Retry(const std::string& id, WallTime next, const std::string& error) override {
    return EndLease(id, MessageEvent::kRetry, next, error);
  }
  absl::Status Undeliverable(const std::string& id, const std::string& error) override {
    return EndLease(id, MessageEvent::kRefuse, {}, error);
  }

  absl::StatusOr<std::optional<WallTime>> NextDue() override {
    return store::NextDue(*database_, kNotices);
  }

 private:
  /// False: the mailbox has one. kNotFound: there is no such mailbox.
  static absl::StatusOr<bool> Insert(soci::session& sql, const Notice& notice, WallTime at) {
    const std::string id = FreshId(), kind(ToString(notice.kind));
    const std::string stored(domain::ToString(MessageState::kStored));
    const long long us = Micros(at);
    soci::statement insert =
        (sql.prepare << "INSERT INTO notice (id, organisation, mailbox_id, kind, state, address,"
                        " queued_us, due_us) SELECT :new, o.organisation, o.id, :kind, :state,"
                        " :address, CAST(:queued AS BIGINT), CAST(:due AS BIGINT) FROM object o "
                        "WHERE o.organisation ="
                        " :organisation AND o.id = :mailbox AND o.kind = 'mailbox'"
                        " ON CONFLICT DO NOTHING",
         use(id), use(kind), use(stored), use(notice.address), use(us), use(us),
         use(notice.organisation), use(notice.mailbox_id));
    insert.execute(true);
    if (insert.get_affected_rows() == 1) return true;
    int one = 0;
    sql << "SELECT 1 FROM notice WHERE organisation = :organisation AND mailbox_id = :mailbox",
        into(one), use(notice.organisation), use(notice.mailbox_id);
    if (!sql.got_data()) return absl::NotFoundError("no such mailbox");
    return false;
  }

  /// What waits is sent as soon as can be, or once more if it is being sent; what is over begins
  /// anew.
  static absl::Status AskAgain(Session& session, const Notice& notice, WallTime at) {
    soci::session& sql = session.sql;
    std::string old, state;
    sql << std::string(
               "SELECT id, state FROM notice WHERE organisation = :organisation"
               " AND mailbox_id = :mailbox") +
               session.dialect.for_update,
        into(old), into(state), use(notice.organisation), use(notice.mailbox_id);
    if (!sql.got_data()) return absl::AbortedError("the mailbox is being deleted");
    SetAddress(sql, kNotices, old, notice.address, "");
    MakeDue(sql, kNotices, old, at);
    if (state == domain::ToString(MessageState::kStored)) {
      sql << "UPDATE notice SET again = 1 WHERE id = :id", use(old);
      return absl::OkStatus();
    }
    const std::string kind(ToString(notice.kind));
    const long long us = Micros(at);
    sql << "UPDATE notice SET kind = :kind, queued_us = :at WHERE id = :id", use(kind), use(us),
        use(old);
    BeginAnew(sql, old);
    return absl::OkStatus();
  }

  /// Another notice in the same row.
  static void BeginAnew(soci::session& sql, const std::string& old) {
    const std::string fresh = FreshId();
    const std::string stored(domain::ToString(MessageState::kStored));
    sql << "UPDATE notice SET id = :fresh, state = :state, again = 0, mails = 0, attempts = 0,"
           " last_error = '', lease_owner = '', lease_until_us = 0 WHERE id = :old",
        use(fresh), use(stored), use(old);
  }

  static std::vector<std::string> Due(Session& session, WallTime now, int limit) {
    const long long us = Micros(now);
    std::string id;
    soci::statement due =
        (session.sql.prepare << std::string("SELECT id FROM notice WHERE due_us <= :now AND"
                                            " lease_until_us <= :free ORDER BY due_us, id"
                                            " LIMIT :limit") +
                                    session.dialect.for_update + session.dialect.skip_locked,
         into(id), use(us), use(us), use(limit));
    std::vector<std::string> ids;
    due.execute();
    while (due.fetch()) ids.push_back(id);
    return ids;
  }

  absl::Status EndLease(const std::string& id, MessageEvent event, WallTime time,
                        const std::string& error) {
    return database_->Run("end a notice's delivery", [&](Session& session) -> absl::Status {
      soci::session& sql = session.sql;
      Transaction transaction(session);
      std::string state;
      int again = 0;
      sql << std::string("SELECT state, again FROM notice WHERE id = :id") +
                 session.dialect.for_update,
          into(state), into(again), use(id);
      // The mailbox was deleted meanwhile.
      if (!sql.got_data()) return absl::OkStatus();
      UM_ASSIGN_OR_RETURN(const MessageState before, StateOf(state));
      UM_ASSIGN_OR_RETURN(const auto next, After("notice " + id, before, event));
      if (!next) return absl::OkStatus();
      if (again != 0) {
        BeginAnew(sql, id);  // due since it was asked for
      } else {
        const std::string after(domain::ToString(*next));
        sql << "UPDATE notice SET state = :state WHERE id = :id", use(after), use(id);
        store::EndLease(sql, kNotices, id, event, time, error);
      }
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  const std::shared_ptr<Database> database_;
};

}  // namespace

std::unique_ptr<NoticeStore> SqlNoticeStore(std::shared_ptr<Database> database) {
  return std::make_unique<SqlNotices>(std::move(database));
}

}  // namespace um::store

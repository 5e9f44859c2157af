// Notices as rows of the database. Internal to this folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mailbox/store/notice_store.h"
#include "mailbox/store/sql.h"

namespace um::store {

/// One notice as the database has it.
struct NoticeRow {
  std::string id, organisation, mailbox_id, mailbox, kind, state, address, redirected_by,
      last_error;
  long long queued_us = 0, due_us = 0;
  int mails = 0, attempts = 0;
  soci::indicator due = soci::i_null;
};

inline constexpr const char* kSelectNotice =
    "SELECT n.id, n.organisation, n.mailbox_id, o.name, n.kind, n.state, n.address,"
    " n.redirected_by, n.last_error, n.queued_us, n.due_us, n.mails, n.attempts"
    " FROM notice n JOIN object o ON o.organisation = n.organisation AND o.id = n.mailbox_id ";

/// kDataLoss: the row is damaged.
absl::StatusOr<StoredNotice> FromRow(const NoticeRow& row);

/// The notices that `where` selects; `uses` binds its parameters. Throws what SOCI throws.
template <class... Uses>
absl::StatusOr<std::vector<StoredNotice>> FetchNotices(soci::session& sql, const std::string& where,
                                                       Uses&&... uses) {
  using soci::into;
  NoticeRow row;
  soci::statement statement =
      ((sql.prepare << kSelectNotice + where, into(row.id), into(row.organisation),
        into(row.mailbox_id), into(row.mailbox), into(row.kind), into(row.state), into(row.address),
        into(row.redirected_by), into(row.last_error), into(row.queued_us),
        into(row.due_us, row.due), into(row.mails), into(row.attempts)),
       ..., std::forward<Uses>(uses));
  std::vector<StoredNotice> notices;
  statement.execute();
  while (statement.fetch()) {
    absl::StatusOr<StoredNotice> notice = FromRow(row);
    if (!notice.ok()) return notice.status();
    notices.push_back(*std::move(notice));
  }
  return notices;
}

}  // namespace um::store

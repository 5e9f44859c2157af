#include "mailbox/store/notice_rows.h"

#include "common/base/status.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/queue_rows.h"
#include "mailbox/store/text.h"

namespace um::store {

std::string_view ToString(NoticeKind kind) {
  return kind == NoticeKind::kWelcome ? "welcome" : "pin-reset";
}

absl::StatusOr<StoredNotice> FromRow(const NoticeRow& row) {
  StoredNotice stored;
  const bool welcome = row.kind == ToString(NoticeKind::kWelcome);
  if (!welcome && row.kind != ToString(NoticeKind::kPinReset)) {
    return absl::DataLossError("a stored notice is of kind \"" + row.kind + "\"");
  }
  stored.id = row.id;
  stored.notice = {.kind = welcome ? NoticeKind::kWelcome : NoticeKind::kPinReset,
                   .organisation = row.organisation,
                   .mailbox_id = row.mailbox_id,
                   .address = FromColumn(row.address)};
  stored.mailbox = row.mailbox;
  UM_ASSIGN_OR_RETURN(stored.state, StateOf(row.state));
  stored.queued = FromMicros(row.queued_us);
  stored.mails = row.mails;
  stored.attempts = row.attempts;
  if (row.due == soci::i_ok) stored.next_attempt = FromMicros(row.due_us);
  stored.last_error = FromColumn(row.last_error);
  stored.redirected_by = FromColumn(row.redirected_by);
  return stored;
}

}  // namespace um::store

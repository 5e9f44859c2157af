#include "mailbox/store/pin_rows.h"

#include "mailbox/store/facts_codec.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using soci::into;
using soci::use;

absl::Status CheckMailboxThere(soci::session& sql, const std::string& organisation,
                               const std::string& mailbox_id, const char* lock) {
  int one = 0;
  sql << std::string("SELECT 1 FROM object WHERE organisation = :organisation AND id = :id") + lock,
      into(one), use(organisation), use(mailbox_id);
  return sql.got_data() ? absl::OkStatus() : absl::NotFoundError("no such mailbox");
}

std::string Lines(const std::vector<std::string>& texts) {
  std::string lines;
  for (const std::string& text : texts) lines += text + '\n';
  return lines;
}

std::vector<std::string> FromLines(const std::string& lines) {
  std::vector<std::string> texts;
  for (size_t start = 0, end; (end = lines.find('\n', start)) != std::string::npos;
       start = end + 1) {
    texts.push_back(lines.substr(start, end - start));
  }
  return texts;
}

}  // namespace

absl::Status CheckPin(const PinRecord& record) {
  UM_RETURN_IF_ERROR(CheckTexts({{"a PIN's hash", record.hash}}));
  for (const std::string& hash : record.history) {
    UM_RETURN_IF_ERROR(CheckTexts({{"a former PIN's hash", hash}}));
  }
  return absl::OkStatus();
}

absl::StatusOr<PinRecord> FetchPin(soci::session& sql, const std::string& organisation,
                                   const std::string& mailbox_id) {
  PinRecord record;
  std::string history;
  long long version = 0, changed = 0;
  int expired = 0, first_time = 0, locked = 0;
  sql << "SELECT version, hash, history, changed_us, expired, first_time, failures, locked FROM pin"
         " WHERE organisation = :organisation AND mailbox_id = :id",
      into(version), into(record.hash), into(history), into(changed), into(expired),
      into(first_time), into(record.failures), into(locked), use(organisation), use(mailbox_id);
  if (!sql.got_data()) {
    UM_RETURN_IF_ERROR(CheckMailboxThere(sql, organisation, mailbox_id, ""));
    return PinRecord();
  }
  record.history = FromLines(history);
  record.changed = FromMicros(changed);
  record.expired = expired != 0;
  record.first_time = first_time != 0;
  record.locked = locked != 0;
  record.version = version;
  return record;
}

absl::Status StorePin(Session& session, const std::string& organisation,
                      const std::string& mailbox_id, const PinRecord& record) {
  UM_RETURN_IF_ERROR(
      CheckMailboxThere(session.sql, organisation, mailbox_id, session.dialect.for_update));
  soci::session& sql = session.sql;
  // Who has read no record has version 0; the transaction ends with the first one, or with none.
  if (record.version == 0) {
    sql << "INSERT INTO pin (organisation, mailbox_id, version, hash, history, changed_us, expired,"
           " first_time, failures, locked) VALUES (:organisation, :id, 0, '', '', 0, 0, 0, 0, 0)"
           " ON CONFLICT DO NOTHING",
        use(organisation), use(mailbox_id);
  }
  const std::string history = Lines(record.history);
  const long long read = record.version, next = read + 1, changed = Micros(record.changed);
  const int expired = record.expired, first_time = record.first_time, locked = record.locked;
  soci::statement update =
      (sql.prepare << "UPDATE pin SET version = :next, hash = :hash, history = :history,"
                      " changed_us = :changed, expired = :expired, first_time = :first_time,"
                      " failures = :failures, locked = :locked"
                      " WHERE organisation = :organisation AND mailbox_id = :id"
                      " AND version = :read",
       use(next), use(record.hash), use(history), use(changed), use(expired), use(first_time),
       use(record.failures), use(locked), use(organisation), use(mailbox_id), use(read));
  update.execute(true);
  if (update.get_affected_rows() == 1) return absl::OkStatus();
  return absl::AbortedError("the PIN record has changed meanwhile");
}

}  // namespace um::store

// Messages as rows of the database. Internal to this folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mailbox/store/message_store.h"
#include "mailbox/store/sql.h"

namespace um::store {

/// One message as the database has it.
struct MessageRow {
  std::string facts, kind, state, last_error, address, redirected_by;
  long long duration_ms = 0, stored_us = 0, delivered_us = 0, due_us = 0, heard_us = 0;
  int attempts = 0;
  soci::indicator delivered = soci::i_null, due = soci::i_null, heard = soci::i_null;
};

inline constexpr const char* kSelectMessage =
    "SELECT m.facts, m.kind, m.state, m.duration_ms, m.stored_us, m.delivered_us,"
    " m.heard_us,"
    " d.due_us, d.attempts, d.last_error, d.address, d.redirected_by"
    " FROM message m JOIN delivery d ON d.message_id = m.id ";

/// A statement that selects messages by `where`; `uses` binds its parameters.
template <class... Uses>
soci::statement SelectMessages(soci::session& sql, const std::string& where, MessageRow& row,
                               Uses&&... uses) {
  using soci::into;
  return ((sql.prepare << kSelectMessage + where, into(row.facts), into(row.kind), into(row.state),
           into(row.duration_ms), into(row.stored_us), into(row.delivered_us, row.delivered),
           into(row.heard_us, row.heard), into(row.due_us, row.due), into(row.attempts),
           into(row.last_error), into(row.address), into(row.redirected_by)),
          ..., std::forward<Uses>(uses));
}

/// kDataLoss: the row is damaged.
absl::StatusOr<StoredMessage> FromRow(const MessageRow& row);
/// Executes the statement; `row` is what it fetches into.
absl::StatusOr<std::vector<StoredMessage>> FetchAll(soci::statement& statement,
                                                    const MessageRow& row);
/// kNotFound. `lock`: "", or the dialect's for_update.
absl::StatusOr<StoredMessage> FetchMessage(soci::session& sql, const std::string& message_id,
                                           const char* lock = "");

/// Inserts the message and its place in the delivery queue; what is there stays.
void InsertMessage(soci::session& sql, const StoredMessage& message);

/// Audio in the database, where it is not in files. Base64 on its way, because SOCI binds texts
/// alone; bytes on the disk.
void InsertAudio(Session& session, const StoredMessage& message, std::string_view audio);
bool HasAudio(soci::session& sql, const std::string& message_id);
/// kNotFound, kDataLoss.
absl::StatusOr<std::string> FetchAudio(Session& session, const std::string& message_id);

}  // namespace um::store

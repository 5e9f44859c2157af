// What a mailbox holds, and the end of messages, as rows of the database. Internal to this folder.
#pragma once

#include <string>
#include <vector>

#include "mailbox/store/message_store.h"
#include "mailbox/store/sql.h"

namespace um::store {

// As MessageStore says. All throw what SOCI throws.
domain::Holding FetchHolding(soci::session& sql, const std::string& organisation,
                             const std::string& mailbox_id);
std::vector<StoredCopy> FetchDelivered(soci::session& sql, domain::WallTime before,
                                       const StoredCopy& last, int limit);
std::vector<StoredCopy> FetchOfMailbox(soci::session& sql, const std::string& organisation,
                                       const std::string& mailbox_id, domain::WallTime before,
                                       int limit);
bool WasErased(soci::session& sql, const std::string& message_id);
/// Within a transaction: deletes rows (of the audio too, if the database has it) and remembers that
/// it did. Messages that are not there are passed over.
Erased EraseRows(Session& session, const std::vector<std::string>& ids, domain::WallTime at);
void ForgetErasedRows(soci::session& sql, domain::WallTime before);

}  // namespace um::store

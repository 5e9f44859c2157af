// Lamps as rows of the database. Internal to this folder.
#pragma once

#include "mailbox/store/lamp_store.h"
#include "mailbox/store/sql.h"

namespace um::store {

/// Within the transaction that changes the mailbox' count, and last in it, because it holds the row
/// until the end: the lamp is to be told.
void WantLamp(soci::session& sql, const LampKey& mailbox, domain::WallTime at);

domain::WaitingCount FetchWaiting(soci::session& sql, const LampKey& mailbox);

}  // namespace um::store

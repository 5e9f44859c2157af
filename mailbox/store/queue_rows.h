// The queue's columns, the same in the tables of messages' deliveries and of notices: due_us,
// lease_owner, lease_until_us, attempts, last_error, address, redirected_by. Internal to this
// folder.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "mailbox/domain/message.h"
#include "mailbox/store/database.h"
#include "mailbox/store/sql.h"

namespace um::store {

/// A table that is a queue.
struct QueueTable {
  const char* name;
  const char* key;  ///< the column with the items' ids
};
inline constexpr QueueTable kDeliveries{"delivery", "message_id"};
inline constexpr QueueTable kNotices{"notice", "id"};

void TakeLease(soci::session& sql, const QueueTable& table, const std::string& id,
               const std::string& owner, domain::WallTime until);
/// Of owners that `dead` says are gone. In a transaction of its own.
absl::Status EndDeadLeases(Database& database, const QueueTable& table,
                           const std::function<bool(const std::string& owner)>& dead);
/// The queue's part of a lease's end. @param time the next attempt, if `event` is kRetry
void EndLease(soci::session& sql, const QueueTable& table, const std::string& id,
              domain::MessageEvent event, domain::WallTime time, const std::string& error);
/// Due from `now` on, whatever it was before.
void MakeDue(soci::session& sql, const QueueTable& table, const std::string& id,
             domain::WallTime now);
void SetAddress(soci::session& sql, const QueueTable& table, const std::string& id,
                const std::string& address, const std::string& by);
/// When the first item falls due; one that is leased, when its lease ends: its holder may be gone.
absl::StatusOr<std::optional<domain::WallTime>> NextDue(Database& database,
                                                        const QueueTable& table);

/// The state after `event`; nullopt: it was accepted before, and nothing is to be done.
/// kFailedPrecondition: the event has no place.
absl::StatusOr<std::optional<domain::MessageState>> After(const std::string& id,
                                                          domain::MessageState state,
                                                          domain::MessageEvent event);

/// A message's or notice's state as the database has it. kDataLoss.
absl::StatusOr<domain::MessageState> StateOf(const std::string& text);

}  // namespace um::store

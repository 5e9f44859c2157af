#include "mailbox/store/queue_rows.h"

#include <vector>

#include "common/base/status.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using domain::MessageEvent;
using domain::MessageState;
using domain::WallTime;
using soci::into;
using soci::use;

constexpr size_t kMaxError = 1000;    // [bytes] of a mail system's answer that is kept
constexpr size_t kMostOwners = 1000;  // of leases at one time: nodes that run or were killed lately

}  // namespace

void TakeLease(soci::session& sql, const QueueTable& table, const std::string& id,
               const std::string& owner, WallTime until) {
  const std::string holder = ToColumn(owner);
  const long long us = Micros(until);
  sql << fmt::format("UPDATE {} SET lease_owner = :owner, lease_until_us = :until WHERE {} = :id",
                     table.name, table.key),
      use(holder), use(us), use(id);
}

absl::Status EndDeadLeases(Database& database, const QueueTable& table,
                           const std::function<bool(const std::string& owner)>& dead) {
  return database.Run("end leases", [&](Session& session) -> absl::Status {
    Transaction transaction(session);
    std::vector<std::string> owners(kMostOwners);
    session.sql << fmt::format("SELECT DISTINCT lease_owner FROM {} WHERE lease_until_us > 0",
                               table.name),
        into(owners);
    for (const std::string& owner : owners) {
      if (!dead(FromColumn(owner))) continue;
      session.sql << fmt::format(
          "UPDATE {} SET lease_owner = '', lease_until_us = 0"
          " WHERE lease_until_us > 0 AND lease_owner = :owner",
          table.name),
          use(owner);
    }
    transaction.Commit();
    return absl::OkStatus();
  });
}

void EndLease(soci::session& sql, const QueueTable& table, const std::string& id,
              MessageEvent event, WallTime time, const std::string& error) {
  const long long due = Micros(time);
  soci::indicator null_unless_again = event == MessageEvent::kRetry ? soci::i_ok : soci::i_null;
  const int attempts = event == MessageEvent::kAccept ? 0 : 1;
  const std::string text = ToColumn(Cut(error, kMaxError));
  sql << fmt::format(
      "UPDATE {} SET due_us = :due, lease_owner = '', lease_until_us = 0,"
      " attempts = attempts + :failed, last_error = :error WHERE {} = :id",
      table.name, table.key),
      use(due, null_unless_again), use(attempts), use(text), use(id);
}

void MakeDue(soci::session& sql, const QueueTable& table, const std::string& id, WallTime now) {
  const long long us = Micros(now);
  sql << fmt::format("UPDATE {} SET due_us = :now WHERE {} = :id", table.name, table.key), use(us),
      use(id);
}

void SetAddress(soci::session& sql, const QueueTable& table, const std::string& id,
                const std::string& address, const std::string& by) {
  const std::string to = ToColumn(address), who = ToColumn(by);
  sql << fmt::format("UPDATE {} SET address = :address, redirected_by = :by WHERE {} = :id",
                     table.name, table.key),
      use(to), use(who), use(id);
}

absl::StatusOr<std::optional<WallTime>> NextDue(Database& database, const QueueTable& table) {
  using Due = std::optional<WallTime>;
  return database.Run("look at the queue", [&](Session& session) -> absl::StatusOr<Due> {
    long long due = 0, leased = 0;
    soci::indicator any = soci::i_null;
    // Two looks, each at the beginning of an index: there may be many items.
    session.sql << fmt::format(
        "SELECT due_us FROM {} WHERE due_us IS NOT NULL AND lease_until_us = 0"
        " ORDER BY due_us LIMIT 1",
        table.name),
        into(due);
    const bool free = session.sql.got_data();
    session.sql << fmt::format(
        "SELECT min(CASE WHEN lease_until_us > due_us THEN lease_until_us"
        " ELSE due_us END) FROM {} WHERE lease_until_us > 0 AND due_us IS NOT NULL",
        table.name),
        into(leased, any);
    if (any != soci::i_ok) return free ? Due(FromMicros(due)) : Due();
    return Due(FromMicros(free ? std::min(due, leased) : leased));
  });
}

absl::StatusOr<std::optional<MessageState>> After(const std::string& id, MessageState state,
                                                  MessageEvent event) {
  const std::optional<MessageState> next = domain::Next(state, event);
  if (next) return next;
  const bool accepted = state == MessageState::kDelivered || state == MessageState::kNotified;
  // A second runner whose lease had run out comes to tell the same: nothing changes.
  if (accepted && event == MessageEvent::kAccept) return std::optional<MessageState>();
  return absl::FailedPreconditionError(
      fmt::format("{} is already {}", id, domain::ToString(state)));
}

absl::StatusOr<MessageState> StateOf(const std::string& text) {
  for (const MessageState state : {MessageState::kStored, MessageState::kDelivered,
                                   MessageState::kNotified, MessageState::kUndeliverable}) {
    if (domain::ToString(state) == text) return state;
  }
  return absl::DataLossError("what is stored is in state \"" + text + "\"");
}

}  // namespace um::store

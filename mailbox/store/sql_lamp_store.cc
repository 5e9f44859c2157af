#include <algorithm>
#include <optional>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "mailbox/store/audit_rows.h"
#include "mailbox/store/database.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/lamp_rows.h"
#include "mailbox/store/many_rows.h"
#include "mailbox/store/queue_rows.h"
#include "mailbox/store/sql_stores.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using domain::WallTime;
using soci::into;
using soci::use;
using Kind = LampOutcome::Kind;

constexpr QueueTable kLamps{"lamp", "mailbox_id"};
constexpr size_t kMaxError = 500;  // [bytes] of a gateway's answer that is kept

/// Of one mailbox' voice messages, those that are new or heard now.
long long SetHeardRows(soci::session& sql, const HeardChange& change) {
  const std::string whose = ToColumn(change.mailbox.organisation);
  const std::string mailbox = ToColumn(change.mailbox.mailbox_id);
  const std::string at = change.heard ? std::to_string(Micros(change.at)) : "NULL";
  const std::string text = "UPDATE message SET heard_us = " + at +
                           " WHERE organisation = :organisation AND mailbox_id = :mailbox"
                           " AND kind = 'voice' AND heard_us IS " +
                           (change.heard ? "NULL" : "NOT NULL");
  if (!change.ids.empty()) {
    // In one order, so that two who mark the same do not wait for each other.
    std::vector<std::string> ids = change.ids;
    std::sort(ids.begin(), ids.end());
    ManyRows rows(1, {whose, mailbox});
    for (const std::string& id : ids) rows.Add({id});
    return rows.Execute(sql, text + " AND id IN (", ")");
  }
  soci::statement statement = (sql.prepare << text, use(whose), use(mailbox));
  statement.execute(true);
  return statement.get_affected_rows();
}

/// Due lamps' keys into `leased`, as many as there is room for.
void SelectDue(Session& session, bool changed, WallTime now, size_t limit,
               std::vector<LeasedLamp>& leased) {
  if (leased.size() >= limit) return;
  const long long us = Micros(now);
  const auto room = static_cast<int>(limit - leased.size());
  std::string organisation, mailbox, gateway, address;
  long long wanted = 0, since = 0;
  int attempts = 0, switch_off = 0;
  soci::statement due =
      (session.sql.prepare << fmt::format("SELECT organisation, mailbox_id, wanted, attempts,"
                                          " since_us, switch_off, lit_gateway, lit_address"
                                          " FROM lamp WHERE {} AND due_us <= :now AND"
                                          " lease_until_us <= :free ORDER BY due_us LIMIT :limit",
                                          changed ? "told < wanted" : "told >= wanted") +
                                  session.dialect.for_update + session.dialect.skip_locked,
       into(organisation), into(mailbox), into(wanted), into(attempts), into(since),
       into(switch_off), into(gateway), into(address), use(us), use(us), use(room));
  due.execute();
  while (due.fetch()) {
    leased.push_back({.mailbox = {FromColumn(organisation), FromColumn(mailbox)},
                      .revision = wanted,
                      .changed = changed,
                      .switch_off = switch_off != 0,
                      .lit = {FromColumn(gateway), FromColumn(address)},
                      .count = {},
                      .attempts = attempts,
                      .since = FromMicros(since),
                      .leased_until = {}});
  }
}

/// The place is due to be switched off, by a row of its own.
void WantSwitchedOff(soci::session& sql, const LampOutcome& outcome) {
  const std::string whose = ToColumn(outcome.mailbox.organisation);
  const std::string gateway = ToColumn(outcome.switch_off.gateway);
  const std::string address = ToColumn(outcome.switch_off.address);
  const std::string id = ToColumn(outcome.switch_off.gateway + "\n" + outcome.switch_off.address);
  const long long us = Micros(outcome.next);
  sql << "INSERT INTO lamp (organisation, mailbox_id, wanted, told, due_us, since_us, changed_us,"
         " lit_gateway, lit_address, switch_off)"
         " VALUES (:organisation, :id, 1, 0, :due, :since, :changed, :gateway, :address, 1)"
         " ON CONFLICT (organisation, mailbox_id) DO UPDATE SET wanted = lamp.wanted + 1,"
         " due_us = excluded.due_us, since_us = excluded.since_us, attempts = 0",
      use(whose), use(id), use(us), use(us), use(us), use(gateway), use(address);
}

/// Who has lit a lamp at the place lights it again: what was switched off may have come after.
void TellAgain(soci::session& sql, const LampOutcome& outcome) {
  const std::string whose = ToColumn(outcome.mailbox.organisation);
  const std::string address = ToColumn(outcome.lit.address);
  const long long us = Micros(outcome.next);
  // Whatever the gateway: it may be another way to the same telephone.
  sql << "UPDATE lamp SET due_us = :due, since_us = :since WHERE organisation = :organisation"
         " AND lit_address = :address AND lit_address <> '' AND switch_off = 0 AND due_us > :now",
      use(us), use(us), use(whose), use(address), use(us);
}

class SqlLamps final : public LampStore {
 public:
  explicit SqlLamps(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  absl::StatusOr<int64_t> SetHeard(const HeardChange& change) override {
    const LampKey& mailbox = change.mailbox;
    for (const std::string& id : change.ids) {
      if (!IsUlid(id)) return absl::InvalidArgumentError("a message's id is not a ULID");
    }
    return database_->Run("mark messages", [&](Session& session) -> absl::StatusOr<int64_t> {
      Transaction transaction(session);
      const long long changed = SetHeardRows(session.sql, change);
      if (changed == 0) return 0;
      WantLamp(session.sql, mailbox, change.at);
      if (change.note) {
        AuditNote note = *change.note;
        note.facts.emplace_back("messages", std::to_string(changed));
        UM_RETURN_IF_ERROR(CheckNote(mailbox.organisation, change.actor, note));
        UM_RETURN_IF_ERROR(
            WriteNote(session.sql, mailbox.organisation, change.actor, change.at, note).status());
      }
      transaction.Commit();
      return changed;
    });
  }

  absl::StatusOr<std::vector<LeasedLamp>> Lease(const std::string& owner, WallTime now,
                                                WallTime until, int limit) override {
    using Lamps = std::vector<LeasedLamp>;
    return database_->Run("lease lamps", [&](Session& session) -> absl::StatusOr<Lamps> {
      Transaction transaction(session);
      Lamps lamps;
      SelectDue(session, true, now, static_cast<size_t>(limit), lamps);
      SelectDue(session, false, now, static_cast<size_t>(limit), lamps);
      const std::string holder = ToColumn(owner);
      const long long until_us = Micros(until);
      for (LeasedLamp& lamp : lamps) {
        const std::string whose = ToColumn(lamp.mailbox.organisation);
        const std::string mailbox = ToColumn(lamp.mailbox.mailbox_id);
        session.sql << "UPDATE lamp SET lease_owner = :owner, lease_until_us = :until"
                       " WHERE organisation = :organisation AND mailbox_id = :mailbox",
            use(holder), use(until_us), use(whose), use(mailbox);
        // The row is ours: whoever changes the count from here on gives it another revision.
        if (!lamp.switch_off) lamp.count = FetchWaiting(session.sql, lamp.mailbox);
        lamp.leased_until = until;
      }
      transaction.Commit();
      return lamps;
    });
  }

  absl::Status End(const std::string& owner, const std::vector<LampOutcome>& outcomes) override {
    if (outcomes.empty()) return absl::OkStatus();
    // In one order, as everybody locks them.
    std::vector<const LampOutcome*> sorted;
    for (const LampOutcome& outcome : outcomes) sorted.push_back(&outcome);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* a, const auto* b) { return a->mailbox < b->mailbox; });
    return database_->Run("end lamps' leases", [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      for (const LampOutcome* outcome : sorted) EndOne(session.sql, owner, *outcome);
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::Status EndLeases(const std::function<bool(const std::string&)>& dead) override {
    return EndDeadLeases(*database_, kLamps, dead);
  }

  absl::StatusOr<std::optional<WallTime>> NextDue() override {
    return store::NextDue(*database_, kLamps);
  }

  absl::Status Refresh(const std::string& organisation, const std::vector<std::string>& mailbox_ids,
                       WallTime at, WallTime unless_since) override {
    const std::string whose = ToColumn(organisation), now = std::to_string(Micros(at));
    std::vector<std::string> ids = mailbox_ids;
    std::sort(ids.begin(), ids.end());
    ManyRows rows(7);
    for (const std::string& id : ids) rows.Add({whose, ToColumn(id), "0", "0", now, now, now});
    return database_->Run("refresh lamps", [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      rows.Execute(session.sql,
                   "INSERT INTO lamp (organisation, mailbox_id, wanted, told, due_us, since_us,"
                   " changed_us) VALUES ",
                   " ON CONFLICT (organisation, mailbox_id) DO UPDATE SET"
                   " due_us = " +
                       now + ", since_us = " + now +
                       ", attempts = 0"
                       " WHERE lamp.due_us > " +
                       now +
                       " AND"
                       " (lamp.told_us IS NULL OR lamp.told_us < " +
                       std::to_string(Micros(unless_since)) + ")");
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::Status RefreshGateway(const std::string& organisation, const std::string& gateway,
                              WallTime at, WallTime before) override {
    return database_->Run("refresh lamps", [&](Session& session) -> absl::Status {
      const std::string whose = ToColumn(organisation), name = ToColumn(gateway);
      const long long now = Micros(at), earlier = Micros(before);
      Transaction transaction(session);
      session.sql << "UPDATE lamp SET due_us = :due, since_us = :since, attempts = 0"
                     " WHERE organisation = :organisation AND due_us > :now AND"
                     " (told < wanted OR attempts > 0 OR (told_gateway = :gateway"
                     " AND told_us < :before AND switch_off = 0))",
          use(now), use(now), use(whose), use(now), use(name), use(earlier);
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::StatusOr<std::vector<LitLamp>> Lit(const std::string& organisation) override {
    using Lamps = std::vector<LitLamp>;
    return database_->Run("look at the lamps", [&](Session& session) -> absl::StatusOr<Lamps> {
      const std::string whose = ToColumn(organisation);
      std::string mailbox, gateway, address;
      soci::statement statement =
          (session.sql.prepare << "SELECT mailbox_id, lit_gateway, lit_address FROM lamp"
                                  " WHERE organisation = :organisation AND lit_address <> ''"
                                  " AND switch_off = 0",
           into(mailbox), into(gateway), into(address), use(whose));
      Lamps lamps;
      statement.execute();
      while (statement.fetch()) {
        lamps.push_back({FromColumn(mailbox), {FromColumn(gateway), FromColumn(address)}});
      }
      return lamps;
    });
  }

  absl::StatusOr<LampState> Find(const LampKey& mailbox, WallTime now) override {
    return database_->Run("look at a lamp", [&](Session& session) -> absl::StatusOr<LampState> {
      const std::string whose = ToColumn(mailbox.organisation);
      const std::string id = ToColumn(mailbox.mailbox_id);
      LampState state;
      long long wanted = 0, told = 0, due = 0, leased = 0, told_us = 0;
      long long unheard = 0, heard = 0, urgent_unheard = 0, urgent_heard = 0;
      std::string error, gateway;
      soci::indicator has_told = soci::i_null;
      session.sql << "SELECT wanted, told, due_us, attempts, last_error, lease_until_us, told_us,"
                     " told_gateway, told_status, told_unheard, told_heard, told_urgent_unheard,"
                     " told_urgent_heard FROM lamp WHERE organisation = :organisation"
                     " AND mailbox_id = :mailbox",
          into(wanted), into(told), into(due), into(state.attempts), into(error), into(leased),
          into(told_us, has_told), into(gateway), into(state.told_status), into(unheard),
          into(heard), into(urgent_unheard), into(urgent_heard), use(whose), use(id);
      state.known = session.sql.got_data();
      state.count = FetchWaiting(session.sql, mailbox);
      if (!state.known) return state;
      state.pending = told < wanted;
      state.under_way = leased > Micros(now);
      state.next = FromMicros(due);
      state.last_error = FromColumn(error);
      if (has_told == soci::i_ok) state.told = FromMicros(told_us);
      state.told_gateway = FromColumn(gateway);
      state.told_count = {unheard, heard, urgent_unheard, urgent_heard};
      return state;
    });
  }

  absl::StatusOr<std::vector<LampChange>> ChangedSince(WallTime since) override {
    using Changes = std::vector<LampChange>;
    return database_->Run("look at the lamps", [&](Session& session) -> absl::StatusOr<Changes> {
      const long long since_us = Micros(since);
      std::string organisation, mailbox;
      long long wanted = 0, changed = 0;
      soci::statement statement =
          (session.sql.prepare << "SELECT organisation, mailbox_id, wanted, changed_us FROM lamp"
                                  " WHERE changed_us >= :since ORDER BY changed_us",
           into(organisation), into(mailbox), into(wanted), into(changed), use(since_us));
      Changes changes;
      statement.execute();
      while (statement.fetch()) {
        changes.push_back(
            {{FromColumn(organisation), FromColumn(mailbox)}, wanted, FromMicros(changed)});
      }
      return changes;
    });
  }

 private:
  /// What every end has: the lease goes, and the lamp is due at `next`, or as a change meanwhile
  /// made it due. What is to be switched off is due, too, and nothing counts as told any more.
  static void Free(soci::session& sql, const std::string& owner, const LampOutcome& outcome,
                   const std::string& more) {
    const std::string whose = ToColumn(outcome.mailbox.organisation);
    const std::string mailbox = ToColumn(outcome.mailbox.mailbox_id), holder = ToColumn(owner);
    const std::string error = ToColumn(Cut(outcome.error, kMaxError));
    const std::string gateway = ToColumn(outcome.lit.gateway);
    const std::string address = ToColumn(outcome.lit.address);
    const long long revision = outcome.revision, next = Micros(outcome.next);
    const bool forsaken = !outcome.switch_off.address.empty();
    soci::statement statement =
        (sql.prepare << "UPDATE lamp SET" + more + (forsaken ? " told_us = NULL," : "") +
                            " last_error = :error, lit_gateway = :gateway, lit_address = :address,"
                            " lease_owner = '', lease_until_us = 0,"
                            " due_us = CASE WHEN wanted > :revision THEN due_us ELSE :next END"
                            " WHERE organisation = :organisation AND mailbox_id = :mailbox"
                            " AND lease_owner = :owner",
         use(error), use(gateway), use(address), use(revision), use(next), use(whose), use(mailbox),
         use(holder));
    statement.execute(true);
    if (forsaken && statement.get_affected_rows() > 0) WantSwitchedOff(sql, outcome);
  }

  static void EndOne(soci::session& sql, const std::string& owner, const LampOutcome& outcome) {
    const std::string revision = std::to_string(outcome.revision);
    switch (outcome.kind) {
      case Kind::kTold:
        SetTold(sql, owner, outcome);
        return Free(sql, owner, outcome, " attempts = 0, told = " + revision + ",");
      case Kind::kFailed:
        return Free(sql, owner, outcome, " attempts = attempts + 1,");
      case Kind::kHeld:
        return Free(sql, owner, outcome, "");
      case Kind::kBlocked:
        return Free(sql, owner, outcome, " attempts = 0, told = " + revision + ",");
      case Kind::kGone:
        Delete(sql, owner, outcome);
        return Free(sql, owner, outcome, "");
    }
  }

  static void SetTold(soci::session& sql, const std::string& owner, const LampOutcome& outcome) {
    const std::string whose = ToColumn(outcome.mailbox.organisation);
    const std::string mailbox = ToColumn(outcome.mailbox.mailbox_id), holder = ToColumn(owner);
    const std::string gateway = ToColumn(outcome.gateway);
    const long long at = Micros(outcome.at);
    const domain::WaitingCount& count = outcome.count;
    sql << "UPDATE lamp SET told_us = :at, told_gateway = :gateway, told_status = :status," +
               fmt::format(
                   " told_unheard = {}, told_heard = {}, told_urgent_unheard = {},"
                   " told_urgent_heard = {}",
                   count.unheard, count.heard, count.urgent_unheard, count.urgent_heard) +
               " WHERE organisation = :organisation AND mailbox_id = :mailbox"
               " AND lease_owner = :owner",
        use(at), use(gateway), use(outcome.status), use(whose), use(mailbox), use(holder);
  }

  static void Delete(soci::session& sql, const std::string& owner, const LampOutcome& outcome) {
    const std::string whose = ToColumn(outcome.mailbox.organisation);
    const std::string mailbox = ToColumn(outcome.mailbox.mailbox_id), holder = ToColumn(owner);
    const long long revision = outcome.revision;
    soci::statement statement =
        (sql.prepare << "DELETE FROM lamp WHERE organisation = :organisation"
                        " AND mailbox_id = :mailbox AND lease_owner = :owner"
                        " AND wanted = :revision",
         use(whose), use(mailbox), use(holder), use(revision));
    statement.execute(true);
    if (statement.get_affected_rows() > 0) TellAgain(sql, outcome);
  }

  const std::shared_ptr<Database> database_;
};

}  // namespace

std::unique_ptr<LampStore> SqlLampStore(std::shared_ptr<Database> database) {
  return std::make_unique<SqlLamps>(std::move(database));
}

}  // namespace um::store

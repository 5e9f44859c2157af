// The audit as rows of the database. Internal to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "mailbox/store/organisation_store.h"
#include "mailbox/store/sql.h"

namespace um::store {

/// An object's body as a column has it. kDataLoss: it is damaged.
absl::StatusOr<std::string> BodyOf(const std::string& column);

/// One line as the database has it.
struct AuditRow {
  AuditEntry entry;  ///< but for what is below
  long long sequence = 0, at = 0;
  std::string action;
};
/// kDataLoss: the row is damaged.
absl::StatusOr<AuditEntry> FromRow(const AuditRow& row);

/// The audit's lines by `where`; `uses` binds its parameters. Throws what SOCI throws.
template <class... Uses>
absl::StatusOr<std::vector<AuditEntry>> FetchAudit(soci::session& sql, const std::string& where,
                                                   Uses&&... uses) {
  using soci::into;
  std::vector<AuditEntry> entries;
  AuditRow row;
  AuditEntry& entry = row.entry;
  soci::statement statement =
      ((sql.prepare << "SELECT organisation, sequence, line, at_us, actor, action, kind, object_id,"
                       " name, body_before, body_after FROM audit WHERE " +
                           where,
        into(entry.organisation), into(row.sequence), into(entry.index), into(row.at),
        into(entry.actor), into(row.action), into(entry.kind), into(entry.id), into(entry.name),
        into(entry.before), into(entry.after)),
       ..., std::forward<Uses>(uses));
  statement.execute();
  while (statement.fetch()) {
    UM_ASSIGN_OR_RETURN(entries.emplace_back(), FromRow(row));
  }
  return entries;
}

/// kInvalidArgument: a text that the database does not take. Needs no database.
absl::Status CheckNote(const std::string& organisation, const std::string& actor,
                       const AuditNote& note);
/// As OrganisationStore::Note() says, within a transaction. Throws what SOCI throws.
absl::StatusOr<int64_t> WriteNote(soci::session& sql, const std::string& organisation,
                                  const std::string& actor, domain::WallTime at,
                                  const AuditNote& note);

}  // namespace um::store

#include "mailbox/store/audit_rows.h"

#include <optional>

#include "common/base/bytes.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/organisation_commit.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using soci::into;
using soci::use;
using Action = ObjectChange::Action;

constexpr size_t kMostNote = size_t{1} << 20;  // [bytes]
constexpr size_t kMostFact = 64 << 10;         // [bytes] of a value

std::optional<Action> ActionOf(const std::string& text) {
  for (const Action action : {Action::kCreate, Action::kUpdate, Action::kDelete}) {
    if (text == ToString(action)) return action;
  }
  return std::nullopt;
}

/// A note's facts as lines "NAME<tab>VALUE": plain texts have neither tabs nor ends of lines.
std::string LinesOf(const AuditNote& note) {
  std::string lines;
  for (const auto& [name, value] : note.facts) lines += name + '\t' + value + '\n';
  return lines;
}

absl::StatusOr<AuditNote> NoteOf(const AuditRow& row, const std::string& lines) {
  AuditNote note{row.action, row.entry.kind, row.entry.id, row.entry.name, {}};
  for (size_t start = 0; start < lines.size();) {
    const size_t end = lines.find('\n', start);
    const size_t tab = lines.find('\t', start);
    if (end == std::string::npos || tab > end) {
      return absl::DataLossError("a note of the audit is damaged");
    }
    note.facts.emplace_back(lines.substr(start, tab - start), lines.substr(tab + 1, end - tab - 1));
    start = end + 1;
  }
  return note;
}

}  // namespace

absl::StatusOr<std::string> BodyOf(const std::string& column) {
  std::optional<std::string> body = FromBase64Url(column);
  if (!body) return absl::DataLossError("a stored object is damaged");
  return *std::move(body);
}

absl::StatusOr<AuditEntry> FromRow(const AuditRow& row) {
  AuditEntry entry = row.entry;
  entry.sequence = row.sequence;
  entry.at = FromMicros(row.at);
  UM_ASSIGN_OR_RETURN(entry.before, BodyOf(row.entry.before));
  UM_ASSIGN_OR_RETURN(entry.after, BodyOf(row.entry.after));
  if (const std::optional<Action> action = ActionOf(row.action)) {
    entry.action = *action;
    return entry;
  }
  UM_ASSIGN_OR_RETURN(entry.note, NoteOf(row, entry.after));
  entry.after.clear();
  return entry;
}

absl::Status CheckNote(const std::string& organisation, const std::string& actor,
                       const AuditNote& note) {
  UM_RETURN_IF_ERROR(CheckTexts({{"an organisation's id", organisation},
                                 {"an actor", actor},
                                 {"a note's action", note.action},
                                 {"an object's kind", note.kind},
                                 {"an object's id", note.id},
                                 {"an object's name", note.name}}));
  if (note.action.empty() || note.kind.empty() || note.name.empty() || ActionOf(note.action)) {
    return absl::InvalidArgumentError("a note has no action, kind or name");
  }
  for (const auto& [name, value] : note.facts) {
    UM_RETURN_IF_ERROR(CheckTexts({{"a fact's name", name}}));
    UM_RETURN_IF_ERROR(CheckTexts({{name.c_str(), value}}, kMostFact));
  }
  if (LinesOf(note).size() > kMostNote) return absl::InvalidArgumentError("a note is too long");
  return absl::OkStatus();
}

absl::StatusOr<int64_t> WriteNote(soci::session& sql, const std::string& organisation,
                                  const std::string& actor, domain::WallTime at,
                                  const AuditNote& note) {
  // The row is held until the transaction ends: an organisation's changes come one after the other.
  soci::statement next =
      (sql.prepare << "UPDATE organisation SET sequence = sequence + 1 WHERE id = :id",
       use(organisation));
  next.execute(true);
  if (next.get_affected_rows() == 0) return absl::NotFoundError("no such organisation");
  long long sequence = 0;
  sql << "SELECT sequence FROM organisation WHERE id = :id", into(sequence), use(organisation);
  const long long at_us = Micros(at);
  const std::string body = Base64Url(LinesOf(note));
  sql << "INSERT INTO audit (organisation, sequence, line, at_us, actor, action, kind, object_id,"
         " name, body_before, body_after) VALUES (:organisation, :sequence, 0, :at, :actor,"
         " :action, :kind, :id, :name, '', :body)",
      use(organisation), use(sequence), use(at_us), use(actor), use(note.action), use(note.kind),
      use(note.id), use(note.name), use(body);
  return sequence;
}

}  // namespace um::store

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "mailbox/store/audit_rows.h"
#include "mailbox/store/database.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/sql_stores.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using domain::GreetingKind;
using soci::into;
using soci::use;

/// In the kinds' order.
absl::StatusOr<std::vector<Recorded>> FetchRecorded(soci::session& sql,
                                                    const std::string& organisation,
                                                    const std::string& mailbox_id) {
  std::vector<Recorded> all;
  Recorded row;
  std::string kind;
  long long length = 0, at = 0;
  soci::statement statement =
      (sql.prepare << "SELECT id, kind, length_ms, recorded_us, recorded_by FROM greeting"
                      " WHERE organisation = :organisation AND mailbox_id = :mailbox",
       into(row.id), into(kind), into(length), into(at), into(row.by.actor), use(organisation),
       use(mailbox_id));
  statement.execute();
  while (statement.fetch()) {
    const std::optional<GreetingKind> known = domain::GreetingKindOf(kind);
    if (!known) return absl::DataLossError("a stored greeting is of no kind");
    row.kind = *known;
    row.length = domain::Milliseconds(length);
    row.by.at = FromMicros(at);
    all.push_back(row);
  }
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.kind < b.kind; });
  return all;
}

std::optional<OwnGreetings::Switch> FetchAway(soci::session& sql, const std::string& organisation,
                                              const std::string& mailbox_id) {
  OwnGreetings::Switch away;
  long long until = 0, at = 0;
  soci::indicator has_end = soci::i_null;
  sql << "SELECT until_us, changed_us, changed_by FROM away"
         " WHERE organisation = :organisation AND mailbox_id = :mailbox",
      into(until, has_end), into(at), into(away.by.actor), use(organisation), use(mailbox_id);
  if (!sql.got_data()) return std::nullopt;
  if (has_end == soci::i_ok) away.until = FromMicros(until);
  away.by.at = FromMicros(at);
  return away;
}

absl::Status CheckThere(soci::session& sql, const std::string& organisation,
                        const std::string& mailbox_id) {
  int one = 0;
  sql << "SELECT 1 FROM object WHERE organisation = :organisation AND id = :id"
         " AND kind = 'mailbox'",
      into(one), use(organisation), use(mailbox_id);
  return sql.got_data() ? absl::OkStatus() : absl::NotFoundError("no such mailbox");
}

/// What a table has of a mailbox.
void Delete(soci::session& sql, const std::string& from, const std::string& organisation,
            const std::string& mailbox_id) {
  sql << "DELETE FROM " + from + " WHERE organisation = :organisation AND mailbox_id = :mailbox",
      use(organisation), use(mailbox_id);
}

void PutRow(soci::session& sql, const std::string& organisation, const std::string& mailbox_id,
            const Recorded& recorded, std::string_view audio) {
  const std::string kind(ToString(recorded.kind));
  const long long length = recorded.length.count(), at = Micros(recorded.by.at);
  // Text as objects' bodies are, so that both engines keep it alike: PostgreSQL's bytes and
  // SQLite's are not bound the same way.
  const std::string text = Base64Url(audio);
  sql << "INSERT INTO greeting (organisation, mailbox_id, kind, id, length_ms, recorded_us,"
         " recorded_by, audio) VALUES (:organisation, :mailbox, :kind, :id, :length, :at, :by,"
         " :audio) ON CONFLICT (organisation, mailbox_id, kind) DO UPDATE SET id = excluded.id,"
         " length_ms = excluded.length_ms, recorded_us = excluded.recorded_us,"
         " recorded_by = excluded.recorded_by, audio = excluded.audio",
      use(organisation), use(mailbox_id), use(kind), use(recorded.id), use(length), use(at),
      use(recorded.by.actor), use(text);
}

/// Changes of an organisation come one after the other.
void LockOrganisation(Session& session, const std::string& organisation) {
  long long sequence = 0;
  session.sql << std::string("SELECT sequence FROM organisation WHERE id = :id") +
                     session.dialect.for_update,
      into(sequence), use(organisation);
}

/// "personal 12.3 s, the away switch": what the audit says of what is gone.
std::string Told(const OwnGreetings& own) {
  std::vector<std::string> parts;
  for (const Recorded& each : own.recorded) {
    parts.push_back(fmt::format("{} {:.1f} s", ToString(each.kind),
                                static_cast<double>(each.length.count()) / 1000));
  }
  if (own.away) parts.push_back("the away switch");
  return fmt::format("{}", fmt::join(parts, ", "));
}

class SqlGreetings final : public GreetingStore {
 public:
  explicit SqlGreetings(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  absl::StatusOr<OwnGreetings> Of(const std::string& organisation,
                                  const std::string& mailbox) override {
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, mailbox));
    return database_->Run("read greetings", [&](Session& session) -> absl::StatusOr<OwnGreetings> {
      OwnGreetings own;
      std::string id;
      session.sql << "SELECT id FROM object WHERE organisation = :organisation"
                     " AND kind = 'mailbox' AND name = :name",
          into(id), use(organisation), use(mailbox);
      if (!session.sql.got_data()) return own;
      UM_ASSIGN_OR_RETURN(own.recorded, FetchRecorded(session.sql, organisation, id));
      own.away = FetchAway(session.sql, organisation, id);
      return own;
    });
  }

  absl::StatusOr<std::string> Audio(const std::string& organisation,
                                    const std::string& id) override {
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, id));
    return database_->Run("read greeting", [&](Session& session) -> absl::StatusOr<std::string> {
      std::string text;
      session.sql << "SELECT audio FROM greeting WHERE organisation = :organisation AND id = :id",
          into(text), use(organisation), use(id);
      if (!session.sql.got_data()) return absl::NotFoundError("there is no such greeting");
      std::optional<std::string> audio = FromBase64Url(text);
      if (!audio || audio->empty()) return absl::DataLossError("a stored greeting is damaged");
      return *std::move(audio);
    });
  }

  absl::Status Put(const std::string& organisation, const std::string& mailbox_id,
                   const Recorded& recorded, std::string_view audio,
                   const AuditNote& note) override {
    UM_RETURN_IF_ERROR(CheckTexts({{"a greeting's id", recorded.id}}));
    return Change("store greeting", organisation, mailbox_id, recorded.by, note,
                  [&](soci::session& sql) -> absl::Status {
                    UM_RETURN_IF_ERROR(CheckThere(sql, organisation, mailbox_id));
                    PutRow(sql, organisation, mailbox_id, recorded, audio);
                    return absl::OkStatus();
                  });
  }

  absl::Status Remove(const std::string& organisation, const std::string& mailbox_id,
                      GreetingKind kind, const Doer& by, const AuditNote& note) override {
    return Change("remove greeting", organisation, mailbox_id, by, note,
                  [&](soci::session& sql) -> absl::Status {
                    const std::string name(ToString(kind));
                    soci::statement statement =
                        (sql.prepare << "DELETE FROM greeting WHERE organisation = :organisation"
                                        " AND mailbox_id = :mailbox AND kind = :kind",
                         use(organisation), use(mailbox_id), use(name));
                    statement.execute(true);
                    if (statement.get_affected_rows() > 0) return absl::OkStatus();
                    return absl::NotFoundError("there is no such greeting");
                  });
  }

  absl::Status SetAway(const std::string& organisation, const std::string& mailbox_id,
                       const std::optional<domain::Away>& away, const Doer& by,
                       const AuditNote& note) override {
    return Change("switch away", organisation, mailbox_id, by, note,
                  [&](soci::session& sql) -> absl::Status {
                    UM_RETURN_IF_ERROR(CheckThere(sql, organisation, mailbox_id));
                    Delete(sql, "away", organisation, mailbox_id);
                    if (!away) return absl::OkStatus();
                    const long long until = away->until ? Micros(*away->until) : 0;
                    soci::indicator end = away->until ? soci::i_ok : soci::i_null;
                    const long long at = Micros(by.at);
                    sql << "INSERT INTO away (organisation, mailbox_id, until_us, changed_us,"
                           " changed_by) VALUES (:organisation, :mailbox, :until, :at, :by)",
                        use(organisation), use(mailbox_id), use(until, end), use(at), use(by.actor);
                    return absl::OkStatus();
                  });
  }

  absl::StatusOr<OwnGreetings> Erase(const std::string& organisation, const std::string& mailbox_id,
                                     const Doer& by, AuditNote note) override {
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, mailbox_id));
    UM_RETURN_IF_ERROR(CheckNote(organisation, by.actor, note));
    return database_->Run("erase greetings", [&](Session& session) -> absl::StatusOr<OwnGreetings> {
      Transaction transaction(session);
      LockOrganisation(session, organisation);  // so that what is told is what goes
      OwnGreetings own;
      UM_ASSIGN_OR_RETURN(own.recorded, FetchRecorded(session.sql, organisation, mailbox_id));
      own.away = FetchAway(session.sql, organisation, mailbox_id);
      if (own.recorded.empty() && !own.away) return own;
      note.facts.emplace_back("greetings", Told(own));
      UM_RETURN_IF_ERROR(WriteNote(session.sql, organisation, by.actor, by.at, note).status());
      Delete(session.sql, "greeting", organisation, mailbox_id);
      Delete(session.sql, "away", organisation, mailbox_id);
      transaction.Commit();
      return own;
    });
  }

 private:
  static absl::Status CheckMailbox(const std::string& organisation, const std::string& id) {
    return CheckTexts({{"an organisation's id", organisation}, {"an id", id}});
  }

  /// A change and its note, both or neither.
  template <class F>
  absl::Status Change(const char* attempt, const std::string& organisation,
                      const std::string& mailbox_id, const Doer& by, const AuditNote& note,
                      F change) {
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, mailbox_id));
    UM_RETURN_IF_ERROR(CheckNote(organisation, by.actor, note));
    return database_->Run(attempt, [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      // First the note: it locks the organisation, and commits lock that first too.
      UM_RETURN_IF_ERROR(WriteNote(session.sql, organisation, by.actor, by.at, note).status());
      UM_RETURN_IF_ERROR(change(session.sql));
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  const std::shared_ptr<Database> database_;
};

}  // namespace

std::unique_ptr<GreetingStore> SqlGreetingStore(std::shared_ptr<Database> database) {
  return std::make_unique<SqlGreetings>(std::move(database));
}

}  // namespace um::store

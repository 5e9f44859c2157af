#include <algorithm>

#include "common/base/status.h"
#include "mailbox/store/audit_rows.h"
#include "mailbox/store/database.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/organisation_commit.h"
#include "mailbox/store/pin_rows.h"
#include "mailbox/store/sql_stores.h"
#include "mailbox/store/text.h"

namespace um::store {
namespace {

using soci::into;
using soci::use;
using Entries = std::vector<AuditEntry>;

absl::StatusOr<std::vector<StoredObject>> FetchObjects(soci::session& sql,
                                                       const std::string& organisation) {
  std::vector<StoredObject> objects;
  StoredObject row;
  long long version = 0, changed = 0;
  soci::statement statement =
      (sql.prepare << "SELECT kind, id, name, version, body, changed_us, changed_by FROM object"
                      " WHERE organisation = :organisation",
       into(row.kind), into(row.id), into(row.name), into(version), into(row.body), into(changed),
       into(row.changed_by), use(organisation));
  statement.execute();
  while (statement.fetch()) {
    StoredObject& object = objects.emplace_back(row);
    UM_ASSIGN_OR_RETURN(object.body, BodyOf(row.body));
    object.version = version;
    object.changed = FromMicros(changed);
  }
  return objects;
}

class SqlOrganisations final : public OrganisationStore {
 public:
  explicit SqlOrganisations(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  absl::StatusOr<std::vector<OrganisationRow>> Organisations() override {
    using Rows = std::vector<OrganisationRow>;
    return database_->Run("list organisations", [&](Session& session) -> absl::StatusOr<Rows> {
      Rows rows;
      OrganisationRow row;
      long long sequence = 0;
      soci::statement statement =
          (session.sql.prepare << "SELECT id, display_name, sequence FROM organisation ORDER BY id",
           into(row.id), into(row.display_name), into(sequence));
      statement.execute();
      while (statement.fetch()) rows.emplace_back(row).sequence = sequence;
      return rows;
    });
  }

  absl::StatusOr<Snapshot> Load(const std::string& organisation) override {
    UM_RETURN_IF_ERROR(CheckTexts({{"an organisation's id", organisation}}));
    return database_->Run("load organisation", [&](Session& session) -> absl::StatusOr<Snapshot> {
      Transaction transaction = Transaction::Snapshot(session);
      Snapshot snapshot;
      long long sequence = 0;
      snapshot.organisation.id = organisation;
      session.sql << "SELECT display_name, sequence FROM organisation WHERE id = :id",
          into(snapshot.organisation.display_name), into(sequence), use(organisation);
      if (!session.sql.got_data()) return absl::NotFoundError("no such organisation");
      snapshot.organisation.sequence = sequence;
      UM_ASSIGN_OR_RETURN(snapshot.objects, FetchObjects(session.sql, organisation));
      transaction.Commit();
      return snapshot;
    });
  }

  absl::StatusOr<int64_t> Commit(const OrganisationRow& organisation, int64_t expected,
                                 const std::string& actor, domain::WallTime at,
                                 const std::vector<ObjectChange>& changes) override {
    const CommitRequest request{organisation, expected, actor, at, changes};
    UM_RETURN_IF_ERROR(CheckCommit(request));
    return database_->Run("change organisation", [&](Session& session) -> absl::StatusOr<int64_t> {
      Transaction transaction(session);
      UM_ASSIGN_OR_RETURN(const int64_t sequence, ApplyCommit(session, request));
      transaction.Commit();
      return sequence;
    });
  }

  absl::StatusOr<int64_t> Note(const std::string& organisation, const std::string& actor,
                               domain::WallTime at, const AuditNote& note) override {
    UM_RETURN_IF_ERROR(CheckNote(organisation, actor, note));
    return database_->Run("write audit", [&](Session& session) -> absl::StatusOr<int64_t> {
      Transaction transaction(session);
      UM_ASSIGN_OR_RETURN(const int64_t sequence,
                          WriteNote(session.sql, organisation, actor, at, note));
      transaction.Commit();
      return sequence;
    });
  }

  absl::StatusOr<Entries> Since(const std::string& organisation, int64_t sequence,
                                int limit) override {
    UM_RETURN_IF_ERROR(CheckTexts({{"an organisation's id", organisation}}));
    return database_->Run("read changes", [&](Session& session) -> absl::StatusOr<Entries> {
      long long after = sequence;
      const int lines = std::max(limit, 1);
      UM_ASSIGN_OR_RETURN(Entries entries,
                          FetchAudit(session.sql,
                                     "organisation = :organisation AND sequence > :sequence"
                                     " ORDER BY sequence, line LIMIT :limit",
                                     use(organisation), use(after), use(lines)));
      if (entries.size() < static_cast<size_t>(lines)) return entries;
      after = entries.back().sequence;
      const int line = entries.back().index;
      UM_ASSIGN_OR_RETURN(Entries rest,
                          FetchAudit(session.sql,
                                     "organisation = :organisation AND sequence = :sequence"
                                     " AND line > :line ORDER BY line",
                                     use(organisation), use(after), use(line)));
      std::move(rest.begin(), rest.end(), std::back_inserter(entries));
      return entries;
    });
  }

  absl::StatusOr<Entries> Audit(const AuditQuery& query) override {
    UM_RETURN_IF_ERROR(CheckTexts({{"an organisation's id", query.organisation},
                                   {"a kind", query.kind},
                                   {"a name", query.name}}));
    return database_->Run("read audit", [&](Session& session) -> absl::StatusOr<Entries> {
      constexpr long long kNewest = std::numeric_limits<long long>::max();
      const long long since = Micros(query.since);
      const long long before = query.before_sequence > 0 ? query.before_sequence : kNewest;
      const int limit = std::max(query.limit, 1);
      return FetchAudit(session.sql,
                        "organisation = :organisation"
                        " AND (kind = :kind OR :any_kind = '') AND (name = :name OR :any_name = '')"
                        " AND at_us >= :since"
                        " AND (sequence < :before OR sequence = :same AND line < :line)"
                        " ORDER BY sequence DESC, line DESC LIMIT :limit",
                        use(query.organisation), use(query.kind), use(query.kind), use(query.name),
                        use(query.name), use(since), use(before), use(before),
                        use(query.before_index), use(limit));
    });
  }

  absl::StatusOr<PinRecord> Pin(const std::string& organisation,
                                const std::string& mailbox_id) override {
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, mailbox_id));
    return database_->Run("read PIN record", [&](Session& session) {
      return FetchPin(session.sql, organisation, mailbox_id);
    });
  }

  absl::Status SetPin(const std::string& organisation, const std::string& mailbox_id,
                      const PinRecord& record) override {
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, mailbox_id));
    UM_RETURN_IF_ERROR(CheckPin(record));
    return database_->Run("write PIN record", [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      UM_RETURN_IF_ERROR(StorePin(session, organisation, mailbox_id, record));
      transaction.Commit();
      return absl::OkStatus();
    });
  }

  absl::Status ChangePin(const std::string& organisation, const std::string& mailbox_id,
                         const PinRecord& record, const std::string& actor, domain::WallTime at,
                         const AuditNote& note) override {
    UM_RETURN_IF_ERROR(CheckMailbox(organisation, mailbox_id));
    UM_RETURN_IF_ERROR(CheckPin(record));
    UM_RETURN_IF_ERROR(CheckNote(organisation, actor, note));
    return database_->Run("change PIN", [&](Session& session) -> absl::Status {
      Transaction transaction(session);
      // First the note: it locks the organisation, and commits lock that first too.
      UM_RETURN_IF_ERROR(WriteNote(session.sql, organisation, actor, at, note).status());
      UM_RETURN_IF_ERROR(StorePin(session, organisation, mailbox_id, record));
      transaction.Commit();
      return absl::OkStatus();
    });
  }

 private:
  static absl::Status CheckMailbox(const std::string& organisation, const std::string& id) {
    return CheckTexts({{"an organisation's id", organisation}, {"a mailbox' id", id}});
  }

  const std::shared_ptr<Database> database_;
};

}  // namespace

std::unique_ptr<OrganisationStore> SqlOrganisationStore(std::shared_ptr<Database> database) {
  return std::make_unique<SqlOrganisations>(std::move(database));
}

}  // namespace um::store

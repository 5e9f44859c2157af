// The schema's history: each step is what one release added. Steps are never changed once released.
//
// Texts that come from the network (a caller's name) are in `facts`, encoded, because a database
// may refuse bytes that are not its text encoding; columns of their own have what is searched for.
// Times are microseconds since 1970, UTC.
#include "common/base/status.h"
#include "mailbox/store/sql.h"

namespace um::store {
namespace {

constexpr const char* kStep1[] = {
    // One row a message. state as domain::ToString(MessageState) has it; facts: base64url of
    // um.store.v1.CallFacts.
    "CREATE TABLE message ("
    " id TEXT NOT NULL PRIMARY KEY,"
    " organisation TEXT NOT NULL,"
    " mailbox_id TEXT NOT NULL,"
    " extension TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " duration_ms BIGINT NOT NULL,"
    " started_us BIGINT NOT NULL,"
    " stored_us BIGINT NOT NULL,"
    " delivered_us BIGINT,"
    " facts TEXT NOT NULL)",
    "CREATE INDEX message_of_extension ON message (organisation, extension, id)",
    "CREATE INDEX message_by_state ON message (state)",
    // The delivery queue. due_us is null when nothing is left to do; the row stays, to tell what
    // happened.
    "CREATE TABLE delivery ("
    " message_id TEXT NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,"
    " organisation TEXT NOT NULL,"
    " due_us BIGINT,"
    " lease_owner TEXT NOT NULL DEFAULT '',"
    " lease_until_us BIGINT NOT NULL DEFAULT 0,"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " last_error TEXT NOT NULL DEFAULT '')",
    "CREATE INDEX delivery_due ON delivery (due_us) WHERE due_us IS NOT NULL",
    // Keys of the pool (organisation '' is the pool itself), base64url.
    "CREATE TABLE pool_key ("
    " organisation TEXT NOT NULL,"
    " generation INTEGER NOT NULL,"
    " secret TEXT NOT NULL,"
    " PRIMARY KEY (organisation, generation))",
    nullptr,
};
constexpr const char* const* kSteps[] = {kStep1};
constexpr int kNewest = std::size(kSteps);

}  // namespace

absl::Status Migrate(soci::session& sql) {
  // In one transaction, so that two processes that start together do not both migrate.
  Transaction transaction(sql);
  sql << "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)";
  int version = 0;
  soci::indicator known = soci::i_null;
  sql << "SELECT max(version) FROM schema_version", soci::into(version, known);
  if (known == soci::i_null) version = 0;
  if (version > kNewest) {
    return absl::FailedPreconditionError(fmt::format(
        "the message store has schema {}, made by a newer release; this release knows schema {}: "
        "run the newer release, or restore the backup from before the upgrade",
        version, kNewest));
  }
  for (int step = version; step < kNewest; ++step) {
    for (const char* const* statement = kSteps[step]; *statement; ++statement) sql << *statement;
    const int reached = step + 1;
    sql << "INSERT INTO schema_version (version) VALUES (:version)", soci::use(reached);
  }
  transaction.Commit();
  return absl::OkStatus();
}

}  // namespace um::store

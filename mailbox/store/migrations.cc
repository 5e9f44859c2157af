// The schema's history: each step is what one release added. Steps are never changed once released.
//
// Texts that come from the network (a caller's name) are in `facts`, encoded, because a database
// may refuse bytes that are not its text encoding; columns of their own have what is searched for
// (text.h). Both engines have the same tables; FORMAT.md tells them.
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
constexpr const char* kStep2[] = {
    // An organisation's changes are numbered; `sequence` is that of the last one.
    "CREATE TABLE organisation ("
    " id TEXT NOT NULL PRIMARY KEY,"
    " display_name TEXT NOT NULL,"
    " sequence BIGINT NOT NULL)",
    // What administrators manage. version: the change that wrote the row; body: base64url of
    // um.organisation.v1.Object; name: folded.
    "CREATE TABLE object ("
    " organisation TEXT NOT NULL REFERENCES organisation (id),"
    " id TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " version BIGINT NOT NULL,"
    " body TEXT NOT NULL,"
    " changed_us BIGINT NOT NULL,"
    " changed_by TEXT NOT NULL,"
    " PRIMARY KEY (organisation, id),"
    " UNIQUE (organisation, kind, name))",
    // from_id's object says to_id's name in its body. Looked at when a transaction ends, so that it
    // may delete both in any order.
    "CREATE TABLE reference ("
    " organisation TEXT NOT NULL,"
    " from_id TEXT NOT NULL,"
    " to_id TEXT NOT NULL,"
    " PRIMARY KEY (organisation, from_id, to_id),"
    " FOREIGN KEY (organisation, from_id) REFERENCES object (organisation, id) ON DELETE CASCADE,"
    " FOREIGN KEY (organisation, to_id) REFERENCES object (organisation, id)"
    "  DEFERRABLE INITIALLY DEFERRED)",
    "CREATE INDEX reference_to ON reference (organisation, to_id, from_id)",
    // What only one object may have: an extension of a dial plan, a network. within: the
    // organisation, or '' for scopes of the whole pool.
    "CREATE TABLE claim ("
    " within TEXT NOT NULL,"
    " scope TEXT NOT NULL,"
    " value TEXT NOT NULL,"
    " organisation TEXT NOT NULL,"
    " object_id TEXT NOT NULL,"
    " PRIMARY KEY (within, scope, value),"
    " FOREIGN KEY (organisation, object_id) REFERENCES object (organisation, id) ON DELETE "
    "CASCADE)",
    "CREATE INDEX claim_of_object ON claim (organisation, object_id)",
    // Who did what when: each change's lines, never changed. Other nodes follow by it.
    "CREATE TABLE audit ("
    " organisation TEXT NOT NULL REFERENCES organisation (id),"
    " sequence BIGINT NOT NULL,"
    " line INTEGER NOT NULL,"
    " at_us BIGINT NOT NULL,"
    " actor TEXT NOT NULL,"
    " action TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " object_id TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " body_before TEXT NOT NULL,"
    " body_after TEXT NOT NULL,"
    " PRIMARY KEY (organisation, sequence, line))",
    "CREATE INDEX audit_of_object ON audit (organisation, kind, name, sequence)",
    // hash: argon2id, encoded; history: former hashes, one a line.
    "CREATE TABLE pin ("
    " organisation TEXT NOT NULL,"
    " mailbox_id TEXT NOT NULL,"
    " version BIGINT NOT NULL,"
    " hash TEXT NOT NULL,"
    " history TEXT NOT NULL,"
    " changed_us BIGINT NOT NULL,"
    " expired INTEGER NOT NULL,"
    " first_time INTEGER NOT NULL,"
    " failures INTEGER NOT NULL,"
    " locked INTEGER NOT NULL,"
    " PRIMARY KEY (organisation, mailbox_id),"
    " FOREIGN KEY (organisation, mailbox_id) REFERENCES object (organisation, id)"
    "  ON DELETE CASCADE)",
    // A message's G.711 in PostgreSQL. The embedded store keeps it in files; its table is empty.
    "CREATE TABLE audio ("
    " message_id TEXT NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,"
    " organisation TEXT NOT NULL,"
    " content BYTEA NOT NULL)",
    nullptr,
};
constexpr const char* kStep3[] = {
    // Messages that are gone for good: no spool file brings them back.
    "CREATE TABLE erased ("
    " message_id TEXT NOT NULL PRIMARY KEY,"
    " organisation TEXT NOT NULL,"
    " erased_us BIGINT NOT NULL)",
    "CREATE INDEX erased_by_age ON erased (erased_us)",
    // How full a mailbox is, without looking at its messages.
    "CREATE INDEX message_of_mailbox ON message (organisation, mailbox_id, kind, duration_ms)",
    "CREATE INDEX message_by_delivery ON message (delivered_us, id) WHERE delivered_us IS NOT NULL",
    nullptr,
};
constexpr const char* kStep4[] = {
    // What is to be mailed to a mailbox' user, one a mailbox. state as
    // domain::ToString(MessageState) has it; again: 1 if it was asked for once more while it was
    // being mailed; mails: how often it
    // was leased. The queue's columns are as `delivery` has them; address '': the mailbox' own.
    "CREATE TABLE notice ("
    " id TEXT NOT NULL PRIMARY KEY,"
    " organisation TEXT NOT NULL,"
    " mailbox_id TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " queued_us BIGINT NOT NULL,"
    " again INTEGER NOT NULL DEFAULT 0,"
    " mails INTEGER NOT NULL DEFAULT 0,"
    " address TEXT NOT NULL,"
    " redirected_by TEXT NOT NULL DEFAULT '',"
    " due_us BIGINT,"
    " lease_owner TEXT NOT NULL DEFAULT '',"
    " lease_until_us BIGINT NOT NULL DEFAULT 0,"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " last_error TEXT NOT NULL DEFAULT '',"
    " UNIQUE (organisation, mailbox_id),"
    " FOREIGN KEY (organisation, mailbox_id) REFERENCES object (organisation, id)"
    "  ON DELETE CASCADE)",
    // Fifty thousand may be due at one moment: the id is in the index, so that nothing is sorted.
    "CREATE INDEX notice_due ON notice (due_us, id) WHERE due_us IS NOT NULL",
    "CREATE INDEX notice_leased ON notice (lease_until_us) WHERE lease_until_us > 0",
    "CREATE INDEX notice_by_state ON notice (state, id)",
    "CREATE INDEX delivery_leased ON delivery (lease_until_us) WHERE lease_until_us > 0",
    // Where an administrator has it delivered, and who that was. '': the mailbox' own address.
    "ALTER TABLE delivery ADD COLUMN address TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE delivery ADD COLUMN redirected_by TEXT NOT NULL DEFAULT ''",
    nullptr,
};
constexpr const char* kStep5[] = {
    // What became of each call. id: of an answered call its message's. kind: what the message was,
    // '' until it is stored; it outlives the message. body: base64url of um.store.v1.CallRecord.
    "CREATE TABLE call_record ("
    " id TEXT NOT NULL PRIMARY KEY,"
    " organisation TEXT NOT NULL,"
    " mailbox_id TEXT NOT NULL,"
    " sip_call_id TEXT NOT NULL,"
    " trace_id TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " started_us BIGINT NOT NULL,"
    " body TEXT NOT NULL)",
    "CREATE INDEX call_of_organisation ON call_record (organisation, id)",
    "CREATE INDEX call_of_mailbox ON call_record (organisation, mailbox_id, id)",
    "CREATE INDEX call_by_call_id ON call_record (sip_call_id)",
    "CREATE INDEX call_by_trace ON call_record (trace_id)",
    "CREATE INDEX call_by_age ON call_record (started_us)",
    nullptr,
};
constexpr const char* kStep6[] = {
    // What a mailbox' user has recorded: kind as domain::ToString(GreetingKind) has it, one of
    // each.
    // audio: base64url of G.711 µ-law. An id is never used for another recording.
    "CREATE TABLE greeting ("
    " organisation TEXT NOT NULL,"
    " mailbox_id TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " id TEXT NOT NULL UNIQUE,"
    " length_ms BIGINT NOT NULL,"
    " recorded_us BIGINT NOT NULL,"
    " recorded_by TEXT NOT NULL,"
    " audio TEXT NOT NULL,"
    " PRIMARY KEY (organisation, mailbox_id, kind),"
    " FOREIGN KEY (organisation, mailbox_id) REFERENCES object (organisation, id)"
    "  ON DELETE CASCADE)",
    // Whose away greeting is switched on; until_us null: until it is switched off.
    "CREATE TABLE away ("
    " organisation TEXT NOT NULL,"
    " mailbox_id TEXT NOT NULL,"
    " until_us BIGINT,"
    " changed_us BIGINT NOT NULL,"
    " changed_by TEXT NOT NULL,"
    " PRIMARY KEY (organisation, mailbox_id),"
    " FOREIGN KEY (organisation, mailbox_id) REFERENCES object (organisation, id)"
    "  ON DELETE CASCADE)",
    nullptr,
};
constexpr const char* kStep7[] = {
    // When its user heard it; null: it is new. important: as the caller marked it.
    "ALTER TABLE message ADD COLUMN heard_us BIGINT",
    "ALTER TABLE message ADD COLUMN important INTEGER NOT NULL DEFAULT 0",
    // What was stored before lamps were told of anything lights none.
    "UPDATE message SET heard_us = stored_us",
    // How full a mailbox is and what its lamp says, without looking at its messages.
    "DROP INDEX message_of_mailbox",
    "CREATE INDEX message_of_mailbox"
    " ON message (organisation, mailbox_id, kind, important, heard_us, duration_ms)",
    // What a mailbox' lamp was told, and what it is to be told. wanted: goes up with every change
    // of the mailbox' count, in the change's transaction; told: `wanted` as it was when the count
    // that was told last was read. due_us: when it is told next; never null, because every lamp is
    // refreshed. since_us: when that was asked for last; changed_us: the count's last change.
    // told_*: the answer's SIP status, and the four numbers of RFC 3842.
    "CREATE TABLE lamp ("
    " organisation TEXT NOT NULL,"
    " mailbox_id TEXT NOT NULL,"
    " wanted BIGINT NOT NULL,"
    " told BIGINT NOT NULL,"
    " due_us BIGINT NOT NULL,"
    " since_us BIGINT NOT NULL,"
    " changed_us BIGINT NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " last_error TEXT NOT NULL DEFAULT '',"
    " lease_owner TEXT NOT NULL DEFAULT '',"
    " lease_until_us BIGINT NOT NULL DEFAULT 0,"
    " told_us BIGINT,"
    " told_gateway TEXT NOT NULL DEFAULT '',"
    " told_status INTEGER NOT NULL DEFAULT 0,"
    " told_unheard BIGINT NOT NULL DEFAULT 0,"
    " told_heard BIGINT NOT NULL DEFAULT 0,"
    " told_urgent_unheard BIGINT NOT NULL DEFAULT 0,"
    " told_urgent_heard BIGINT NOT NULL DEFAULT 0,"
    " PRIMARY KEY (organisation, mailbox_id))",
    // Changes go before refreshes.
    "CREATE INDEX lamp_pending ON lamp (due_us) WHERE told < wanted",
    "CREATE INDEX lamp_due ON lamp (due_us)",
    "CREATE INDEX lamp_leased ON lamp (lease_until_us) WHERE lease_until_us > 0",
    "CREATE INDEX lamp_changed ON lamp (changed_us)",
    nullptr,
};
constexpr const char* kStep8[] = {
    // lit_*: where a lamp is lit, or may be, as domain::LampPlace; '' if nowhere. With switch_off
    // the row is such a place alone, which is no mailbox' any more; mailbox_id is not a mailbox'.
    "ALTER TABLE lamp ADD COLUMN lit_gateway TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE lamp ADD COLUMN lit_address TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE lamp ADD COLUMN switch_off INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX lamp_lit ON lamp (organisation, lit_address) WHERE lit_address <> ''",
    nullptr,
};
constexpr const char* kStep9[] = {
    // What a mailbox' user knows callers by: a row for each number or address of a contact. place:
    // in the order of the file they came in; contact: which rows are one contact. key: as
    // domain::ContactKey() has it; text: as the user wrote it. email: of the contact, for each row.
    "CREATE TABLE contact ("
    " organisation TEXT NOT NULL,"
    " mailbox_id TEXT NOT NULL,"
    " place BIGINT NOT NULL,"
    " contact BIGINT NOT NULL,"
    " key TEXT NOT NULL,"
    " text TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " email TEXT NOT NULL,"
    " PRIMARY KEY (organisation, mailbox_id, place),"
    " FOREIGN KEY (organisation, mailbox_id) REFERENCES object (organisation, id)"
    "  ON DELETE CASCADE)",
    "CREATE INDEX contact_by_key ON contact (organisation, mailbox_id, key)",
    nullptr,
};
constexpr const char* const* kSteps[] = {kStep1, kStep2, kStep3, kStep4, kStep5,
                                         kStep6, kStep7, kStep8, kStep9};
constexpr int kNewest = std::size(kSteps);

}  // namespace

absl::Status Migrate(Session& session) {
  soci::session& sql = session.sql;
  // In one transaction, so that two processes that start together do not both migrate.
  Transaction transaction(session);
  if (*session.dialect.lock_schema) sql << session.dialect.lock_schema;
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

// OrganisationStore: organisations' objects, who changed them, and PINs. It knows nothing of what
// objects mean: rules are mailbox/organisation's. It insists on what only the database can:
// references exist, claims are unique, an organisation's changes come one after the other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/time.h"
#include "mailbox/store/audit_note.h"

namespace um::store {

struct StoredObject {
  std::string kind;  ///< "dial_plan"
  std::string id;    ///< ULID
  std::string name;  ///< folded: unique among its kind
  int64_t version = 0;
  std::string body;  ///< protobuf um.organisation.v1.Object
  domain::WallTime changed{};
  std::string changed_by;
};

/// One object's part of a commit.
struct ObjectChange {
  enum class Action { kCreate, kUpdate, kDelete };
  Action action = Action::kCreate;
  StoredObject object;                  ///< kDelete: kind, id and name only
  std::string before;                   ///< the body before: for the audit
  std::vector<std::string> references;  ///< ids that must exist while this object does
  struct Claim {
    std::string scope;
    std::string value;
  };
  std::vector<Claim>
      claims;  ///< (organisation, scope, value) is unique; a scope "pool/..." in all organisations
  /// Of a mailbox that is there after it: its user is owed a welcome mail (notice_store.h), sent to
  /// this address ("": the mailbox' own). Nothing is queued for one that has a PIN already; one
  /// that waits is due.
  std::optional<std::string> welcome;
};

/// One line of the audit: what a commit did to one object, or a note.
struct AuditEntry {
  std::string organisation;
  int64_t sequence = 0;
  int index = 0;  ///< within the commit
  domain::WallTime at{};
  std::string actor;
  ObjectChange::Action action{};
  std::string kind;
  std::string id;
  std::string name;
  std::string before;  ///< bodies; "" where there was, or is, none
  std::string after;
  /// Set: a note, which changes no object. kind, id and name are set all the same; action is not.
  std::optional<AuditNote> note;
};

struct OrganisationRow {
  std::string id;
  std::string display_name;
  int64_t sequence = 0;
};

/// A mailbox' PIN record. The PIN itself is never there.
struct PinRecord {
  std::string hash;                  ///< argon2id, encoded; "": no PIN yet
  std::vector<std::string> history;  ///< hashes of former PINs, newest first
  domain::WallTime changed{};
  bool expired = true;     ///< must be changed at the next sign-in
  bool first_time = true;  ///< never signed in
  int failures = 0;        ///< in a row
  bool locked = false;
  int64_t version = 0;  ///< of this record, for SetPin()
};

/// Blocking. Thread: any worker.
class OrganisationStore {
 public:
  virtual ~OrganisationStore() = default;

  virtual absl::StatusOr<std::vector<OrganisationRow>> Organisations() = 0;
  /// All objects of an organisation, of one moment, in no order. kNotFound.
  struct Snapshot {
    OrganisationRow organisation;
    std::vector<StoredObject> objects;
  };
  virtual absl::StatusOr<Snapshot> Load(const std::string& organisation) = 0;

  /// All of it or nothing, as sequence number `expected + 1`, which is returned. `expected` 0
  /// creates the organisation, and `display_name` is set. kAborted: the organisation has moved on:
  /// load what is new, look again. kAlreadyExists: a claim or name is taken (by another
  /// organisation: what the caller's rules could not see). kFailedPrecondition: a reference is
  /// missing, or keeps an object from being deleted. kNotFound: there is no such organisation, or
  /// no object that is to be changed. kInvalidArgument: a text is no plain UTF-8 or too long for a
  /// key (text.h). kUnavailable: PostgreSQL went away: it may have been done, or not; the sequence
  /// number tells. The audit is written with it, line by line as the changes stand here.
  ///
  /// `changes` are taken together: what refers to each other may come in any order, two objects may
  /// swap names or claims, and an object may come twice. version, changed and changed_by of what is
  /// written are the commit's.
  virtual absl::StatusOr<int64_t> Commit(const OrganisationRow& organisation, int64_t expected,
                                         const std::string& actor, domain::WallTime at,
                                         const std::vector<ObjectChange>& changes) = 0;

  /// Writes a note into the audit, as a sequence number of its own, which is returned. kNotFound:
  /// there is no such organisation. kInvalidArgument: a text is no plain UTF-8, or too long.
  virtual absl::StatusOr<int64_t> Note(const std::string& organisation, const std::string& actor,
                                       domain::WallTime at, const AuditNote& note) = 0;

  /// The audit of an organisation after a sequence number, oldest first: whole commits, at least
  /// one, until `limit` lines are reached. This is also how other nodes follow.
  virtual absl::StatusOr<std::vector<AuditEntry>> Since(const std::string& organisation,
                                                        int64_t sequence, int limit) = 0;
  struct AuditQuery {
    std::string organisation;
    std::string kind, name;  ///< "": all; the folded name
    domain::WallTime since{};
    /// To read on: the last entry's of the page before. 0: from the newest.
    int64_t before_sequence = 0;
    int before_index = 0;  ///< within before_sequence; 0: nothing of that commit
    int limit = 100;
  };
  /// Newest first.
  virtual absl::StatusOr<std::vector<AuditEntry>> Audit(const AuditQuery& query) = 0;

  /// A mailbox' PIN record; an empty one if it has none. kNotFound: no such object.
  virtual absl::StatusOr<PinRecord> Pin(const std::string& organisation,
                                        const std::string& mailbox_id) = 0;
  /// kAborted: it has changed since `record.version`.
  virtual absl::Status SetPin(const std::string& organisation, const std::string& mailbox_id,
                              const PinRecord& record) = 0;
  /// SetPin() and Note(), both or neither.
  virtual absl::Status ChangePin(const std::string& organisation, const std::string& mailbox_id,
                                 const PinRecord& record, const std::string& actor,
                                 domain::WallTime at, const AuditNote& note) = 0;
};

}  // namespace um::store

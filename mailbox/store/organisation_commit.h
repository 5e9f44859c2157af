// One commit of an organisation's objects, within a transaction. Internal to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mailbox/store/organisation_store.h"
#include "mailbox/store/sql.h"

namespace um::store {

struct CommitRequest {
  const OrganisationRow& organisation;
  int64_t expected;
  const std::string& actor;
  domain::WallTime at;
  const std::vector<ObjectChange>& changes;
};

/// kInvalidArgument: a text that the databases do not take. Needs no database.
absl::Status CheckCommit(const CommitRequest& request);

/// OrganisationStore::Commit() but for the transaction around it. Throws what SOCI throws.
absl::StatusOr<int64_t> ApplyCommit(Session& session, const CommitRequest& request);

/// "create", "update", "delete": as the audit has it.
const char* ToString(ObjectChange::Action action);

}  // namespace um::store

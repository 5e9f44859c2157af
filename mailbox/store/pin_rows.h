// PIN records as rows of the database. Internal to this folder.
#pragma once

#include <string>

#include "mailbox/store/organisation_store.h"
#include "mailbox/store/sql.h"

namespace um::store {

/// kInvalidArgument: a hash that is no plain text.
absl::Status CheckPin(const PinRecord& record);
/// As OrganisationStore says. Throw what SOCI throws.
absl::StatusOr<PinRecord> FetchPin(soci::session& sql, const std::string& organisation,
                                   const std::string& mailbox_id);
/// In a transaction.
absl::Status StorePin(Session& session, const std::string& organisation,
                      const std::string& mailbox_id, const PinRecord& record);

}  // namespace um::store

// Call records as rows. Internal to this folder.
#pragma once

#include "absl/status/statusor.h"
#include "mailbox/domain/call_record.h"
#include "mailbox/store/sql.h"

namespace um::store {

/// Writes a call's own record; of one that its message wrote before, all but what the message said.
void PutCall(soci::session& sql, const domain::CallRecord& record);
/// What a message says of its call: the kind, and, if the call has no record yet, that too. So a
/// call whose node died has one as soon as its message is recovered.
void PutCallOfMessage(soci::session& sql, const domain::CallFacts& facts, const std::string& kind);

/// The body's half of a record; kDataLoss.
absl::StatusOr<domain::CallRecord> DecodeCall(const std::string& body);

}  // namespace um::store

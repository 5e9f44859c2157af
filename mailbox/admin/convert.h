// What the organisation's values look like in um.admin.v1.   Pure.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "mailbox/organisation/change.h"
#include "mailbox/store/organisation_store.h"
#include "um/admin/v1/organisations.pb.h"

namespace um::admin {

/// absl's codes are gRPC's.
grpc::Status ToGrpc(const absl::Status& status);
/// RFC 3339, UTC, whole seconds.
std::string Rfc3339(domain::WallTime time);
/// The reverse; nullopt: another form.
std::optional<domain::WallTime> FromRfc3339(const std::string& text);

v1::Problem Convert(const organisation::Problem& problem);
v1::Changed Convert(const organisation::Model::Step& step);
void Convert(const organisation::Model& model, const organisation::Entry& entry, bool referrers,
             v1::Entry& out);
/// kDataLoss: a stored body cannot be read.
absl::StatusOr<v1::AuditEntry> Convert(const store::AuditEntry& entry);

}  // namespace um::admin

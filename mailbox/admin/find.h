// An object by what administrators call it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "mailbox/organisation/model.h"

namespace um::admin {

/// By name; a mailbox also by extension or mail address, where that names one only. kNotFound,
/// kInvalidArgument.
absl::StatusOr<const organisation::Entry*> FindObject(const organisation::Model& model,
                                                      organisation::Kind kind,
                                                      const std::string& name);

/// What is said of organisations that are not named, or not there: to whom one is not granted, the
/// same as if it were not there.
absl::Status SayWhichOrganisation();
absl::Status NoSuchOrganisation();

}  // namespace um::admin

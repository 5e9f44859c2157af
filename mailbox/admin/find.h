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

}  // namespace um::admin

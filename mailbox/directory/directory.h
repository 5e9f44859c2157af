// The organisation document: YAML, checked against um.config.v1.Organisation, turned into domain values.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "mailbox/domain/organisation.h"

namespace um::directory {

/// Reads and checks the document. kInvalidArgument: all problems, one a line, with its path: duplicate names and
/// extensions, references to what does not exist, extensions of the wrong length, bad addresses.
absl::StatusOr<domain::Organisation> LoadOrganisation(const std::string& path);

}  // namespace um::directory

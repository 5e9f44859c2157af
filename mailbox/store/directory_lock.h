// Who uses a data directory: nodes together, or one restore alone. Internal to this folder.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace um::store {

enum class Use { kShared, kAlone };

/// Holds until it is destroyed, or the process ends. kUnavailable: another use forbids it. Where
/// the file system knows no locks, everybody may.
absl::StatusOr<std::shared_ptr<void>> LockDirectory(const std::string& directory, Use use);

}  // namespace um::store

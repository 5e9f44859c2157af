// The place of the local socket.   Blocking.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace um::admin {

/// Makes the socket's folder (0750) if it is missing, and removes a socket that nobody answers on:
/// a process that was killed leaves one. kAlreadyExists: somebody answers. kInvalidArgument: no
/// path for a socket.
absl::Status PrepareSocketPath(const std::string& path);

}  // namespace um::admin

// A directory's settings: defaults, and what is wrong with them.   Pure.
#pragma once

#include <string>
#include <vector>

#include "common/config/load.h"
#include "um/config/v1/directory.pb.h"

namespace um::directory {

/// Fills in what is not set. Adds what is wrong, with `path` ("directories[0]") in front.
void Complete(config::v1::Directory& settings, const std::string& path,
              std::vector<config::Problem>& problems);

}  // namespace um::directory

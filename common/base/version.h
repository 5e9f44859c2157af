// The release. The one place that names it: CMakeLists.txt reads this line.
#pragma once

namespace um {

inline constexpr const char kVersion[] = "0.1.0";

}  // namespace um

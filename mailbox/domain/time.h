// The units in which the rules count.
#pragma once

#include <chrono>

namespace um::domain {

using Milliseconds = std::chrono::milliseconds;
/// Calendar time, UTC.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using namespace std::chrono_literals;

}  // namespace um::domain

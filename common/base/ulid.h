// ULIDs: 128-bit ids that sort by time and read as 26 characters (github.com/ulid/spec).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace um {

/// A new ULID: 48 bits of milliseconds since 1970, 80 random bits, Crockford base32.   Thread: any.
std::string NewUlid(std::chrono::system_clock::time_point now);

/// True for 26 characters of Crockford base32 that fit 128 bits.
bool IsUlid(std::string_view text);

}  // namespace um

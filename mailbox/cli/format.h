// How umctl writes things for people.   Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace um::cli {

/// Text from callers, safe to put on a terminal: control characters and what is not UTF-8 become
/// '?'.
std::string Printable(std::string_view text);

/// "0:09", "12:34", "1:02:03".
std::string Duration(uint64_t milliseconds);

/// "45 s", "12 min", "3 h 5 min", "2 days 4 h".
std::string Age(uint64_t seconds);

/// Columns as wide as they need to be, headings above; a last column that does not fit in `width`
/// is cut with "...". Width 0: no limit.
std::string Table(const std::vector<std::string>& headings,
                  const std::vector<std::vector<std::string>>& rows, size_t width);

}  // namespace um::cli

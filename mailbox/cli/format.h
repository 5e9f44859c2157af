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

/// The text in lines of at most `width` columns where its words allow it; all but the first are
/// indented. The first is taken to begin at `indent` too.
std::string Wrap(std::string_view text, size_t width, size_t indent);

/// "50,000".
std::string Thousands(uint64_t n);

/// "once", "2 times".
std::string Times(uint64_t n);

/// "2026-01-15T09:30:00Z" as it is read: "2026-01-15 09:30:00".
std::string Time(std::string rfc3339);

/// Columns as wide as they need to be, headings above. If they do not fit in `width`, the widest
/// are cut with "...". Width 0: no limit.
std::string Table(const std::vector<std::string>& headings,
                  const std::vector<std::vector<std::string>>& rows, size_t width);

}  // namespace um::cli

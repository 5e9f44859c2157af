// LDAP search filters (RFC 4515), made of values from anywhere.   Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace um::directory {

/// A value as a filter may hold it: every byte but letters, digits and a few harmless characters as
/// \XX (RFC 4515 section 3). The only way of a value into a filter: nothing in it can end it.
std::string EscapeFilterValue(std::string_view value);

/// "(attribute=value)".
std::string Equals(std::string_view attribute, std::string_view value);
/// "(attribute>=value)".
std::string AtLeast(std::string_view attribute, std::string_view value);
/// "(&...)" and "(|...)" of whole filters.
std::string AllOf(const std::vector<std::string>& filters);
std::string AnyOf(const std::vector<std::string>& filters);

}  // namespace um::directory

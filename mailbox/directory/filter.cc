#include "mailbox/directory/filter.h"

#include <fmt/format.h>

namespace um::directory {
namespace {

bool IsHarmless(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '@' ||
         c == '.' || c == '-' || c == '_' || c == '+' || c == ':';
}

std::string Joined(char sign, const std::vector<std::string>& filters) {
  std::string joined = fmt::format("({}", sign);
  for (const std::string& filter : filters) joined += filter;
  return joined + ")";
}

}  // namespace

std::string EscapeFilterValue(std::string_view value) {
  std::string escaped;
  escaped.reserve(value.size());
  for (const char c : value) {
    if (IsHarmless(c)) {
      escaped += c;
    } else {
      escaped += fmt::format("\\{:02x}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

std::string Equals(std::string_view attribute, std::string_view value) {
  return fmt::format("({}={})", attribute, EscapeFilterValue(value));
}

std::string AtLeast(std::string_view attribute, std::string_view value) {
  return fmt::format("({}>={})", attribute, EscapeFilterValue(value));
}

std::string AllOf(const std::vector<std::string>& filters) { return Joined('&', filters); }
std::string AnyOf(const std::vector<std::string>& filters) { return Joined('|', filters); }

}  // namespace um::directory

#include "common/sip/text.h"

#include <charconv>

namespace um::sip {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), LowerChar);
  return out;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, LowerChar, LowerChar);
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string Unfold(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  while (!value.empty()) {
    const size_t line_end = std::min(value.find_first_of("\r\n"), value.size());
    out += value.substr(0, line_end);
    value.remove_prefix(line_end);
    if (value.empty()) break;
    value.remove_prefix(std::min(value.find_first_not_of(" \t\r\n"), value.size()));
    out.erase(out.find_last_not_of(" \t") + 1);
    out += ' ';
  }
  return out;
}

std::optional<uint32_t> Number(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, IsDigit)) return std::nullopt;
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::string_view TakeUntil(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

std::string_view TakeUntilUnquoted(std::string_view& rest, char separator) {
  size_t end = 0;
  while (end < rest.size() && rest[end] != separator) {
    if (rest[end] == '"') end = EndOfQuoted(rest, end);
    end = std::min(end + 1, rest.size());
  }
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

size_t EndOfQuoted(std::string_view text, size_t begin) {
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    }
  }
  return text.size();
}

std::string Unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || EndOfQuoted(text, 0) != text.size() - 1) {
    return std::string(text);
  }
  std::string out;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    out += text[i];
  }
  return out;
}

std::string Quote(std::string_view text) {
  constexpr size_t kMost = 300;
  std::string out = "\"";
  for (const char c : text.substr(0, kMost)) {
    if (c == '"' || c == '\\') out += '\\';
    out += IsControl(c) ? ' ' : c;
  }
  return out + '"';
}

std::optional<std::string> Unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3 || !IsHex(text[i + 1]) || !IsHex(text[i + 2])) return std::nullopt;
    uint8_t byte = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    if (IsControl(static_cast<char>(byte))) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

}  // namespace um::sip

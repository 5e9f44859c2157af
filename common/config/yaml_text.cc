#include "common/config/yaml_text.h"

#include <absl/strings/match.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/base/utf8.h"

namespace um::config {
namespace {

/// What YAML 1.1 or 1.2 takes for nothing, true or false, a number, or for a merge.
bool IsKeyword(std::string_view text) {
  for (const char* word : {"null", "~", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf",
                           ".nan", "=", "<<"}) {
    if (absl::EqualsIgnoreCase({text.data(), text.size()}, word)) return true;
  }
  return false;
}

/// Anything a reader could take for a number, a date or a time of day; telephone numbers and masks
/// too, so that they look alike. Not: addresses.
bool LooksLikeNumber(std::string_view text) {
  const char first = text[0];
  if (!(first >= '0' && first <= '9') && first != '+' && first != '-' && first != '.') return false;
  if (text.find_first_not_of("0123456789abcdefABCDEFxXoO_+-.:TZ* ") != std::string_view::npos) {
    return false;
  }
  return std::count(text.begin(), text.end(), '.') != 3;
}

/// Code points that readers take for line ends, or that nobody sees.
bool IsUnseen(std::string_view sequence) {
  if (sequence.size() == 1)
    return static_cast<unsigned char>(sequence[0]) < 0x20 || sequence[0] == 0x7F;
  if (sequence.size() == 2)
    return sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0;
  return sequence == "\u2028" || sequence == "\u2029" || sequence == "\uFEFF" ||
         sequence == "\uFFFE" || sequence == "\uFFFF";
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const size_t n = Utf8Length(text);
    const std::string_view c = text.substr(0, std::max<size_t>(n, 1));
    if (n == 0) {
      quoted += "\\uFFFD";
    } else if (c == "\"" || c == "\\") {
      quoted += '\\';
      quoted += c;
    } else if (c == "\n" || c == "\t") {
      quoted += c == "\n" ? "\\n" : "\\t";
    } else if (IsUnseen(c)) {
      quoted += fmt::format("\\u{:04X}", CodePoint(c));
    } else {
      quoted += c;
    }
    text.remove_prefix(c.size());
  }
  return quoted + '"';
}

bool HasUnseen(std::string_view text) {
  while (!text.empty()) {
    const size_t n = Utf8Length(text);
    if (n == 0 || IsUnseen(text.substr(0, n))) return true;
    text.remove_prefix(n);
  }
  return false;
}

bool IsPlain(std::string_view text, Place place) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`").find(text[0]) != std::string_view::npos) {
    return false;
  }
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos ||
      text.back() == ':' || text.starts_with("...")) {
    return false;
  }
  if (place == Place::kFlow && text.find_first_of(",?[]{}") != std::string_view::npos) return false;
  return !IsKeyword(text) && !LooksLikeNumber(text) && !HasUnseen(text);
}

}  // namespace

std::string InlineText(std::string_view text, Place place) {
  return IsPlain(text, place) ? std::string(text) : Quoted(text);
}

std::string BlockText(std::string_view text, size_t indent) {
  if (text.find('\n') == std::string_view::npos) return InlineText(text, Place::kBlock);
  // A first line that is empty or indented would change the block's own indentation.
  const bool ends = text.ends_with('\n');
  std::string_view body = ends ? text.substr(0, text.size() - 1) : text;
  if (body.empty() || body.ends_with('\n') || body[0] == '\n' || body[0] == ' ' ||
      body[0] == '\t') {
    return Quoted(text);
  }
  std::string block = ends ? "|" : "|-";
  while (!body.empty()) {
    const size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = body.substr(0, end);
    if (HasUnseen(line) || (!line.empty() && line.find_first_not_of(' ') == line.npos)) {
      return Quoted(text);
    }
    block += '\n';
    if (!line.empty()) block.append(indent, ' ').append(line);
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return block;
}

}  // namespace um::config

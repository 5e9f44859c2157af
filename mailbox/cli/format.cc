#include "mailbox/cli/format.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/utf8.h"

namespace um::cli {
namespace {

/// Characters, which is columns for the scripts that names here are mostly written in.
size_t Length(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// The first `columns` characters, "..." at the end if some are left out.
std::string Cut(const std::string& text, size_t columns) {
  if (Length(text) <= columns || columns < 4) return text;
  std::string out;
  std::string_view rest = text;
  for (size_t i = 0; i + 3 < columns; ++i) {
    const size_t n = Utf8Length(rest);
    out += rest.substr(0, n);
    rest.remove_prefix(n);
  }
  return out + "...";
}

/// Makes the widest columns narrower until all fit; 0: no limit. A terminal that is too narrow for
/// a few characters of each gets broken lines.
void Fit(std::vector<size_t>& widths, size_t width) {
  constexpr size_t kLeast = 8;
  size_t all = 0;
  for (const size_t w : widths) all += w + 2;
  if (width == 0 || widths.empty()) return;
  for (; all > width + 2; --all) {
    const auto widest = std::max_element(widths.rbegin(), widths.rend());
    if (*widest <= kLeast) return;
    --*widest;
  }
}

std::string Count(uint64_t n, const char* unit) { return fmt::format("{} {}", n, unit); }

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t n = Utf8Length(text);
    const auto c = static_cast<unsigned char>(text[0]);
    // C1 controls are two bytes in UTF-8, and terminals obey them too.
    const bool c1 = n == 2 && c == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (n == 0 || c < 0x20 || c == 0x7F || c1) {
      out += '?';
    } else {
      out += text.substr(0, n);
    }
    text.remove_prefix(std::max<size_t>(n, 1));
  }
  return out;
}

std::string Duration(uint64_t milliseconds) {
  const uint64_t s = (milliseconds + 500) / 1000;
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string Age(uint64_t seconds) {
  if (seconds < 60) return Count(seconds, "s");
  const uint64_t minutes = seconds / 60;
  if (minutes < 60) return Count(minutes, "min");
  const uint64_t hours = minutes / 60;
  if (hours < 24) return Count(hours, "h") + (minutes % 60 ? " " + Count(minutes % 60, "min") : "");
  const uint64_t days = hours / 24;
  return Count(days, days == 1 ? "day" : "days") + (hours % 24 ? " " + Count(hours % 24, "h") : "");
}

std::string Wrap(std::string_view text, size_t width, size_t indent) {
  std::string out, line;
  const auto end_line = [&] {
    if (!out.empty()) out += "\n" + std::string(indent, ' ');
    out += line;
    line.clear();
  };
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && Length(line) + 1 + Length(word) + indent > width) end_line();
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) end_line();
  return out;
}

std::string Thousands(uint64_t n) {
  std::string out = fmt::format("{}", n);
  for (size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

std::string Times(uint64_t n) { return n == 1 ? "once" : Thousands(n) + " times"; }

std::string Time(std::string rfc3339) {
  if (rfc3339.size() >= 20 && rfc3339[10] == 'T') {
    rfc3339[10] = ' ';
    rfc3339.resize(19);
  }
  return rfc3339;
}

std::string Table(const std::vector<std::string>& headings,
                  const std::vector<std::vector<std::string>>& rows, size_t width) {
  std::vector<size_t> widths;
  for (size_t c = 0; c < headings.size(); ++c) {
    size_t widest = Length(headings[c]);
    for (const auto& row : rows) widest = std::max(widest, Length(row[c]));
    widths.push_back(widest);
  }
  Fit(widths, width);

  std::string out;
  const auto write = [&](const std::vector<std::string>& row) {
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string cell = Cut(row[c], widths[c]);
      out += cell;
      if (c + 1 < row.size()) out += std::string(widths[c] - Length(cell) + 2, ' ');
    }
    out += "\n";
  };
  write(headings);
  for (const auto& row : rows) write(row);
  return out;
}

}  // namespace um::cli

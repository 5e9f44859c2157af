#include "mailbox/delivery/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/utf8.h"
#include "mailbox/domain/schedule.h"

namespace um::delivery {
namespace {

// True for a UTF-8 sequence that must not reach a header or a screen: C0, DEL, C1, line and
// paragraph separators, and the marks that turn the direction of text around (they make "exe.pm3"
// read as "3mp.exe").
bool IsHarmful(std::string_view c) {
  if (c.size() == 1) return static_cast<unsigned char>(c[0]) < 0x20 || c[0] == 0x7F;
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(c[i]); };
  if (c.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;  // U+0080..U+009F
  if (c.size() != 3) return false;
  const int point = (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  return (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

std::string Counted(int n, const Language::Unit& unit) {
  return fmt::format("{} {}", n, n == 1 ? unit.one : unit.many);
}

size_t Characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string CleanLine(std::string_view text, size_t max_characters) {
  std::string out;
  bool space = false;
  size_t characters = 0;
  while (!text.empty() && characters < max_characters) {
    const size_t length = Utf8Length(text);
    const std::string_view c = length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length);
    text.remove_prefix(std::max<size_t>(length, 1));
    if (c == " " || IsHarmful(c)) {
      space = true;
      continue;
    }
    if (space && !out.empty()) out += ' ', ++characters;
    space = false;
    out += c;
    ++characters;
  }
  return out;
}

std::string CallerLabel(const domain::Caller& caller, const Language& language) {
  std::string label = CleanLine(caller.name, 80);
  if (label.empty()) label = CleanLine(caller.number, 80);
  return label.empty() ? language.message.unknown_caller : label;
}

int WholeSeconds(domain::Milliseconds duration) {
  return std::max(1, static_cast<int>((duration.count() + 500) / 1000));
}

std::string DurationInWords(domain::Milliseconds duration, const Language& language) {
  const int total = WholeSeconds(duration);
  const int hours = total / 3600;
  const int minutes = total / 60 % 60;
  const int seconds = total % 60;
  std::string out;
  if (hours > 0) out += Counted(hours, language.hour);
  if (minutes > 0) out += (out.empty() ? "" : " ") + Counted(minutes, language.minute);
  if (hours == 0 && (seconds > 0 || minutes == 0))
    out += (out.empty() ? "" : " ") + Counted(seconds, language.second);
  return out;
}

std::string TimeInWords(domain::WallTime time, const std::string& zone, const Language& language) {
  const domain::TimeZone users = domain::TimeZone::Load(zone).value_or(domain::TimeZone::OfNode());
  const domain::LocalTime local = users.At(time);
  const std::string hour = fmt::format("{:02}:{:02} {}", local.minute / 60, local.minute % 60,
                                       users.AbbreviationAt(time));
  return fmt::format(fmt::runtime(language.date), language.weekdays[local.weekday],
                     language.months[static_cast<unsigned>(local.date.month()) - 1],
                     static_cast<unsigned>(local.date.day()), static_cast<int>(local.date.year()),
                     hour);
}

std::string TelUri(std::string_view number) {
  std::string out;
  for (size_t i = 0; i < number.size(); ++i) {
    const char c = number[i];
    if ((c >= '0' && c <= '9') || c == '*' || (c == '+' && i == 0)) {
      out += c;
    } else if (c == '#') {
      out += "%23";
    } else if (std::string_view("-.() ").find(c) == std::string_view::npos) {
      return "";
    }
  }
  return out.empty() || out == "+" || number.size() > 40 ? "" : "tel:" + out;
}

std::string HtmlEscaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string TextRows(const Rows& rows) {
  size_t width = 0;
  for (const auto& [label, _] : rows) width = std::max(width, Characters(label));
  std::string out;
  for (const auto& [label, value] : rows) {
    out += fmt::format("{}:{} {}\n", label, std::string(width - Characters(label), ' '), value);
  }
  return out;
}

std::string HtmlRow(std::string_view what, std::string_view html) {
  return fmt::format(
      "<tr><td style=\"color:#666;padding:2px 16px 2px 0\">{}</td><td>{}</td></tr>\n", what, html);
}

std::string HtmlPage(std::string_view body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n"
      "<body style=\"font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:15px\">\n"
      "{}</body></html>\n",
      body);
}

std::string FileNameOf(std::string_view text) {
  std::string out = CleanLine(text);
  for (char& c : out) {
    if (std::string_view("/\\:*?\"<>|;").find(c) != std::string_view::npos) c = '_';
  }
  if (!out.empty() && out[0] == '.') out[0] = '_';  // hidden, or a parent directory
  return out;
}

}  // namespace um::delivery

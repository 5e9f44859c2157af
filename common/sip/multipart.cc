#include "common/sip/multipart.h"

#include <utility>

#include "common/sip/text.h"

namespace um::sip {
namespace {

constexpr size_t kMostParts = 16;
constexpr size_t kMostBoundary = 70;  // RFC 2046 section 5.1.1

std::string Parameter(std::string_view value, std::string_view name) {
  TakeUntilUnquoted(value, ';');
  while (!value.empty()) {
    std::string_view parameter = TakeUntilUnquoted(value, ';');
    const std::string_view key = Trim(TakeUntil(parameter, '='));
    if (EqualsIgnoreCase(key, name)) return Unquote(Trim(parameter));
  }
  return "";
}

// The next line without its CRLF (or LF alone: gateways' bodies have seen many hands).
std::string_view TakeLine(std::string_view& rest) {
  std::string_view line = TakeUntil(rest, '\n');
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

enum class Line { kText, kDelimiter, kEnd };

Line KindOf(std::string_view line, std::string_view boundary) {
  if (!line.starts_with("--") || !line.substr(2).starts_with(boundary)) return Line::kText;
  line.remove_prefix(2 + boundary.size());
  if (line.starts_with("--") && Trim(line.substr(2)).empty()) return Line::kEnd;
  return Trim(line).empty() ? Line::kDelimiter : Line::kText;
}

bool IsPlain(std::string_view coding) {
  const std::string name = Lower(Trim(coding));
  return name == "identity" || name == "7bit" || name == "8bit" || name == "binary";
}

void ReadHeader(std::string_view line, BodyPart& part) {
  const std::string_view name = Trim(TakeUntil(line, ':'));
  if (EqualsIgnoreCase(name, "Content-Type")) {
    part.type = MediaType(line);
  } else if (EqualsIgnoreCase(name, "Content-Disposition")) {
    part.disposition = MediaType(line);
    part.handling = Lower(Parameter(line, "handling"));
  } else if (EqualsIgnoreCase(name, "Content-Encoding") ||
             EqualsIgnoreCase(name, "Content-Transfer-Encoding")) {
    part.is_encoded = part.is_encoded || !IsPlain(line);
  }
}

// `text`: everything between two delimiters. Without a blank line it is all headers.
BodyPart ReadPart(std::string_view text) {
  BodyPart part;
  while (!text.empty()) {
    std::string header(TakeLine(text));
    if (header.empty()) break;
    while (text.starts_with(' ') || text.starts_with('\t')) header += TakeLine(text);  // folded
    ReadHeader(header, part);
  }
  part.body = text;
  return part;
}

}  // namespace

std::string MediaType(std::string_view content_type) {
  return Lower(Trim(TakeUntil(content_type, ';')));
}

std::optional<std::vector<BodyPart>> ParseMultipart(std::string_view content_type,
                                                    std::string_view body) {
  const std::string boundary = Parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > kMostBoundary) return std::nullopt;
  std::vector<BodyPart> parts;
  const char* begin = nullptr;  // of the present part
  for (std::string_view rest = body; !rest.empty();) {
    const char* line_begin = rest.data();
    const Line kind = KindOf(TakeLine(rest), boundary);
    if (kind == Line::kText) continue;
    if (begin != nullptr) {
      if (parts.size() == kMostParts) return std::nullopt;
      std::string_view text(begin, static_cast<size_t>(line_begin - begin));
      // The line break before a delimiter belongs to it.
      if (text.ends_with('\n')) text.remove_suffix(1);
      if (text.ends_with('\r')) text.remove_suffix(1);
      parts.push_back(ReadPart(text));
    }
    if (kind == Line::kEnd) return parts.empty() ? std::nullopt : std::optional(std::move(parts));
    begin = rest.data();
  }
  return std::nullopt;
}

}  // namespace um::sip

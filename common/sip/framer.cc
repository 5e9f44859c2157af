#include "common/sip/framer.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/base/status.h"
#include "common/sip/text.h"

namespace um::sip {
namespace {

constexpr std::string_view kEndOfHeaders = "\r\n\r\n";
constexpr std::string_view kCrlf = "\r\n";

struct Headers {
  int lines = 0;
  std::optional<uint32_t> content_length;
  absl::Status length;  // what is wrong with it
};

// The next line of `rest` with its continuation lines (RFC 3261 section 7.3.1), counting them.
std::string_view TakeFoldedLine(std::string_view& rest, int& lines) {
  size_t end = 0;
  do {
    end = rest.find(kCrlf, end) + kCrlf.size();  // there is one: the section ends in CRLF
    ++lines;
  } while (end < rest.size() && (rest[end] == ' ' || rest[end] == '\t'));
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end);
  return line;
}

// sofia's parser also ends lines at a bare CR or LF: it must see the lines that were counted here.
absl::Status CheckLineEnds(std::string_view section) {
  for (size_t i = section.find_first_of(std::string_view("\r\n\0", 3)); i != std::string_view::npos;
       i = section.find_first_of(std::string_view("\r\n\0", 3), i)) {
    if (section.substr(i, 2) != kCrlf)
      return absl::InvalidArgumentError("bare CR, LF or NUL in headers");
    i += 2;
  }
  return absl::OkStatus();
}

absl::Status ReadContentLength(std::string_view line, Headers& headers) {
  const std::string_view name = Trim(TakeUntil(line, ':'));
  if (!EqualsIgnoreCase(name, "Content-Length") && !EqualsIgnoreCase(name, "l"))
    return absl::OkStatus();
  const std::string_view digits = Trim(line);
  const auto length = Number(digits);
  if (!length) {
    // More digits than 32 bits hold are a length, though not one for us.
    if (!digits.empty() && std::ranges::all_of(digits, IsDigit)) {
      return absl::ResourceExhaustedError("Content-Length over the limit");
    }
    return absl::InvalidArgumentError("Content-Length is no number");
  }
  if (headers.content_length.value_or(*length) != *length) {
    return absl::InvalidArgumentError("two Content-Lengths that differ");
  }
  headers.content_length = *length;
  return absl::OkStatus();
}

// `section` is everything up to and with the empty line.
absl::StatusOr<Headers> ReadHeaders(std::string_view section, const FrameLimits& limits) {
  if (section.size() > limits.header_bytes)
    return absl::ResourceExhaustedError("headers over the limit");
  UM_RETURN_IF_ERROR(CheckLineEnds(section));
  section.remove_suffix(kCrlf.size());
  Headers headers;
  TakeFoldedLine(section, headers.lines);  // the start line
  while (!section.empty()) {
    const std::string_view line = TakeFoldedLine(section, headers.lines);
    if (headers.lines > limits.header_lines)
      return absl::ResourceExhaustedError("too many header lines");
    headers.length.Update(ReadContentLength(line, headers));
  }
  return headers;
}

}  // namespace

// The length of the message at the start of `in`, or 0 if its headers are not complete yet.
absl::StatusOr<size_t> Framer::NextLength(std::string_view in) {
  if (length_ != 0) return length_;
  if (!IsToken(in.front())) return absl::InvalidArgumentError("not SIP");
  const size_t end = in.find(kEndOfHeaders, scanned_);
  if (end == std::string_view::npos) {
    if (in.size() > limits_.header_bytes)
      return absl::ResourceExhaustedError("headers over the limit");
    scanned_ = in.size() - std::min(in.size(), kEndOfHeaders.size() - 1);
    return 0;
  }
  const std::string_view section = in.substr(0, end + kEndOfHeaders.size());
  UM_ASSIGN_OR_RETURN(const Headers headers, ReadHeaders(section, limits_));
  absl::Status wrong = headers.length;
  if (!headers.content_length) {
    wrong.Update(absl::InvalidArgumentError("no Content-Length on a stream"));
  } else if (section.size() + headers.content_length.value_or(0) > limits_.message_bytes) {
    wrong.Update(absl::ResourceExhaustedError("message over the limit"));
  }
  if (!wrong.ok()) {
    refused_ = section;
    return wrong;
  }
  length_ = section.size() + headers.content_length.value_or(0);
  return length_;
}

absl::Status Framer::Feed(std::string_view bytes,
                          const std::function<void(std::string_view)>& message,
                          const std::function<void()>& ping) {
  std::string joined;  // keeps what `in` points to
  std::string_view in = bytes;
  if (!buffer_.empty()) {
    buffer_.append(bytes);
    joined.swap(buffer_);
    in = joined;
  }
  while (!in.empty()) {
    if (in.starts_with(kEndOfHeaders)) {
      ping();
      in.remove_prefix(kEndOfHeaders.size());
      continue;
    }
    if (in == kEndOfHeaders.substr(0, in.size())) break;  // perhaps the start of a ping
    if (in.starts_with(kCrlf)) {  // RFC 3261 section 7.5: empty lines before a message are nothing
      in.remove_prefix(kCrlf.size());
      continue;
    }
    UM_ASSIGN_OR_RETURN(const size_t length, NextLength(in));
    if (length == 0 || in.size() < length) break;
    scanned_ = length_ = 0;
    message(in.substr(0, length));
    in.remove_prefix(length);
  }
  if (in.size() == joined.size()) {
    buffer_.swap(joined);  // nothing taken: a slow sender must not cost a copy for each byte
  } else {
    buffer_ = in;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string_view> CheckDatagram(std::string_view bytes, const FrameLimits& limits) {
  if (bytes.size() > limits.datagram_bytes)
    return absl::ResourceExhaustedError("datagram over the limit");
  while (bytes.starts_with(kCrlf)) bytes.remove_prefix(kCrlf.size());
  if (bytes.empty() || !IsToken(bytes.front())) return absl::InvalidArgumentError("not SIP");
  const size_t end = bytes.find(kEndOfHeaders);
  if (end == std::string_view::npos) return absl::InvalidArgumentError("no end of headers");
  const size_t section = end + kEndOfHeaders.size();
  UM_ASSIGN_OR_RETURN(const Headers headers, ReadHeaders(bytes.substr(0, section), limits));
  UM_RETURN_IF_ERROR(headers.length);
  const size_t body = bytes.size() - section;
  if (headers.content_length.value_or(0) > body)
    return absl::InvalidArgumentError("datagram is cut");
  return bytes.substr(0, section + headers.content_length.value_or(body));
}

}  // namespace um::sip

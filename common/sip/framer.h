// Framer: cuts a byte stream into SIP messages within limits, before any parser sees a byte. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace um::sip {

/// Limits on one message. sofia's header chain is quadratic and recursive: these bound what it can
/// be made to do.
struct FrameLimits {
  size_t header_bytes = size_t{16} * 1024;
  int header_lines = 128;
  size_t message_bytes = size_t{64} * 1024;
  size_t datagram_bytes = size_t{8} * 1024;
};

/// One stream's framer (RFC 3261 section 18.3).   Thread: its owner's. Not to be destroyed or fed
/// inside its callbacks.
class Framer {
 public:
  explicit Framer(FrameLimits limits = {}) : limits_(limits) {}

  /// Takes what arrived. Calls `message` for each whole message and `ping` for each CRLFCRLF
  /// between messages (RFC 5626 section 4.4.1: answer with CRLF). Not OK: the stream cannot be
  /// trusted any more, close it. A message needs exactly one numeric Content-Length (or `l`), or
  /// several that agree; its header lines end in CRLF and hold no NUL. kResourceExhausted: over a
  /// limit (413 would say so); kInvalidArgument: not SIP.
  absl::Status Feed(std::string_view bytes, const std::function<void(std::string_view)>& message,
                    const std::function<void()>& ping);
  /// Bytes of a message begun and not finished.
  size_t pending() const { return buffer_.size(); }
  /// After a failure that only concerns the length: the header section of the message refused, fit
  /// to be parsed and answered. Else empty.
  const std::string& refused() const { return refused_; }

 private:
  absl::StatusOr<size_t> NextLength(std::string_view in);

  FrameLimits limits_;
  std::string buffer_;  // a message begun
  std::string refused_;
  size_t scanned_ = 0;  // so much of buffer_ holds no end of headers
  size_t length_ = 0;   // of the message begun; 0: its headers are not complete
};

/// The same checks for one datagram (RFC 3261 section 18.3), where Content-Length may be absent
/// (then the body is the rest) and must not exceed what is there. OK: `bytes` cut to the message.
absl::StatusOr<std::string_view> CheckDatagram(std::string_view bytes, const FrameLimits& limits);

}  // namespace um::sip

// Session descriptions as a plain value: sofia-sip's SDP parser is behind Parse().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace um::sip {

enum class Direction { kSendRecv, kSendOnly, kRecvOnly, kInactive };

struct RtpMap {
  int payload_type = 0;  ///< -1: not RTP, and `encoding` is the format as written ("t38")
  std::string encoding;  ///< upper case: "PCMU", "TELEPHONE-EVENT"; empty: a dynamic type without a=rtpmap
  int clock_rate = 0;    ///< [Hz]
  int channels = 1;
  std::string fmtp;      ///< the a=fmtp parameters, or ""
};

struct MediaDescription {
  std::string type;      ///< "audio", "image", ...
  uint16_t port = 0;     ///< 0: refused or disabled
  std::string protocol;  ///< "RTP/AVP", "RTP/SAVP", ...
  std::string address;   ///< this media's or the session's connection address, an IP literal; may be "" if port is 0
  std::vector<RtpMap> formats;  ///< in order of preference; static payload types filled in (RFC 3551)
  Direction direction = Direction::kSendRecv;
  int ptime = 0;         ///< [ms]; 0: not given
  int maxptime = 0;      ///< [ms]; 0: not given
};

struct SessionDescription {
  std::string origin_user = "-";
  uint64_t session_id = 0;
  uint64_t version = 0;
  std::string address;   ///< the session's connection address, an IP literal; "" if only the media have one
  std::vector<MediaDescription> media;

  /// kInvalidArgument for what is not SDP or has no usable origin, connection or media line, for a name instead of an
  /// address, and for more than 16 kB, 16 media lines or 32 formats in one.
  static absl::StatusOr<SessionDescription> Parse(std::string_view text);
  /// RFC 8866 text. Refused media (port 0) are written as their m= line alone.
  std::string ToString() const;
};

}  // namespace um::sip

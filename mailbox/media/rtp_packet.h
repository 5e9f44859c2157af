// RtpPacket: one RTP packet as it is on the wire (RFC 3550 section 5.1).   Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace um::media {

inline constexpr size_t kRtpHeader = 12;  // bytes, without contributing sources and extension

struct RtpPacket {
  uint8_t payload_type = 0;
  bool marker = false;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
  std::span<const uint8_t> payload;  ///< a view into the datagram; padding is cut off
};

/// nullopt unless `datagram` is one whole RTP packet of version 2. RTCP (RFC 5761 section 4) is
/// refused too.
std::optional<RtpPacket> ParseRtp(std::span<const uint8_t> datagram);

/// Writes the kRtpHeader bytes of the header; the payload is the caller's affair.
void WriteRtpHeader(const RtpPacket& packet, std::span<uint8_t, kRtpHeader> out);

}  // namespace um::media

// RTCP packets (RFC 3550 section 6): what we report, and what we are told.   Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/async/loop.h"

namespace um::media {

/// Section 6.4.1: one source's reception.
struct ReportBlock {
  uint32_t ssrc = 0;
  uint8_t fraction_lost = 0;    ///< [1/256] since the report before
  int32_t cumulative_lost = 0;  ///< 24 bits, signed
  uint32_t highest_sequence = 0;
  uint32_t jitter = 0;   ///< timestamp units
  uint32_t last_sr = 0;  ///< middle 32 bits of the NTP time of the last sender report; 0: none
  uint32_t since_last_sr = 0;  ///< [1/65536 s]
};

/// Section 6.4.1: what a sender has sent.
struct SenderInfo {
  uint64_t ntp = 0;
  uint32_t rtp_timestamp = 0;  ///< at the same instant
  uint32_t packets = 0;
  uint32_t octets = 0;  ///< of payload
};

/// What we send, always as a compound packet: SR or RR, SDES with CNAME, and BYE at the end.
struct RtcpReport {
  uint32_t ssrc = 0;
  std::optional<SenderInfo> sender;
  std::optional<ReportBlock> block;
  std::string_view cname;  ///< at most 64 characters
  bool bye = false;
};
inline constexpr size_t kMaxRtcpReport = 160;

/// @return the bytes written.
size_t WriteRtcp(const RtcpReport& report, std::span<uint8_t, kMaxRtcpReport> out);

/// What a compound packet told us.
struct RtcpNews {
  uint32_t ssrc = 0;                    ///< its sender
  std::optional<uint64_t> ntp;          ///< of its sender report
  std::optional<ReportBlock> about_us;  ///< its report block about `our_ssrc`
  bool bye = false;
};
/// nullopt if `datagram` is no valid compound packet (appendix A.2).
std::optional<RtcpNews> ParseRtcp(std::span<const uint8_t> datagram, uint32_t our_ssrc);

/// 64-bit NTP timestamp (section 4), and its middle 32 bits.
uint64_t NtpTime(async::WallTime time);
inline uint32_t NtpMiddle(uint64_t ntp) { return static_cast<uint32_t>(ntp >> 16); }

}  // namespace um::media

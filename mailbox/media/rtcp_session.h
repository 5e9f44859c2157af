// RtcpSession: when to report, and what the other side's reports mean (RFC 3550 sections 6.2
// to 6.4). Pure; thread: media.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "mailbox/media/rtcp.h"

namespace um::media {

class RtcpSession {
 public:
  /// `cname`: RFC 7022 section 4.2: random, and nothing about this machine.
  RtcpSession(std::string cname, uint32_t seed) : cname_(std::move(cname)), random_(seed) {}

  /// True if a report is due; the one after it is then 2.5 to 7.5 s away (section 6.3.1; with two
  /// members the minimum interval of 5 s always rules, and the first comes in half of it).
  bool Due(async::Time now);
  /// A compound packet about us (`sender`) and about `source`, whose sender report we may have
  /// heard.
  size_t Write(uint32_t ssrc, const std::optional<SenderInfo>& sender,
               std::optional<ReportBlock> source, bool bye, async::WallTime now,
               std::span<uint8_t, kMaxRtcpReport> out);
  void Read(const RtcpNews& news, async::WallTime arrival);

  bool reported() const { return reported_; }
  double round_trip_ms() const { return round_trip_ms_; }
  /// Share of our packets that the other side lost, of its last report: 0 to 1.
  double remote_loss() const { return remote_loss_; }

 private:
  std::string cname_;
  std::minstd_rand random_;
  async::Time next_ = async::Time::min();
  bool reported_ = false;
  uint32_t last_sr_ = 0;
  uint32_t last_sr_ssrc_ = 0;
  async::WallTime last_sr_arrival_{};
  double round_trip_ms_ = 0;
  double remote_loss_ = 0;
};

}  // namespace um::media

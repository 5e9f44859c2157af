#include "mailbox/media/rtcp_session.h"

#include <algorithm>

namespace um::media {
namespace {
using async::Duration;
constexpr Duration kInterval{5'000'000};

Duration Randomised(Duration interval, std::minstd_rand& random) {
  // Section 6.3.1: between half and one and a half times, so that sessions do not fall into step.
  return interval / 2 + Duration(random() % interval.count());
}
}  // namespace

bool RtcpSession::Due(async::Time now) {
  if (next_ == async::Time::min()) next_ = now + Randomised(kInterval / 2, random_);
  if (now < next_) return false;
  next_ = now + Randomised(kInterval, random_);
  return true;
}

size_t RtcpSession::Write(uint32_t ssrc, const std::optional<SenderInfo>& sender,
                          std::optional<ReportBlock> source, bool bye, async::WallTime now,
                          std::span<uint8_t, kMaxRtcpReport> out) {
  if (source && source->ssrc == last_sr_ssrc_ && last_sr_ != 0) {
    source->last_sr = last_sr_;
    const int64_t since = std::max<int64_t>((now - last_sr_arrival_).count(), 0);
    source->since_last_sr =
        static_cast<uint32_t>(std::min<int64_t>(since * 65536 / 1'000'000, UINT32_MAX));
  }
  reported_ = true;
  return WriteRtcp({.ssrc = ssrc, .sender = sender, .block = source, .cname = cname_, .bye = bye},
                   out);
}

void RtcpSession::Read(const RtcpNews& news, async::WallTime arrival) {
  if (news.ntp) {
    last_sr_ = NtpMiddle(*news.ntp);
    last_sr_ssrc_ = news.ssrc;
    last_sr_arrival_ = arrival;
  }
  if (!news.about_us) return;
  remote_loss_ = news.about_us->fraction_lost / 256.0;
  if (news.about_us->last_sr == 0) return;
  // Section 6.4.1: A - LSR - DLSR, in 1/65536 s. A negative or huge value is a clock that was set.
  const auto trip = static_cast<int32_t>(NtpMiddle(NtpTime(arrival)) - news.about_us->last_sr -
                                         news.about_us->since_last_sr);
  if (trip >= 0 && trip < 60 * 65536) round_trip_ms_ = trip * 1000.0 / 65536;
}

}  // namespace um::media

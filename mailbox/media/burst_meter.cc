#include "mailbox/media/burst_meter.h"

namespace um::media {

void BurstMeter::Add(bool received) {
  const int64_t place = packets_++;
  if (received) {
    if (losses_ > 0 && place - last_loss_ >= kGmin) Close();
    ends_with_burst_ = false;
    return;
  }
  if (losses_++ == 0) first_loss_ = place;
  last_loss_ = place;
}

void BurstMeter::Close() {
  if (losses_ > 1) {
    ++bursts_;
    in_bursts_ += last_loss_ - first_loss_ + 1;
    lost_in_bursts_ += losses_;
    if (first_loss_ == 0) begins_with_burst_ = true;
    ends_with_burst_ = last_loss_ == packets_ - 1;
  }
  losses_ = 0;
}

domain::BurstLoss BurstMeter::Result(double packet_ms) const {
  BurstMeter over = *this;
  over.Close();
  const int64_t gaps =
      over.bursts_ + 1 - (over.begins_with_burst_ ? 1 : 0) - (over.ends_with_burst_ ? 1 : 0);
  const auto in_bursts = static_cast<double>(over.in_bursts_);
  domain::BurstLoss result;
  if (gaps > 0) {
    const double in_gaps = static_cast<double>(packets_) - in_bursts;
    result.gap_ms = packet_ms * in_gaps / static_cast<double>(gaps);
  }
  if (over.bursts_ == 0) return result;
  result.density_percent = 100 * static_cast<double>(over.lost_in_bursts_) / in_bursts;
  result.burst_ms = packet_ms * in_bursts / static_cast<double>(over.bursts_);
  return result;
}

}  // namespace um::media

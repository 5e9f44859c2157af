#include "mailbox/media/reception.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace um::media {
namespace {
// RFC 3550 appendix A.1.
constexpr int kMaxDropout = 3000;
constexpr int kMaxMisorder = 100;
constexpr int kWindow = 64;
constexpr double kMaxTransit = 8000;  // a second: a stepped clock, not jitter
}  // namespace

void Reception::Begin(uint16_t sequence) {
  received_before_ += received_;
  lost_before_ += static_cast<uint64_t>(std::max<int64_t>(LostNow(), 0));
  Settle(highest_ + 1);
  bursts_.Restart();
  // A later cycle, so that extended numbers grow whatever the new source starts with, even if its
  // second packet overtook its first.
  origin_ = ((highest_ >> 16) + 2) * 65536;
  highest_ = base_ = settled_ = origin_ + sequence;
  received_ = 1;
  window_ = 1;
  reported_expected_ = reported_received_ = 0;
  after_jump_ = -1;
  timed_ = false;
  jitter_ = 0;
  started_ = true;
}

Reception::Seen Reception::Add(uint16_t sequence) {
  if (!started_) {
    Begin(sequence);
    return {Arrival::kNew, highest_};
  }
  const auto ahead = static_cast<uint16_t>(sequence - static_cast<uint16_t>(highest_));
  if (ahead != 0 && ahead < kMaxDropout) {
    Settle(highest_ + ahead - kWindow + 1);
    window_ = ahead >= kWindow ? 1 : window_ << ahead | 1;
    highest_ += ahead;
    ++received_;
    after_jump_ = -1;
    return {Arrival::kNew, highest_};
  }
  const int behind = ahead == 0 ? 0 : 65536 - ahead;
  if (behind < kMaxMisorder) return AddOld(behind);
  // Appendix A.1: two packets in sequence mean that the other side restarted without telling us.
  if (sequence == after_jump_) {
    Begin(sequence);
    return {Arrival::kRestarted, highest_};
  }
  after_jump_ = static_cast<uint16_t>(sequence + 1);
  return {Arrival::kRefused, 0};
}

Reception::Seen Reception::AddOld(int behind) {
  if (behind >= kWindow || (window_ >> behind & 1) != 0) {
    ++duplicates_;
    return {Arrival::kDuplicate, highest_ - behind};
  }
  window_ |= uint64_t{1} << behind;
  base_ = std::min(base_, highest_ - behind);
  settled_ = std::min(settled_, highest_ - behind);
  ++received_;
  return {Arrival::kNew, highest_ - behind};
}

void Reception::AddTiming(uint32_t timestamp, async::WallTime arrival) {
  if (timed_) {
    const double arrived = std::chrono::duration<double>(arrival - last_arrival_).count() * 8000;
    const double sent = static_cast<int32_t>(timestamp - last_timestamp_);
    const double difference = std::abs(arrived - sent);
    // Silence suppression and restarts make differences that say nothing about the network.
    if (difference < kMaxTransit) jitter_ += (difference - jitter_) / 16;
  }
  timed_ = true;
  last_timestamp_ = timestamp;
  last_arrival_ = arrival;
}

void Reception::Settle(int64_t end) {
  for (; settled_ < end; ++settled_) {
    const int64_t behind = highest_ - settled_;
    bursts_.Add(behind >= 0 && behind < kWindow && (window_ >> behind & 1) != 0);
  }
}

domain::BurstLoss Reception::bursts(double packet_ms) const {
  Reception over = *this;
  over.Settle(over.highest_ + 1);
  return over.bursts_.Result(packet_ms);
}

int64_t Reception::LostNow() const {
  return highest_ - base_ + 1 - static_cast<int64_t>(received_);
}

uint64_t Reception::lost() const {
  return lost_before_ + static_cast<uint64_t>(std::max<int64_t>(LostNow(), 0));
}

ReportBlock Reception::Report(uint32_t ssrc) {
  // Appendix A.3.
  const int64_t expected = highest_ - base_ + 1;
  const int64_t expected_now = expected - reported_expected_;
  const int64_t received_now = static_cast<int64_t>(received_) - reported_received_;
  const int64_t lost_now = expected_now - received_now;
  reported_expected_ = expected;
  reported_received_ = static_cast<int64_t>(received_);
  ReportBlock block;
  block.ssrc = ssrc;
  if (expected_now > 0 && lost_now > 0) {
    block.fraction_lost =
        static_cast<uint8_t>(std::min<int64_t>(lost_now * 256 / expected_now, 255));
  }
  block.cumulative_lost = static_cast<int32_t>(std::clamp<int64_t>(LostNow(), -0x800000, 0x7FFFFF));
  block.highest_sequence = static_cast<uint32_t>(highest_ - origin_);
  block.jitter = static_cast<uint32_t>(jitter_);
  return block;
}

}  // namespace um::media

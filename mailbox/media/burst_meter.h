// BurstMeter: how a stream's loss is spread (RFC 3611 section 4.7.2, Gmin 16).   Pure; thread:
// media.
#pragma once

#include <cstdint>

#include "mailbox/domain/call_quality.h"

namespace um::media {

/// Fed with what became of each packet in the order of sending. Between two losses of one burst
/// less than kGmin packets came; a loss that has none so near belongs to a gap.
class BurstMeter {
 public:
  static constexpr int64_t kGmin = 16;

  void Add(bool received);
  /// Another source follows: what it loses is no burst with what was lost before.
  void Restart() { Close(); }
  /// @param packet_ms how long a packet is
  domain::BurstLoss Result(double packet_ms) const;

 private:
  void Close();

  int64_t packets_ = 0;
  // The losses that may be a burst.
  int64_t first_loss_ = 0, last_loss_ = 0;  // their places
  int64_t losses_ = 0;
  // Bursts that are over.
  int64_t bursts_ = 0, in_bursts_ = 0, lost_in_bursts_ = 0;
  bool begins_with_burst_ = false;
  bool ends_with_burst_ = false;
};

}  // namespace um::media

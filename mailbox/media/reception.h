// Reception: the arrival side of one RTP source: order, duplicates, loss and jitter (RFC 3550
// appendices A.1, A.3 and A.8).   Pure; thread: media.
#pragma once

#include <cstdint>

#include "common/async/loop.h"
#include "mailbox/media/burst_meter.h"
#include "mailbox/media/rtcp.h"

namespace um::media {

enum class Arrival {
  kNew,        ///< not seen before: next in order, ahead of a gap, or late
  kDuplicate,  ///< seen, or too old to tell
  kRefused,    ///< a wild jump of the sequence number; another like it makes it the new sequence
  kRestarted,  ///< the second of such a jump: counting starts here
};

class Reception {
 public:
  struct Seen {
    Arrival arrival = Arrival::kRefused;
    int64_t sequence = 0;  ///< extended over wraps; grows through restarts too
  };

  /// A new source: everything but the totals starts anew. Sequence numbers go on growing.
  void Restart() { started_ = false; }
  Seen Add(uint16_t sequence);
  /// For audio packets, after Add(): RFC 3550 section 6.4.1, in timestamp units of 1/8000 s.
  void AddTiming(uint32_t timestamp, async::WallTime arrival);

  /// What goes into a report now; starts the next interval of "fraction lost".
  ReportBlock Report(uint32_t ssrc);
  /// The highest sequence number so far; -1 before the first packet.
  int64_t highest() const { return highest_; }
  uint64_t received() const { return received_before_ + received_; }
  uint64_t duplicates() const { return duplicates_; }
  uint64_t lost() const;
  double jitter_ms() const { return jitter_ / 8; }
  /// How what was lost is spread. Late packets that came within the window are no loss here.
  domain::BurstLoss bursts(double packet_ms) const;

 private:
  void Begin(uint16_t sequence);
  Seen AddOld(int behind);
  int64_t LostNow() const;
  /// What became of sequence numbers below `end` is decided.
  void Settle(int64_t end);

  bool started_ = false;
  int64_t origin_ = 0;  // of this source's extended numbers: it reports cycles from zero
  int64_t base_ = 0;    // first sequence number of this source
  int64_t highest_ = -1;
  uint64_t window_ = 0;  // bit n: highest_ - n was received
  int64_t settled_ = 0;  // bursts_ knows what became of those below
  BurstMeter bursts_;
  int32_t after_jump_ = -1;
  bool timed_ = false;
  uint32_t last_timestamp_ = 0;
  async::WallTime last_arrival_{};
  double jitter_ = 0;  // timestamp units
  uint64_t received_ = 0;
  uint64_t duplicates_ = 0;
  int64_t reported_expected_ = 0;
  int64_t reported_received_ = 0;
  // Of the sources before this one.
  uint64_t received_before_ = 0;
  uint64_t lost_before_ = 0;
};

}  // namespace um::media

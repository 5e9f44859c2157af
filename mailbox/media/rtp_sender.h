// RtpSender: the packets of what is being played, and of the quiet line around it.   Pure; thread:
// media.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mailbox/domain/clip.h"
#include "mailbox/media/coding.h"
#include "mailbox/media/rtp_packet.h"

namespace um::media {

/// One outgoing source for a whole call: SSRC, sequence and timestamp start at random (RFC 3550
/// section 5.1) and never jump, whatever is played, held or renegotiated.
class RtpSender {
 public:
  static constexpr size_t kMaxSamples = 480;  // 60 ms
  using Buffer = std::span<uint8_t, kRtpHeader + kMaxSamples>;

  /// `random`: 10 bytes nobody can guess.
  explicit RtpSender(std::span<const uint8_t, 10> random);

  void Play(std::vector<domain::ClipPtr> clips);
  void StopPlaying() { clips_.clear(); }
  bool playing() const { return !clips_.empty(); }

  struct Form {
    domain::Law law = domain::Law::kMu;
    Encoder* encoder = nullptr;  ///< in place of `law`
    uint8_t payload_type = 0;
    uint32_t ticks = 1;  ///< of the RTP clock, in a sample
    size_t samples = 0;  ///< in a packet
  };
  /// The next packet. @return its size; `ended` when the last sample that was to be played is in
  /// it.
  size_t Next(const Form& form, Buffer out, bool& ended);
  /// Time goes by without a packet.
  void Skip(size_t ticks);
  void Sent(size_t payload) {
    ++packets_;
    octets_ += payload;
  }

  uint32_t ssrc() const { return ssrc_; }
  uint32_t timestamp() const { return timestamp_; }  ///< of the next packet
  uint64_t packets() const { return packets_; }
  uint64_t octets() const { return octets_; }

 private:
  /// The next samples of what is played, each as `Of(clip)` has them, then comfort noise.
  template <class T, class Of>
  bool Fill(std::span<T> out, const Of& of);

  uint32_t ssrc_;
  uint16_t sequence_;
  uint32_t timestamp_;
  bool marker_ = true;  // the next packet is the first after a pause
  std::vector<domain::ClipPtr> clips_;
  size_t clip_ = 0;
  size_t position_ = 0;  // in that clip
  size_t noise_ = 0;     // position in the comfort noise
  uint64_t packets_ = 0;
  uint64_t octets_ = 0;
};

}  // namespace um::media

// AudioLine: one caller's telephone: RTP out at an exact pace, RTP in.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "common/async/loop.h"
#include "common/net/endpoint.h"
#include "mailbox/media/rtp_packet.h"
#include "mailbox/media/udp.h"
#include "tests/support/caller/impaired_path.h"
#include "tests/support/caller/tone_detector.h"

namespace um::tests {

/// What the lines of all callers have in common: so many samples say how far their measurements
/// can be trusted.
struct LineStatistics {
  std::vector<float> late_ms;  ///< of each packet sent: how long after its time
  uint64_t heard = 0;          ///< packets
  uint64_t gaps = 0;           ///< packets or samples of the other side's that are missing
};

/// Sends 20 ms of µ-law every 20 ms from Start() on: silence, then what Say() brings, then silence
/// again; keys as RFC 4733 events instead of audio.   Thread: loop.
class AudioLine {
 public:
  struct Events {
    std::function<void()> tone;  ///< has been heard, and is over
    std::function<void()> said;  ///< the last packet of what was to be said, or of a key, is old
  };
  AudioLine(async::Loop& loop, media::Batch& batch, LineStatistics& statistics,
            const Impairment& impairment, Events events);

  absl::Status Open(media::PortRange& ports, const net::IpAddress& local);
  uint16_t port() const { return ports_.port; }
  void Start(const net::Endpoint& remote);
  /// `codes`: whole packets; must stay until the end.
  void Say(std::span<const uint8_t> codes) { to_say_ = codes; }
  /// Sends a key as an event of 160 ms.
  void Press(char key);
  void Stop() { timer_.Stop(); }

  static constexpr uint8_t kEventType = 101;  ///< telephone-event's payload type
  /// When the first packet of speech left.
  async::Time began() const { return began_; }

 private:
  void OnTime();
  void Listen();
  void Hear(const media::RtpPacket& packet);
  void Send(std::span<const uint8_t> codes);
  void SendEvent();
  void SendPacket(uint8_t type, bool marker, uint32_t timestamp, std::span<const uint8_t> payload);

  // Passed in.
  async::Loop& loop_;
  media::Batch& batch_;
  LineStatistics& statistics_;
  const Events events_;
  // State.
  media::PortPair ports_;
  ImpairedPath path_;
  sockaddr_storage remote_{};
  socklen_t remote_size_ = 0;
  uint16_t sequence_;
  uint32_t timestamp_;
  const uint32_t ssrc_;
  async::Time due_{};
  std::span<const uint8_t> to_say_;
  bool speaking_ = false;
  uint8_t event_ = 0;
  int event_packets_ = 0;  // still to be sent
  async::Time began_{};
  bool heard_ = false;
  uint16_t next_sequence_ = 0;
  uint32_t next_timestamp_ = 0;
  ToneDetector tone_;
  async::Timer timer_;
};

}  // namespace um::tests

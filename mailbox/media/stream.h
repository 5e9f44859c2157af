// Stream: one session's sockets and everything behind them.
//
// Its data has one owner at a time, by its lock: mostly the media thread, for the microseconds of a
// tick, and for as short the loop thread, when the call wants something. So a call's wishes take
// effect at once (a recording starts with the next packet, and has all packets when it stops),
// nothing is queued, and the media thread never waits: it tries the lock and comes back in the next
// slot.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "mailbox/media/coding.h"
#include "mailbox/media/engine.h"
#include "mailbox/media/reception.h"
#include "mailbox/media/recorder.h"
#include "mailbox/media/rtcp_session.h"
#include "mailbox/media/rtp_packet.h"
#include "mailbox/media/rtp_sender.h"
#include "mailbox/media/source_rule.h"
#include "mailbox/media/telephone_events.h"
#include "mailbox/media/tone_keys.h"
#include "mailbox/media/udp.h"

namespace um::media {

/// What a stream tells its session.   Called with the stream's lock held: it must only post.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;
  virtual void OnKey(char key) = 0;
  virtual void OnToneKey(char key) = 0;
  virtual void OnPlayed(uint64_t play) = 0;
  virtual void OnRecordingStopped(uint64_t recording, RecordingStop why) = 0;
  virtual void OnMediaLost() = 0;
};

class Stream {
 public:
  static constexpr async::Duration kSlot{10'000};  ///< how often a stream may need service

  Stream(PortPair ports, async::Duration rtp_timeout, std::shared_ptr<StreamEvents> events);

  // Thread: loop. See Session. `play` and `recording` come back in the events.
  void Configure(const StreamParameters& parameters, async::Time now);
  void Play(std::vector<domain::ClipPtr> clips, uint64_t play);
  void StopPlaying();
  void StartRecording(domain::AudioSink& sink, RecordLimits limits, uint64_t recording,
                      Batch& batch, async::Time now);
  void StopRecording(Batch& batch, async::Time now);
  /// Says goodbye (RTCP BYE) and closes the sockets. No event comes after it.
  void Close(Batch& batch, async::Time now);
  Statistics statistics() const;

  enum class Service { kDone, kBusy, kClosed };
  /// Reads what arrived and sends what is due at `slot`, a multiple of kSlot.   Thread: media;
  /// never waits.
  /// @param slots set to the number of slots until it wants service again.
  Service Serve(async::Time slot, async::Time now, Batch& batch, int& slots);

 private:
  enum class Kind { kMuAudio, kAAudio, kCoded, kComfortNoise, kEvent, kUnknown };

  void Receive(Batch& batch, int batches, async::Time now);
  void OnRtp(const Batch::Datagram& datagram, async::Time now);
  Kind KindOf(uint8_t payload_type) const;
  uint32_t Ticks() const;  // of the RTP clock, in a sample
  uint32_t InSamples(uint32_t timestamp);
  void HearTones(const Assembler::Piece& piece, domain::Law law);
  void OnPacket(const RtpPacket& packet, Kind kind, int64_t sequence, async::Time now);
  void ReceiveRtcp(Batch& batch);
  void CheckLimits(async::Time now);
  void Send(async::Time slot);
  void SendPacket();
  void SendRtcp(async::Time now, bool bye);
  void DropRecorder(async::Time now);
  bool MaySend() const;

  mutable std::mutex mutex_;
  // Passed in.
  const async::Duration rtp_timeout_;
  const std::shared_ptr<StreamEvents> events_;
  // State, guarded by mutex_.
  PortPair ports_;
  bool closed_ = false;
  std::optional<StreamParameters> parameters_;
  sockaddr_storage remote_{};
  socklen_t remote_size_ = 0;
  sockaddr_storage remote_rtcp_{};
  domain::Law record_law_ = domain::Law::kMu;
  // Sending.
  RtpSender sender_;
  uint64_t play_ = 0;
  async::Time next_send_ = async::Time::min();  // min: with the next slot
  uint64_t reported_packets_ = 0;
  std::unique_ptr<Encoder> encoder_;  // null: G.711
  // Receiving.
  std::unique_ptr<Decoder> decoder_;  // null: G.711
  int64_t extended_timestamp_ = 0;    // of a clock that counts more than samples; 0: none yet
  SourceRule source_;
  Reception reception_;
  TelephoneEvents keys_;
  std::unique_ptr<ToneKeys> tones_;  // once the peer has agreed on no events
  std::optional<uint32_t> ssrc_;
  uint64_t refused_ = 0;
  uint64_t late_ = 0;      // of recordings that ended
  double packet_ms_ = 20;  // of the last audio packet
  async::Time last_rtp_{};
  bool lost_reported_ = false;
  // Recording.
  std::optional<Recorder> recorder_;
  uint64_t recording_ = 0;
  // Reports.
  RtcpSession rtcp_;
  async::Time next_rtcp_read_ = async::Time::min();
};

}  // namespace um::media

// The media engine: RTP sessions on a few threads with a 20 ms tick. Calls hold a Session each;
// threads do not grow with calls.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async/loop.h"
#include "common/net/endpoint.h"
#include "mailbox/domain/call_quality.h"
#include "mailbox/domain/clip.h"
#include "mailbox/domain/codec.h"
#include "mailbox/domain/ports.h"
#include "mailbox/domain/time.h"

namespace um::media {

struct EngineOptions {
  int threads = 1;
  uint16_t first_port = 16384;  ///< even; RTP on even ports, RTCP on the next (RFC 3550 section 11)
  uint16_t last_port = 32767;
  /// Run the media threads with SCHED_FIFO where the system allows it.
  bool real_time = true;
};

/// What an offer and its answer agreed on. Trivially copyable.
struct StreamParameters {
  net::Endpoint remote;                        ///< where our RTP goes
  domain::Codec codec = domain::Codec::kPcmu;  ///< both ways
  uint8_t payload_type = 0;                    ///< what we send
  uint8_t receive_payload_type = 0;            ///< what we expect
  int packet_ms = 20;           ///< what we send: 10 to 60. Received packets may have any length
  int event_payload_type = -1;  ///< telephone-event (RFC 4733); -1: none
  int event_clock_rate = 8000;  ///< [Hz]
  bool send = true;             ///< we may send (not held)
  bool receive = true;          ///< the peer will send; while false silence is not counted
  bool strict_source =
      false;  ///< take RTP from remote.ip and remote.port only; else learn the source
};

struct RecordLimits {
  async::Duration max{};
  async::Duration idle_timeout{};
};
enum class RecordingStop { kSilence, kLimit };

/// RTCP and arrival statistics (RFC 3550 section 6.4).
struct Statistics {
  uint64_t packets_received = 0, packets_sent = 0;
  uint64_t packets_lost = 0, packets_late = 0, packets_duplicate = 0;
  uint64_t packets_refused = 0;  ///< from a stranger, malformed, or an unknown payload type
  domain::BurstLoss bursts;
  double jitter_ms = 0;
  double round_trip_ms = 0;  ///< by the peer's RTCP; 0: unknown
  double remote_loss = 0;  ///< share of our packets that the peer lost lately, by its RTCP: 0 to 1
};

/// One call's audio.   Thread: loop, callbacks included. Destroying it closes its sockets; no
/// callback comes after that.
class Session {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    /// A key, once per press (RFC 4733 section 2.5): '0'-'9', '*', '#', 'A'-'D'.
    virtual void OnKey(char key) = 0;
    /// The same, but heard as a tone in the audio. Only listened for if the peer has not agreed on
    /// telephone-event.
    virtual void OnToneKey(char key) = 0;
    /// Everything given to Play() has been sent.
    virtual void OnPlayed() = 0;
    virtual void OnRecordingStopped(RecordingStop why) = 0;
    /// No RTP for `rtp_timeout` while the peer should send.
    virtual void OnMediaLost() = 0;
  };

  virtual ~Session() = default;
  virtual uint16_t port() const = 0;
  /// Starts or changes the stream (first answer, re-INVITE, hold). The RTP sequence numbers,
  /// timestamps and SSRC go on.
  virtual void Configure(const StreamParameters& parameters) = 0;
  /// Replaces what is being played. OnPlayed() comes when all has been sent.
  virtual void Play(std::vector<domain::ClipPtr> clips) = 0;
  /// Stops playing; no OnPlayed().
  virtual void StopPlaying() = 0;
  /// Appends the caller's audio to `sink` (in the law of the first Configure(), µ-law if that was
  /// no G.711), in order, with loss concealed, until StopRecording() or a limit. Keys, their tones,
  /// and what arrives while one is held are not recorded. `sink` is used until StopRecording()
  /// returns or OnRecordingStopped() is called. Appended to by a media thread, and by the loop's in
  /// StopRecording(), Configure() and the destructor: never by two at once.
  virtual void StartRecording(domain::AudioSink& sink, RecordLimits limits) = 0;
  /// When it returns, everything received so far has been appended and `sink` is not touched again.
  virtual void StopRecording() = 0;
  virtual Statistics statistics() const = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// Opens a session on `local` and the next free port pair. `listener` outlives the session.
  /// kResourceExhausted: no port is free.
  virtual absl::StatusOr<std::unique_ptr<Session>> Open(const net::IpAddress& local,
                                                        Session::Listener& listener,
                                                        async::Duration rtp_timeout) = 0;
};

/// `loop` and the engine's maker outlive it. Callbacks are posted to `loop`.
std::unique_ptr<Engine> StartEngine(async::Loop& loop, const EngineOptions& options);

}  // namespace um::media

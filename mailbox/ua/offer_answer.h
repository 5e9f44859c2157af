// Offer and answer (RFC 3264) for one audio stream in one of domain::kCodecs, with telephone
// events. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/net/endpoint.h"
#include "common/sip/sdp.h"
#include "mailbox/domain/codec.h"

namespace um::ua {

/// What was agreed, from our side.
struct AudioPlan {
  net::Endpoint remote;  ///< where our RTP goes; port 0 or an unspecified address: nowhere (held)
  domain::Codec codec = domain::Codec::kPcmu;
  int payload_type = 0;          ///< what we send
  int receive_payload_type = 0;  ///< what the peer sends
  int packet_ms = 20;
  int event_payload_type = -1;                 ///< what the peer sends events with; -1: none
  int event_clock_rate = domain::kSampleRate;  ///< [Hz]
  sip::Direction direction = sip::Direction::kSendRecv;  ///< ours: kSendOnly when the peer holds us
                                                         ///< ("recvonly" of it), ...
};

/// Our side of one session's negotiation; keeps origin and version over re-offers (RFC 3264 section
/// 8).
class Negotiator {
 public:
  /// `local` is the address and RTP port to put into our descriptions.
  Negotiator(net::Endpoint local, uint64_t session_id);
  /// Answers an offer. The first audio stream with a codec of ours is taken, every other m-line
  /// refused with port 0, in order: in G.711 if it is offered, as the peer prefers its laws, else
  /// in the codec that we like best. After the first agreement the codec is kept if the offer still
  /// has it. kInvalidArgument: not SDP (400); kFailedPrecondition: nothing in common (488).
  absl::StatusOr<std::string> Answer(const std::string& offer);
  /// Our offer: all codecs (later the agreed one and G.711), events, 20 ms.
  std::string Offer();
  /// Takes the answer to Offer().
  absl::Status Accept(const std::string& answer);
  /// What is agreed now. Only after one of the above succeeded.
  const AudioPlan& plan() const { return plan_; }

 private:
  struct Choice;
  absl::StatusOr<Choice> Choose(const sip::SessionDescription& description) const;
  void Plan(const Choice& choice, const sip::SessionDescription& description);
  std::string Describe(const sip::SessionDescription& description);
  net::Endpoint local_;
  uint64_t session_id_;
  uint64_t version_ = 0;
  bool agreed_ = false;
  AudioPlan plan_;
  sip::SessionDescription
      ours_;  // as last described; ours_.media keeps the order of m-lines for the session's life
  size_t stream_ = 0;  // which of ours_.media is the audio
};

}  // namespace um::ua

// Caller: one call as a PBX would place it for a caller whom nobody answered.
//
//   INVITE ──▶ um-proxy, 302 ──▶ INVITE to the contact, 200, ACK ──▶ what its part says, e.g.
//   listens for the tone, takes a breath, speaks, BYE
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/transport.h"
#include "common/sip/message.h"
#include "tests/support/caller/audio_line.h"

namespace um::tests {

/// What all calls of a run share.
struct CallerOptions {
  net::Endpoint proxy;
  net::IpAddress local;
  std::string pilot;
  async::Duration breath = std::chrono::milliseconds(250);  ///< from the tone's end to speaking
  Impairment impairment;  ///< of what callers send; each has a seed of its own, from this one on
};

/// How a caller's keys are sent.
enum class KeyWay { kEvent, kRelay, kInfo, kTone };  // relay, info: the two bodies of INFO

/// What a caller does once the call is answered.
struct Part {
  std::string extension;
  /// t: waits for the tone to end; s: speaks; w: waits a second; x: hangs up; 0-9, *, #: presses
  /// that key. Who does not hang up expects the other side to.
  std::string steps = "tsx";
  KeyWay way = KeyWay::kEvent;
};

/// Thread: loop.
class Caller {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnSpeaking(Caller& caller) = 0;
    virtual void OnHangingUp(Caller& caller) = 0;
    /// Once; why() tells whether it went well.
    virtual void OnEnded(Caller& caller) = 0;
  };
  /// What is passed in outlives the caller. `speech`: µ-law, whole packets of 20 ms.
  Caller(async::Loop& loop, net::Transport& transport, const CallerOptions& options,
         Listener& listener, Part part, std::vector<uint8_t> speech, media::Batch& batch,
         LineStatistics& statistics);

  void Dial(media::PortRange& ports);
  void OnMessage(const net::Flow& flow, const sip::Message& message);
  void OnClosed(const net::Flow& flow);

  const std::string& call_id() const { return call_id_; }
  const std::string& extension() const { return part_.extension; }
  const std::vector<uint8_t>& speech() const { return speech_; }
  /// What went wrong; "" if nothing has.
  const std::string& why() const { return why_; }
  bool ended() const { return state_ == State::kEnded; }
  /// From the end of the tone to the first packet of speech: the silence a recording begins with.
  async::Duration lead() const { return lead_; }
  /// From the answer to hanging up.
  async::Duration length() const { return hung_up_ - answered_; }

 private:
  enum class State { kIdle, kOffered, kInvited, kTalking, kLeaving, kEnded };

  void Enter(State state, async::Duration patience);
  void Fail(const std::string& what);
  void End();
  void Follow(const sip::Message& redirect);
  void Talk(const sip::Message& answer);
  void Next();
  void Press(char key);
  void OnRequest(const net::Flow& flow, const sip::Message& request);
  void HangUp();
  void OnTone();
  void OnSaid();
  bool Connect(const net::Endpoint& peer);
  void Send(std::string_view method, const std::string& uri, const std::string& to, int cseq,
            const std::string& branch, std::string_view headers = {}, std::string_view body = {});
  void Invite(const std::string& uri);
  std::string Offer() const;

  // Passed in.
  async::Loop& loop_;
  net::Transport& transport_;
  const CallerOptions& options_;
  Listener& listener_;
  const Part part_;
  const std::vector<uint8_t> speech_;
  // State.
  const std::string call_id_;
  State state_ = State::kIdle;
  std::string why_;
  net::Flow flow_;
  std::string uri_;     // the latest INVITE's
  std::string branch_;  // and its branch
  std::string to_;      // of the dialog, with the tag
  int cseq_ = 0;
  async::Time answered_{};
  size_t steps_done_ = 0;
  char step_ = 0;  // the present one; 0: none any more
  std::vector<uint8_t> key_tone_;
  bool tone_heard_ = false;  // since the last key: it may come before the caller listens for it
  async::Time tone_{};
  async::Duration lead_{};
  async::Time hung_up_{};
  AudioLine line_;
  async::Timer patience_;
  async::Timer pause_;  // before speaking, after a key
};

}  // namespace um::tests

// Caller: one call as a PBX would place it for a caller whom nobody answered.
//
//   INVITE ──▶ um-proxy, 302 ──▶ INVITE to the contact, 200, ACK ──▶ listens for the tone, takes a
//   breath, speaks, BYE
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
         Listener& listener, std::string extension, std::vector<uint8_t> speech,
         media::Batch& batch, LineStatistics& statistics);

  void Dial(media::PortRange& ports);
  void OnMessage(const net::Flow& flow, const sip::Message& message);
  void OnClosed(const net::Flow& flow);

  const std::string& call_id() const { return call_id_; }
  const std::string& extension() const { return extension_; }
  const std::vector<uint8_t>& speech() const { return speech_; }
  /// What went wrong; "" if nothing has.
  const std::string& why() const { return why_; }
  bool ended() const { return state_ == State::kEnded; }
  /// From the end of the tone to the first packet of speech: the silence a recording begins with.
  async::Duration lead() const { return line_.began() - tone_; }
  /// From the answer to hanging up.
  async::Duration length() const { return hung_up_ - answered_; }

 private:
  enum class State { kIdle, kOffered, kInvited, kListening, kSpeaking, kLeaving, kEnded };

  void Enter(State state, async::Duration patience);
  void Fail(const std::string& what);
  void End();
  void Follow(const sip::Message& redirect);
  void Talk(const sip::Message& answer);
  void HangUp();
  void OnTone();
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
  const std::string extension_;
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
  async::Time tone_{};
  async::Time hung_up_{};
  AudioLine line_;
  async::Timer patience_;
  async::Timer breath_;
};

}  // namespace um::tests

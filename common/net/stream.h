// Stream: one SIP connection over TCP. Frames what comes, queues what goes, keeps its deadlines.
//
//   kConnecting ──▶ kOpen ──Close()──▶ kClosing ──▶ kGone      (any state ──error, end of stream,
//   deadline──▶ kGone)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/async/epoll_loop.h"
#include "common/net/limits.h"
#include "common/net/socket.h"
#include "common/net/transport.h"
#include "common/sip/framer.h"

namespace um::net {

/// Thread: loop. TLS will be a second way to do Receive() and Transmit(); nothing else here knows
/// how bytes travel.
class Stream {
 public:
  enum class State { kConnecting, kOpen, kClosing, kGone };

  /// What the owner hears. None of these may destroy the stream; all may call Send() and Close().
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnMessage(Stream& stream, std::string_view message) = 0;
    /// What came is not SIP or is over a limit: `refused` is the header section at fault if it can
    /// be parsed, else "". The stream closes once this returns.
    virtual void OnBadFrame(Stream& stream, const absl::Status& why, std::string_view refused) = 0;
    /// The descriptor is closed. `why` is "" for the peer's orderly end.
    virtual void OnGone(Stream& stream, std::string_view why) = 0;
    /// Something was queued while nothing was: call Flush() at the end of this turn of the loop.
    virtual void OnQueued(Stream& stream) = 0;
  };

  /// `state`: kOpen for an accepted socket, kConnecting for one of ConnectTcp(). `listener`: which
  /// accepted it, or -1.
  Stream(async::EpollLoop& loop, Owner& owner, const Limits& limits, Fd fd, State state,
         const Flow& flow, int listener);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const Flow& flow() const { return flow_; }
  /// True while it takes messages: connecting or open, and not to be closed.
  bool usable() const {
    return (state_ == State::kConnecting || state_ == State::kOpen) && !close_wanted_;
  }
  int listener() const { return listener_; }
  /// False: the stream takes nothing any more, or its queue is over the limit and it is now gone.
  bool Send(std::string_view bytes);
  /// Sends what is queued, as far as the peer takes it.
  void Flush();
  /// No more messages; what is queued is sent, within Limits::linger.
  void Close();

 private:
  void OnReady(uint32_t events);
  void FinishConnect();
  void Read();
  void Frame(std::string_view bytes);
  void HalfClose();
  void Die(std::string_view why);
  void UpdateWatch();
  async::Time Deadline() const;
  void Arm();
  void OnDeadline();
  ssize_t Receive(char* buffer, size_t size);
  ssize_t Transmit(std::string_view bytes);

  // Passed in.
  async::EpollLoop& loop_;
  Owner& owner_;
  const Limits& limits_;
  Fd fd_;
  State state_;
  Flow flow_;
  int listener_;
  // State.
  sip::Framer framer_;
  std::string out_;            // queued, of which
  size_t sent_ = 0;            // so much is sent
  bool greeted_;               // a whole message has come, or the connection is ours
  bool close_wanted_ = false;  // as soon as it is connected
  bool half_closed_ = false;
  uint32_t events_ = 0;  // what watch_ waits for
  async::Time since_;    // when the present state, or the message begun, began
  async::Time active_;   // when something last came or was queued
  async::Time armed_;    // when timer_ fires
  async::Timer timer_;
  async::EpollLoop::Watch watch_;  // last: it goes before fd_ does
};

}  // namespace um::net

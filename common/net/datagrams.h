// Datagrams: one SIP socket over UDP, reading and writing in batches.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/async/epoll_loop.h"
#include "common/net/endpoint.h"
#include "common/net/limits.h"
#include "common/net/socket.h"

namespace um::net {

/// Thread: loop.
class Datagrams {
 public:
  struct Packet {
    Endpoint local;  ///< the address the peer sent to, also where the socket is bound to all
    Endpoint peer;
    std::string_view bytes;
    bool cut = false;  ///< it was longer than Limits::frame.datagram_bytes
  };
  using Receive = std::function<void(const Packet&)>;

  /// `receive` may call Queue(), and must not destroy this.
  Datagrams(async::EpollLoop& loop, const Limits& limits, Fd fd, Receive receive);
  ~Datagrams();

  const Endpoint& local() const { return local_; }
  /// False: the queue is over its limit and the packet dropped, as any router might.
  bool Queue(const Endpoint& local, const Endpoint& peer, std::string bytes);
  void Flush();

 private:
  struct Batch;
  struct Outgoing {
    Endpoint local;
    Endpoint peer;
    std::string bytes;
  };
  void OnReady(uint32_t events);
  bool ReadBatch();
  void UpdateWatch();

  // Passed in.
  const Limits& limits_;
  Fd fd_;
  Receive receive_;
  Endpoint local_;
  // State.
  std::unique_ptr<Batch> in_;
  std::unique_ptr<Batch> out_;
  std::deque<Outgoing> queue_;
  size_t queued_bytes_ = 0;
  uint32_t events_;
  async::EpollLoop::Watch watch_;
};

}  // namespace um::net

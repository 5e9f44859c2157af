// A SIP peer with plain sockets, and the sockets under test on a loop that the test turns.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/net/sip_sockets.h"
#include "common/net/socket.h"
#include "tests/support/catch.h"

namespace um::net {

using namespace std::chrono_literals;

inline Endpoint At(const char* text) { return *Endpoint::Parse(text); }

inline std::string Request(std::string_view body = {}, std::string_view call_id = "c1") {
  return "OPTIONS sip:um.example SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nFrom: "
         "<sip:a@b>;tag=1\r\n"
         "To: <sip:c@d>\r\nCall-ID: " +
         std::string(call_id) +
         "\r\nCSeq: 1 OPTIONS\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

/// Records what arrives; answers as told.
class Recorder : public Transport::Handler {
 public:
  void OnMessage(const Flow& flow, std::string_view bytes) override {
    flows.push_back(flow);
    messages.emplace_back(bytes);
    if (on_message) on_message(flow);
  }
  void OnClosed(const Flow& flow) override { closed.push_back(flow); }
  std::vector<Flow> flows;
  std::vector<std::string> messages;
  std::vector<Flow> closed;
  std::function<void(const Flow&)> on_message;
};

/// The sockets under test.
class Rig {
 public:
  explicit Rig(const std::vector<ListenerOptions>& listeners, const Limits& limits = {}) {
    auto opened = SipSockets::Open(loop, listeners, limits);
    REQUIRE(opened.ok());
    sockets = *std::move(opened);
    sockets->SetHandler(&handler);
  }
  /// Turns the loop until `done`. Far longer than anything here takes: only a failure waits that
  /// long.
  bool Await(const std::function<bool()>& done, std::chrono::milliseconds limit = 10s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      loop.Step(2ms);
    }
    return true;
  }
  async::EpollLoop loop;
  Recorder handler;
  std::unique_ptr<SipSockets> sockets;
};

/// One of the peer's sockets.
class Peer {
 public:
  explicit Peer(int type, const Endpoint& from = At("127.0.0.1:0")) {
    fd_.Reset(socket(from.ip.is_v6() ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0));
    sockaddr_storage storage;
    const socklen_t length = from.ToSockaddr(storage);
    REQUIRE(bind(fd_.get(), reinterpret_cast<sockaddr*>(&storage), length) == 0);
  }
  /// A TCP connection to `to`. On loopback it stands before it is accepted.
  static Peer Connected(const Endpoint& to) {
    Peer peer(SOCK_STREAM, to.ip.is_v6() ? At("[::1]:0") : At("127.0.0.1:0"));
    sockaddr_storage storage;
    const socklen_t length = to.ToSockaddr(storage);
    REQUIRE(connect(peer.fd(), reinterpret_cast<sockaddr*>(&storage), length) == 0);
    return peer;
  }
  int fd() const { return fd_.get(); }
  Endpoint local() const { return LocalOf(fd_.get()); }
  void Send(std::string_view bytes) const {
    REQUIRE(send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  void SendTo(const Endpoint& to, std::string_view bytes) const {
    sockaddr_storage storage;
    const socklen_t length = to.ToSockaddr(storage);
    REQUIRE(sendto(fd(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&storage),
                   length) == static_cast<ssize_t>(bytes.size()));
  }
  /// Takes what has come; true once the stream has ended.
  bool Take() {
    char buffer[65536];
    for (;;) {
      const ssize_t n = recv(fd(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0) {
        received.append(buffer, static_cast<size_t>(n));
        ++reads;
        continue;
      }
      reset = n < 0 && errno == ECONNRESET;
      return n == 0 || reset;
    }
  }
  void Close() { fd_.Reset(); }
  std::string received;
  int reads = 0;
  bool reset = false;

 private:
  Fd fd_;
};

}  // namespace um::net

// FakeTransport: a transport without a network. What is sent is kept, with its virtual time.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "common/net/transport.h"
#include "common/sip/message.h"
#include "tests/support/catch.h"
#include "tests/support/fake_loop.h"

namespace um::tests {

/// What was sent, one line a message, in order: "0.5 200 INVITE", "0 BYE". The times are seconds.
using Ladder = std::vector<std::string>;

class FakeTransport final : public net::Transport {
 public:
  struct Sent {
    async::Duration at;
    net::Flow flow;
    std::string text;
    sip::Message Parsed() const {
      auto message = sip::Message::Parse(text);
      INFO(text);
      REQUIRE(message.ok());
      return *std::move(message);
    }
  };

  explicit FakeTransport(FakeLoop& loop) : loop_(loop) {}

  bool Send(const net::Flow& flow, std::string bytes) override {
    if (broken || closed.contains(flow.connection)) return false;
    sent.push_back({loop_.elapsed(), flow, std::move(bytes)});
    return true;
  }
  absl::StatusOr<net::Flow> Connect(net::Protocol protocol, const net::Endpoint& peer) override {
    connects.push_back(peer.ToString());
    if (refuse_connect) return absl::UnavailableError("refused");
    return net::Flow{protocol, protocol == net::Protocol::kUdp ? 0 : 1000 + connects.size(), here,
                     peer};
  }
  void Close(const net::Flow& flow) override { closed.insert(flow.connection); }
  net::Endpoint Advertised(const net::Flow&) const override { return here; }

  /// One line for each message since the last call.
  Ladder Take() {
    Ladder out;
    for (; taken_ < sent.size(); ++taken_) {
      const sip::Message message = sent[taken_].Parsed();
      const double at = std::chrono::duration<double>(sent[taken_].at).count();
      out.push_back(message.is_request()
                        ? fmt::format("{:g} {}", at, message.method())
                        : fmt::format("{:g} {} {}", at, message.status(), message.cseq().method));
    }
    return out;
  }
  sip::Message Last() const {
    REQUIRE_FALSE(sent.empty());
    return sent.back().Parsed();
  }

  const net::Endpoint here = *net::Endpoint::Parse("192.0.2.20:5062");
  std::vector<Sent> sent;
  std::vector<std::string> connects;
  std::set<uint64_t> closed;
  bool refuse_connect = false;
  bool broken = false;  // Send() fails

 private:
  FakeLoop& loop_;
  size_t taken_ = 0;
};

inline net::Flow UdpFlow() {
  return {net::Protocol::kUdp, 0, *net::Endpoint::Parse("192.0.2.20:5062"),
          *net::Endpoint::Parse("192.0.2.10:5060")};
}
inline net::Flow TcpFlow(uint64_t connection = 1) {
  return {net::Protocol::kTcp, connection, *net::Endpoint::Parse("192.0.2.20:5062"),
          *net::Endpoint::Parse("192.0.2.10:40000")};
}

}  // namespace um::tests

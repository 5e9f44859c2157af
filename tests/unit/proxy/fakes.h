// What a redirector stands on, in the hands of a test: a transport, mailbox nodes, a caller's
// words.
#pragma once

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/net/transport.h"
#include "proxy/hand_over.h"

namespace um::proxy {

class FakeTransport final : public net::Transport {
 public:
  struct Sent {
    net::Flow flow;
    std::string text;
  };
  bool Send(const net::Flow& flow, std::string bytes) override {
    sent.push_back({flow, std::move(bytes)});
    return true;
  }
  absl::StatusOr<net::Flow> Connect(net::Protocol, const net::Endpoint&) override {
    return absl::UnimplementedError("a redirector dials nobody");
  }
  void Close(const net::Flow& flow) override { closed.push_back(flow); }
  net::Endpoint Advertised(const net::Flow& flow) const override { return flow.local; }

  std::vector<Sent> sent;
  std::vector<net::Flow> closed;
};

class FakeHandOver final : public HandOver {
 public:
  struct Offered {
    std::string node;
    handover::v1::Offer offer;
  };
  bool Offer(const std::string& node, const handover::v1::Offer& offer) override {
    if (unreachable.contains(node)) return false;
    offers.push_back({node, offer});
    return true;
  }
  void Withdraw(const std::string& node, uint64_t id) override { withdrawn[id] = node; }

  std::vector<Offered> offers;
  std::map<uint64_t, std::string> withdrawn;
  std::set<std::string> unreachable;
};

/// The requests of one call, as a gateway writes them.
struct Caller {
  std::string call_id = "call-1@pbx";
  std::string branch = "z9hG4bK-1";
  std::string from_tag = "from-1";
  int cseq = 1;
  std::string uri = "sip:8000@um.example.com";
  std::string via = "10.0.0.9:5060;rport";
  std::string more = "";  // header lines, each with CRLF
  int max_forwards = 70;
  std::string to_tag = "";

  std::string Request(const std::string& method, const std::string& transport = "UDP") const {
    return fmt::format(
        "{} {} SIP/2.0\r\nVia: SIP/2.0/{} {};branch={}\r\nMax-Forwards: {}\r\n"
        "From: \"Bob\" <sip:2025550123@pbx.example.com>;tag={}\r\nTo: "
        "<sip:8000@um.example.com>{}\r\n"
        "Call-ID: {}\r\nCSeq: {} {}\r\nContact: <sip:2025550123@10.0.0.9>\r\n{}Content-Length: "
        "0\r\n\r\n",
        method, uri, transport, via, branch, max_forwards, from_tag,
        to_tag.empty() ? "" : ";tag=" + to_tag, call_id, cseq, method, more);
  }
};

inline net::Flow FlowFrom(const std::string& peer, net::Protocol protocol = net::Protocol::kUdp) {
  return {.protocol = protocol,
          .connection = net::IsReliable(protocol) ? 7u : 0u,
          .local = *net::Endpoint::Parse("192.0.2.1:5060"),
          .peer = *net::Endpoint::Parse(peer)};
}

}  // namespace um::proxy

#include "common/net/transport.h"

#include "common/sip/message.h"

namespace um::net {

namespace {
constexpr uint16_t kDefaultPort = 5060;
}

std::string_view ToString(Protocol protocol) {
  switch (protocol) {
    case Protocol::kUdp:
      return "udp";
    case Protocol::kTcp:
      return "tcp";
    case Protocol::kTls:
      return "tls";
  }
  return "";
}

std::string_view ViaName(Protocol protocol) {
  switch (protocol) {
    case Protocol::kUdp:
      return "UDP";
    case Protocol::kTcp:
      return "TCP";
    case Protocol::kTls:
      return "TLS";
  }
  return "";
}

Flow ReplyFlow(const sip::Message& request, const Flow& flow) {
  Flow reply = flow;
  const sip::Via& via = request.top_via();
  if (flow.protocol == Protocol::kUdp && !via.rport) {
    reply.peer.port = via.port != 0 ? via.port : kDefaultPort;
  }
  return reply;
}

}  // namespace um::net

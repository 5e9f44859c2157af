// What to do with a request: the rules of a stateless redirect server (RFC 3261 sections 8.2, 8.2.7
// and 8.3), as a function of its facts.   Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/net/transport.h"
#include "common/sip/message.h"
#include "proxy/answer.h"
#include "proxy/topology.h"

namespace um::proxy {

/// What an administrator may set.
struct Rules {
  bool forbid_unknown_udp = false;  ///< 403 instead of silence
  bool forbid_unknown_tcp = true;   ///< 403 and close instead of silence (TLS too)
};

/// The request URI parameter that carries a hand-over ticket.
constexpr std::string_view kTicketParameter = "um-ticket";

/// What the rules look at in a request.
struct RequestFacts {
  std::string method;
  std::optional<sip::Message::Defect> defect;
  bool in_dialog = false;  ///< the To header has a tag
  bool has_ticket = false;
  int max_forwards = 70;
  std::vector<std::string> require;  ///< option tags
  std::string event;                 ///< the event package, without parameters
};
RequestFacts RequestFactsOf(const sip::Message& request);

/// What they look at besides.
struct Surroundings {
  net::Protocol protocol = net::Protocol::kTcp;
  bool topology_known = false;
  const Gateway* gateway = nullptr;  ///< of the peer; nullptr: unknown
  bool node_healthy = false;         ///< a node could take a call
  bool draining = false;             ///< this proxy is about to stop
};

/// Say nothing.
struct Drop {};
/// A call, or a subscription to waiting messages: ask a node where to send it.
struct LookUp {};
/// Withdraw the look-up that the CANCEL belongs to.
struct Cancel {};
using Action = std::variant<Drop, Answer, LookUp, Cancel>;

Action Decide(const RequestFacts& request, const Surroundings& around, const Rules& rules);

/// True for what is dropped before it costs a parse: ACK, and everything from a peer that gets
/// silence.
bool DropUnparsed(std::string_view bytes, const Surroundings& around, const Rules& rules);

/// The answer when every node has refused or is away.
Answer NoNodeLeft(std::string explanation);

}  // namespace um::proxy

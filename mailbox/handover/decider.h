// Decider: an offer in, a decision out. All that the hand-over's answer depends on is here, and no
// gRPC.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "common/sip/invite_facts.h"
#include "mailbox/handover/server.h"
#include "um/handover/v1/handover.pb.h"

namespace um::handover {

/// The facts of an offered INVITE, read as sip::FactsOf() reads those of the INVITE that follows.
/// kInvalidArgument if its request URI is not sip:, sips: or tel:. At most 128 elements of a list
/// are looked at. Pure.
absl::StatusOr<sip::InviteFacts> FactsOfOffer(const v1::InviteFacts& offered);

/// The URI to redirect to: the pilot as it was called, at this node, by the transport the call came
/// by. @param ticket "": none. kNotFound: this node cannot be reached by that transport.
absl::StatusOr<std::string> ContactFor(const ServerOptions& options, const domain::CallRoute& route,
                                       const net::IpAddress& peer, std::string_view transport,
                                       const std::string& ticket);

/// Decides offers, and remembers for 32 s (RFC 3261 section 17.1.1.2, timer B: as long as an INVITE
/// is retransmitted) what it decided, so that a repeated offer gets the same decision.   Thread:
/// loop.
class Decider {
 public:
  Decider(Node& node, const TicketKeys& keys, const ServerOptions& options)
      : node_(node), keys_(keys), options_(options) {}

  v1::Decision Decide(const v1::Offer& offer, domain::WallTime now);
  size_t remembered() const { return decided_.size(); }

 private:
  v1::Decision DecideAfresh(const v1::Offer& offer, domain::WallTime now);
  v1::Decision DecideSubscription(const v1::Offer& offer, const net::IpAddress& peer);
  void Forget(domain::WallTime now);

  Node& node_;
  const TicketKeys& keys_;
  const ServerOptions& options_;
  struct Remembered {
    domain::WallTime at;
    v1::Decision decision;
  };
  std::unordered_map<std::string, Remembered> decided_;  // by transport and call hash
  std::deque<std::string> order_;
};

}  // namespace um::handover

// The node's side of the hand-over: answers um-proxy's offers from the routing copy, and tells
// proxies the topology.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/async/loop.h"
#include "common/net/transport.h"
#include "mailbox/domain/route.h"
#include "mailbox/handover/ticket.h"

namespace um::handover {

struct ServerOptions {
  std::string listen = "127.0.0.1:5070";  ///< gRPC
  std::string node = "um-mailbox";        ///< this node's name
  std::string advertised_rpc;             ///< where proxies reach the gRPC port; "" takes `listen`
  /// Where peers reach this node's SIP, for the contact: by the transport the call came by. 0.0.0.0
  /// (or ::) stands for this machine's address towards the peer. A gateway's `advertised_address`
  /// replaces the address, never the port.
  std::map<net::Protocol, net::Endpoint> sip;
  std::chrono::seconds ticket_lifetime{60};
  std::string version;  ///< this release, for the logs of the other side
};

/// What the server asks of the node, on the loop.
class Node {
 public:
  virtual ~Node() = default;
  virtual const domain::RoutingCopy& routing() = 0;
  /// Calls in progress, and how many more may come; 0 while draining.
  virtual int calls() = 0;
  virtual int headroom() = 0;
  /// False while it drains or fails its own checks: proxies then send their calls elsewhere.
  virtual bool serving() { return true; }
  /// A call that is offered was refused for good: it will not arrive. Not told again of an offer
  /// that is repeated.
  virtual void OnRefused(const net::IpAddress& /*peer*/, const sip::InviteFacts& /*facts*/,
                         const domain::Refusal& /*refusal*/, const std::string& /*trace_id*/) {}
};

/// Thread: loop; one gRPC completion-queue thread of its own. Destroying it cancels every stream
/// and joins the thread; `loop` and `node` must outlive it. It also answers grpc.health.v1.
class Server {
 public:
  virtual ~Server() = default;
  /// The port that was bound (for port 0).
  virtual int port() const = 0;
  /// Tells the proxies at once that something has changed (draining, a new routing copy); otherwise
  /// within 1 s.
  virtual void Refresh() = 0;
};

/// kUnavailable: the address cannot be bound. kInvalidArgument: no ticket key.
absl::StatusOr<std::unique_ptr<Server>> StartServer(async::Loop& loop, Node& node,
                                                    const TicketKeys& keys,
                                                    const ServerOptions& options);

}  // namespace um::handover

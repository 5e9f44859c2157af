// The node's side of the hand-over: answers um-proxy's offers from the routing copy, and tells proxies the topology.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/async/loop.h"
#include "common/sip/invite_facts.h"
#include "mailbox/domain/route.h"
#include "mailbox/handover/ticket.h"

namespace um::handover {

struct ServerOptions {
  std::string listen = "127.0.0.1:5070";  ///< gRPC
  std::string node = "um-mailbox";        ///< this node's name
  std::string advertised_rpc;             ///< where proxies reach the gRPC port; "" takes `listen`
  net::Endpoint sip;                      ///< where peers reach this node's SIP, for the contact
};

/// What the server asks of the node, on the loop.
class Node {
 public:
  virtual ~Node() = default;
  virtual const domain::RoutingCopy& routing() = 0;
  /// Calls in progress, and how many more may come; 0 while draining.
  virtual int calls() = 0;
  virtual int headroom() = 0;
};

/// Thread: loop; one gRPC completion-queue thread of its own.
class Server {
 public:
  virtual ~Server() = default;
  /// The port that was bound (for port 0).
  virtual int port() const = 0;
};

absl::StatusOr<std::unique_ptr<Server>> StartServer(async::Loop& loop, Node& node, const TicketKeys& keys,
                                                    const ServerOptions& options);

}  // namespace um::handover

// What the node tells um-proxy of the pool.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "common/async/loop.h"
#include "common/rpc/pump.h"
#include "mailbox/handover/server.h"
#include "um/topology/v1/topology.grpc.pb.h"

namespace um::handover {

/// The snapshot but for its version: gateways, this node, the proxies' key. Pure but for asking the
/// node.
topology::v1::Snapshot SnapshotOf(Node& node, const TicketKeys& keys, const ServerOptions& options);

/// Streams the snapshot to every proxy that watches: at once, within 1 s of a change, and every 5
/// s.   Thread: loop.
class TopologyStreams {
 public:
  TopologyStreams(async::Loop& loop, rpc::Pump& pump, grpc::ServerCompletionQueue& queue,
                  Node& node, const TicketKeys& keys, const ServerOptions& options);
  ~TopologyStreams();
  grpc::Service& service() { return service_; }
  /// Call once the server has started.
  void Accept();
  /// Looks for a change now.
  void Refresh();
  void Abandon();

 private:
  class Stream;
  void Tick();

  async::Loop& loop_;
  rpc::Pump& pump_;
  grpc::ServerCompletionQueue& queue_;
  Node& node_;
  const TicketKeys& keys_;
  const ServerOptions& options_;
  topology::v1::Topology::AsyncService service_;
  std::set<std::shared_ptr<Stream>> streams_;
  topology::v1::Snapshot snapshot_;
  std::string content_;  // snapshot_ without its version, serialised: secret
  async::Time last_sent_{};
  async::Timer timer_;
};

}  // namespace um::handover

// Topology: what the proxy knows of gateways and nodes, as an index over the snapshots that nodes
// send.   Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/endpoint.h"
#include "um/topology/v1/topology.pb.h"

namespace um::proxy {

/// A peer that may send calls.
struct Gateway {
  std::string organisation;
  std::string name;
  bool enabled = true;
  std::map<std::string, std::string> dial_plans;  ///< by pilot; "" is the catch-all
};

/// A mailbox node. Its gRPC address is its identity: while a node is being replaced, two have one
/// name.
struct Node {
  std::string rpc;
  std::string name;
  bool serving = false;
  int calls = 0;
  int max_calls = 0;
};

/// What several nodes say, as one: of a node, what it says itself before what others say; gateways
/// and key of the first snapshot that has them. `by_seed` pairs the address a snapshot came from
/// with it; put connected seeds first. A node that names no usable address of its own is given the
/// address it was reached at.
topology::v1::Snapshot Merge(
    const std::vector<std::pair<std::string, topology::v1::Snapshot>>& by_seed);

/// One snapshot, ready for questions. At most 10,000 gateways and 1,000 nodes are taken.   Thread:
/// immutable, any.
class Topology {
 public:
  Topology() = default;
  explicit Topology(const topology::v1::Snapshot& snapshot);
  /// False before the first snapshot.
  bool known() const { return known_; }
  /// The gateway that owns an address, enabled or not; the longest prefix wins. nullptr: unknown
  /// peer.
  const Gateway* GatewayOf(const net::IpAddress& peer) const;
  const std::vector<Node>& nodes() const { return nodes_; }
  /// Keys the hash of a call. Secret.
  const std::string& proxy_key() const { return proxy_key_; }

 private:
  struct Address {
    net::Network network;
    size_t gateway;
  };
  bool known_ = false;
  std::vector<Gateway> gateways_;
  std::vector<Address> addresses_;  // longest prefix first
  std::vector<Node> nodes_;
  std::string proxy_key_;
};

}  // namespace um::proxy

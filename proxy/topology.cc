#include "proxy/topology.h"

#include <algorithm>
#include <set>

namespace um::proxy {
namespace {

constexpr int kMostGateways = 10'000;
constexpr int kMostNodes = 1'000;

// The address to reach a node at: its own word, unless that is "all interfaces", "port 0" or
// nothing.
std::string Reachable(const std::string& rpc, const std::string& seed) {
  if (rpc.empty()) return seed;
  const auto endpoint = net::Endpoint::Parse(rpc);
  if (!endpoint) return rpc;  // a host name
  if (endpoint->port == 0) return seed;
  if (!endpoint->ip.is_unspecified()) return rpc;
  return seed;
}

}  // namespace

topology::v1::Snapshot Merge(
    const std::vector<std::pair<std::string, topology::v1::Snapshot>>& by_seed) {
  topology::v1::Snapshot merged;
  std::set<std::string> taken;
  for (const bool of_itself : {true, false}) {
    for (const auto& [seed, snapshot] : by_seed) {
      for (const auto& node : snapshot.nodes()) {
        const bool is_itself = node.name() == snapshot.node();
        if (is_itself != of_itself) continue;
        const std::string rpc = is_itself ? Reachable(node.rpc(), seed) : node.rpc();
        if (rpc.empty() || !taken.insert(rpc).second) continue;
        auto& added = *merged.add_nodes();
        added = node;
        added.set_rpc(rpc);
      }
    }
  }
  for (const auto& [seed, snapshot] : by_seed) {
    if (merged.proxy_key().empty()) merged.set_proxy_key(snapshot.proxy_key());
    if (merged.gateways().empty()) *merged.mutable_gateways() = snapshot.gateways();
    merged.set_version(std::max(merged.version(), snapshot.version()));
  }
  return merged;
}

Topology::Topology(const topology::v1::Snapshot& snapshot)
    : known_(true), proxy_key_(snapshot.proxy_key()) {
  for (const auto& in : snapshot.gateways()) {
    if (gateways_.size() >= kMostGateways) break;
    Gateway gateway{in.organisation(), in.name(), in.enabled(), {}};
    for (const auto& pilot : in.pilots()) gateway.dial_plans[pilot.number()] = pilot.dial_plan();
    for (const std::string& text : in.addresses()) {
      if (const auto network = net::Network::Parse(text)) {
        addresses_.push_back({*network, gateways_.size()});
      }
    }
    gateways_.push_back(std::move(gateway));
  }
  std::sort(addresses_.begin(), addresses_.end(), [](const Address& a, const Address& b) {
    const int by_prefix = b.network.prefix() - a.network.prefix();
    return by_prefix != 0 ? by_prefix < 0 : a.gateway < b.gateway;
  });
  for (const auto& in : snapshot.nodes()) {
    if (nodes_.size() >= kMostNodes) break;
    nodes_.push_back({in.rpc(), in.name(), in.serving(), static_cast<int>(in.calls()),
                      static_cast<int>(in.max_calls())});
  }
}

const Gateway* Topology::GatewayOf(const net::IpAddress& peer) const {
  for (const Address& address : addresses_) {
    if (address.network.Contains(peer)) return &gateways_[address.gateway];
  }
  return nullptr;
}

}  // namespace um::proxy

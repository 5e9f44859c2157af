// Pool: which mailbox node a call goes to.
//
// Rendezvous hashing of the call's affinity key gives an order of nodes that changes little when a
// node comes or goes; a node above 1.25 times the mean load goes to the end of it, and one that
// keeps failing is left out for a while.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/loop.h"
#include "proxy/topology.h"

namespace um::proxy {

/// What calls of one mailbox have in common, so that they meet on one node: the dial plan and the
/// diverted number, digits only; without a number the Call-ID.   Pure.
std::string AffinityKey(std::string_view dial_plan, std::string_view number,
                        std::string_view call_id);

/// Nodes are named by their gRPC address.   Thread: loop; time is a parameter.
class Pool {
 public:
  /// Adopts a snapshot; what is known of nodes that stay (connection, failures) stays.
  void Adopt(const topology::v1::Snapshot& snapshot);
  const Topology& topology() const { return topology_; }

  /// Nodes to ask, best first; empty if none is connected, serving and trusted.
  std::vector<std::string> Candidates(std::string_view affinity_key, async::Time now) const;
  bool HasHealthyNode(async::Time now) const;
  /// A node's name for the log; its address if it is not known.
  std::string NameOf(const std::string& node) const;

  // What happens to nodes.
  void OnConnected(const std::string& node);
  void OnBroken(const std::string& node);
  void OnOffered(const std::string& node, async::Time now);
  /// It answered, whatever: it is alive.
  void OnAnswered(const std::string& node);
  /// It took a call that a later snapshot will count.
  void OnAccepted(const std::string& node, async::Time now);
  /// It did not answer in time.
  void OnSilent(const std::string& node, async::Time now);

 private:
  struct State {
    Node node;
    bool listed = false;  // in the snapshot
    bool connected = false;
    std::deque<async::Time> taken;  // calls accepted so lately that the snapshot may not count them
    int failures = 0;               // in a row
    async::Time closed_until{};     // the circuit breaker: not asked before
  };
  static int Load(const State& state, async::Time now);
  static bool Usable(const State& state, async::Time now);

  Topology topology_;
  std::map<std::string, State> states_;
};

}  // namespace um::proxy

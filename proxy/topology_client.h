// TopologyClient: watches what the nodes say of the pool (topology.proto).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/loop.h"
#include "common/rpc/pump.h"
#include "um/topology/v1/topology.pb.h"

namespace um::proxy {

/// Watches every seed node at once, so that any one that is up is enough and each is heard of
/// itself, and connects again after 100 ms to 2 s when one is lost. A seed's last snapshot is kept
/// when contact is lost; 15 s without a word is lost contact.   Thread: loop. `pump` outlives this,
/// and is stopped after Close().
class TopologyClient {
 public:
  using Listener = std::function<void(const topology::v1::Snapshot& merged)>;

  TopologyClient(async::Loop& loop, rpc::Pump& pump, std::string proxy_name,
                 const std::vector<std::string>& seeds, Listener on_change);
  ~TopologyClient();

  void Start();
  /// How old the newest snapshot is; Duration::max() before the first.
  async::Duration Age() const;
  /// Cancels every watch. Then stop the pump.
  void Close();

 private:
  class Seed;
  class Watch;
  void Publish();

  async::Loop& loop_;
  rpc::Pump& pump_;
  const std::string proxy_name_;
  Listener on_change_;
  std::vector<std::unique_ptr<Seed>> seeds_;
};

}  // namespace um::proxy

// App: what a running um-proxy consists of, and who gets what.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/async/epoll_loop.h"
#include "common/net/sip_sockets.h"
#include "common/rpc/pump.h"
#include "proxy/config.h"
#include "proxy/handover_client.h"
#include "proxy/pool.h"
#include "proxy/redirector.h"
#include "proxy/topology_client.h"

namespace um::proxy {

/// Thread: loop; one gRPC thread of its own. `loop` outlives it.
class App {
 public:
  /// kUnavailable: a SIP listener cannot be opened.
  static absl::StatusOr<std::unique_ptr<App>> Start(async::EpollLoop& loop, const Config& config);
  ~App();

  /// Refuses new calls with 503 and stops the loop when those under way have their answer, 1.5 s at
  /// the latest.
  void Drain();
  /// The SIP addresses bound, in the order of the listeners.
  std::vector<net::Endpoint> endpoints() const { return sockets_->endpoints(); }

 private:
  App(async::EpollLoop& loop, const Config& config);
  void OnTopology(const topology::v1::Snapshot& snapshot);

  async::EpollLoop& loop_;
  const Config config_;
  Pool pool_;
  // In order of dependence: what is below uses what is above, and goes first.
  rpc::Pump pump_;
  std::unique_ptr<net::SipSockets> sockets_;
  HandoverClient hand_over_;
  TopologyClient topology_;
  std::unique_ptr<Redirector> redirector_;
  async::Timer drained_;
  int drain_turns_ = 0;
};

}  // namespace um::proxy

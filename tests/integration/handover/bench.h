// A pool of real nodes and a real client of it in one process, on one loop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/epoll_loop.h"
#include "common/rpc/pump.h"
#include "mailbox/handover/server.h"
#include "proxy/handover_client.h"
#include "proxy/pool.h"
#include "proxy/topology_client.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/handover/fake_node.h"

namespace um::tests {

/// Turns the loop until `done`; false after ten seconds.
inline bool TurnUntil(async::EpollLoop& loop, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    loop.Step(std::chrono::milliseconds(50));
  }
  return true;
}

/// A mailbox node's door for proxies.
struct PoolNode {
  PoolNode(async::EpollLoop& l, std::string n,
           domain::Organisation organisation = handover::SmallOrganisation())
      : loop(l), name(std::move(n)), node(std::move(organisation)) {
    Start("127.0.0.1:0");
  }

  void Start(const std::string& listen) {
    const handover::TicketKeys keys{{{1, std::string(32, 'k')}}};
    auto started = handover::StartServer(
        loop, node, keys,
        {.listen = listen,
         .node = name,
         .sip = {{net::Protocol::kTcp, *net::Endpoint::Parse("127.0.0.1:5062")},
                 {net::Protocol::kUdp, *net::Endpoint::Parse("127.0.0.1:5062")}},
         .version = "test"});
    REQUIRE(started.ok());
    server = *std::move(started);
    address = "127.0.0.1:" + std::to_string(server->port());
  }

  async::EpollLoop& loop;
  const std::string name;
  handover::FakeNode node;
  std::string address;
  std::unique_ptr<handover::Server> server;
};

/// um-proxy's gRPC side, and what it hears.
struct Client final : proxy::HandOver::Handler {
  Client(async::EpollLoop& loop, const std::vector<std::string>& seeds)
      : pump(loop, std::make_unique<grpc::CompletionQueue>()),
        hand_over(loop, pump, "test-proxy", "test"),
        topology(loop, pump, "test-proxy", seeds, [this](const topology::v1::Snapshot& snapshot) {
          ++snapshots;
          pool.Adopt(snapshot);
          std::vector<std::string> nodes;
          for (const auto& node : pool.topology().nodes()) nodes.push_back(node.rpc);
          hand_over.SetNodes(nodes);
        }) {
    hand_over.SetHandler(this);
    topology.Start();
  }
  ~Client() override {
    topology.Close();
    hand_over.Close();
    pump.Stop();
  }

  void OnDecision(const std::string& node, const handover::v1::Decision& decision) override {
    decisions.emplace_back(node, decision);
    if (on_decision) on_decision(decision);
  }
  void OnConnected(const std::string& node) override {
    connected.push_back(node);
    pool.OnConnected(node);
  }
  void OnBroken(const std::string& node) override {
    broken.push_back(node);
    pool.OnBroken(node);
  }

  proxy::Pool pool;
  rpc::Pump pump;
  proxy::HandoverClient hand_over;
  proxy::TopologyClient topology;
  int snapshots = 0;
  std::vector<std::pair<std::string, handover::v1::Decision>> decisions;
  std::vector<std::string> connected;
  std::vector<std::string> broken;
  std::function<void(const handover::v1::Decision&)> on_decision;
};

}  // namespace um::tests

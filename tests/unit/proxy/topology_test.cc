#include "proxy/topology.h"

#include "tests/support/catch.h"

namespace um::proxy {
namespace {

using topology::v1::Snapshot;

Snapshot Said(const std::string& node, const std::string& rpc, const std::string& gateway = "pbx") {
  Snapshot snapshot;
  snapshot.set_version(1);
  snapshot.set_node(node);
  auto& n = *snapshot.add_nodes();
  n.set_name(node);
  n.set_rpc(rpc);
  n.set_serving(true);
  auto& g = *snapshot.add_gateways();
  g.set_name(gateway);
  g.set_enabled(true);
  g.add_addresses("10.0.0.0/8");
  snapshot.set_proxy_key("key of " + node);
  return snapshot;
}

TEST_CASE("the gateway with the longest matching prefix owns an address") {
  Snapshot snapshot;
  for (const auto& [name, network] : {std::pair{"wide", "10.0.0.0/8"},
                                      {"narrow", "10.1.0.0/16"},
                                      {"host", "10.1.2.3"},
                                      {"six", "2001:db8::/32"},
                                      {"broken", "nonsense"}}) {
    auto& gateway = *snapshot.add_gateways();
    gateway.set_name(name);
    gateway.add_addresses(network);
  }
  const Topology topology(snapshot);
  const auto owner = [&](const char* ip) {
    const Gateway* gateway = topology.GatewayOf(*net::IpAddress::Parse(ip));
    return gateway ? gateway->name : "";
  };
  CHECK(owner("10.9.9.9") == "wide");
  CHECK(owner("10.1.9.9") == "narrow");
  CHECK(owner("10.1.2.3") == "host");
  CHECK(owner("::ffff:10.1.2.3") == "host");
  CHECK(owner("2001:db8::7") == "six");
  CHECK(owner("192.0.2.1").empty());
  CHECK_FALSE(Topology().known());
}

TEST_CASE("several nodes' words become one: the union of nodes, each as it says itself") {
  Snapshot a = Said("a", "192.0.2.11:5070");
  auto& hearsay = *a.add_nodes();
  hearsay.set_name("b");
  hearsay.set_rpc("192.0.2.12:5070");
  hearsay.set_calls(99);
  Snapshot b = Said("b", "192.0.2.12:5070", "other");
  b.mutable_nodes(0)->set_calls(5);
  const Snapshot merged = Merge({{"192.0.2.11:5070", a}, {"192.0.2.12:5070", b}});
  REQUIRE(merged.nodes_size() == 2);
  CHECK(merged.nodes(1).calls() == 5);
  REQUIRE(merged.gateways_size() == 1);
  CHECK(merged.gateways(0).name() == "pbx");
  CHECK(merged.proxy_key() == "key of a");
}

TEST_CASE("a node that names no usable address is reached where it was heard") {
  for (const char* own : {"0.0.0.0:5070", "", "127.0.0.1:0", "[::]:5070"}) {
    const Snapshot merged = Merge({{"192.0.2.11:5070", Said("a", own)}});
    REQUIRE(merged.nodes_size() == 1);
    CHECK(merged.nodes(0).rpc() == "192.0.2.11:5070");
  }
  const Snapshot merged = Merge({{"192.0.2.11:5070", Said("a", "mailbox-a.example.com:5070")}});
  CHECK(merged.nodes(0).rpc() == "mailbox-a.example.com:5070");
}

TEST_CASE("a node that is being replaced by one of the same name is two nodes") {
  const Snapshot merged = Merge({{"192.0.2.11:5070", Said("a", "192.0.2.11:5070")},
                                 {"192.0.2.11:5071", Said("a", "192.0.2.11:5071")}});
  CHECK(merged.nodes_size() == 2);
}

}  // namespace
}  // namespace um::proxy

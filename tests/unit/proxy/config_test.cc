#include "proxy/config.h"

#include "common/base/status.h"
#include "common/config/load.h"
#include "tests/support/catch.h"

namespace um::proxy {
namespace {

absl::StatusOr<Config> Read(std::string_view yaml) {
  config::v1::Proxy file;
  REQUIRE(config::FromYaml(yaml, file).empty());
  return ConfigOf(file);
}

TEST_CASE("a configuration of one line gets the documented defaults") {
  const auto config = Read("nodes: [\"127.0.0.1:5070\"]");
  REQUIRE(config.ok());
  CHECK_FALSE(config->name.empty());
  REQUIRE(config->listeners.size() == 1);
  CHECK(config->listeners[0].protocol == net::Protocol::kTcp);
  CHECK(config->listeners[0].address.ToString() == "0.0.0.0:5060");
  CHECK_FALSE(config->rules.forbid_unknown_udp);
  CHECK(config->rules.forbid_unknown_tcp);
  CHECK(config->log_level == "info");
}

TEST_CASE("what a file says is taken") {
  const auto config = Read(R"(
name: edge
listeners:
  - {transport: udp, address: "127.0.0.1:5080", advertised: "203.0.113.5:5060"}
  - {transport: tcp, address: "[::1]:5080"}
nodes: ["mailbox-1.example.com:5070", "[2001:db8::1]:5070"]
unknown_peer_udp: forbid
unknown_peer_tcp: silence
log_level: debug
)");
  REQUIRE(config.ok());
  CHECK(config->name == "edge");
  REQUIRE(config->listeners.size() == 2);
  CHECK(config->listeners[0].advertised->ToString() == "203.0.113.5:5060");
  CHECK(config->rules.forbid_unknown_udp);
  CHECK_FALSE(config->rules.forbid_unknown_tcp);
}

TEST_CASE("all that is wrong is told at once, with its path") {
  const auto config = Read(R"(
listeners: [{transport: sctp, address: somewhere, advertised: x}]
nodes: ["", "a:0", "a:70000", ":5070", "a b:5070", "a:1x"]
log_level: loud
)");
  REQUIRE_FALSE(config.ok());
  const std::string text = Message(config.status());
  for (const char* path :
       {"listeners[0].transport", "listeners[0].address", "listeners[0].advertised", "nodes[0]",
        "nodes[1]", "nodes[2]", "nodes[3]", "nodes[4]", "nodes[5]", "log_level"}) {
    CHECK(text.find(path) != std::string::npos);
  }
  CHECK_FALSE(Read("name: lonely").ok());
}

TEST_CASE("a file that is not there is an error, not a crash") {
  CHECK_FALSE(LoadConfig("/nonexistent/um-proxy.yaml").ok());
}

}  // namespace
}  // namespace um::proxy

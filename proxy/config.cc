#include "proxy/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "common/base/status.h"
#include "common/config/load.h"

namespace um::proxy {
namespace {

std::string HostName() {
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "um-proxy";
  return name;
}

// "HOST:PORT", as gRPC takes it: an IP address or a name, and a port that is not 0.
bool IsAddress(const std::string& text) {
  if (const auto endpoint = net::Endpoint::Parse(text)) return endpoint->port != 0;
  const size_t colon = text.rfind(':');
  if (colon == 0 || colon == std::string::npos || text.find_first_of(" \t/") != std::string::npos) {
    return false;
  }
  const std::string port = text.substr(colon + 1);
  return !port.empty() && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoi(port) >= 1 && std::stoi(port) <= 65535;
}

std::string AddListener(const config::v1::ProxyListener& file, const std::string& path,
                        Config& config) {
  std::string problems;
  net::ListenerOptions listener;
  if (file.transport() == "udp") {
    listener.protocol = net::Protocol::kUdp;
  } else if (file.transport() != "tcp" && !file.transport().empty()) {
    problems +=
        fmt::format("{}.transport: must be udp or tcp, is \"{}\"\n", path, file.transport());
  }
  const auto address = net::Endpoint::Parse(file.address());
  if (!address) {
    problems += fmt::format("{}.address: must be ADDRESS:PORT, is \"{}\"\n", path, file.address());
  } else {
    listener.address = *address;
  }
  if (!file.advertised().empty()) {
    listener.advertised = net::Endpoint::Parse(file.advertised());
    if (!listener.advertised) {
      problems +=
          fmt::format("{}.advertised: must be ADDRESS:PORT, is \"{}\"\n", path, file.advertised());
    }
  }
  config.listeners.push_back(listener);
  return problems;
}

}  // namespace

absl::StatusOr<Config> ConfigOf(const config::v1::Proxy& file) {
  Config config;
  std::string problems;
  config.name = file.name().empty() ? HostName() : file.name();
  for (int i = 0; i < file.listeners_size(); ++i) {
    problems += AddListener(file.listeners(i), fmt::format("listeners[{}]", i), config);
  }
  if (config.listeners.empty()) {
    config.listeners.push_back(
        {.protocol = net::Protocol::kTcp, .address = {.ip = {}, .port = 5060}});
  }
  config.nodes.assign(file.nodes().begin(), file.nodes().end());
  if (config.nodes.empty()) {
    problems += "nodes: at least one um-mailbox node is needed (its `handover` address)\n";
  }
  for (size_t i = 0; i < config.nodes.size(); ++i) {
    if (IsAddress(config.nodes[i])) continue;
    problems += fmt::format("nodes[{}]: must be ADDRESS:PORT, is \"{}\"\n", i, config.nodes[i]);
  }
  config.rules.forbid_unknown_udp = file.unknown_peer_udp() == config::v1::UNKNOWN_PEER_FORBID;
  config.rules.forbid_unknown_tcp = file.unknown_peer_tcp() != config::v1::UNKNOWN_PEER_SILENCE;
  config.log_level = file.log_level().empty() ? "info" : file.log_level();
  constexpr std::string_view kLevels[] = {"debug", "info", "warning", "error"};
  if (std::find(std::begin(kLevels), std::end(kLevels), config.log_level) == std::end(kLevels)) {
    problems += fmt::format("log_level: must be debug, info, warning or error, is \"{}\"\n",
                            config.log_level);
  }
  if (!problems.empty()) return absl::InvalidArgumentError(problems);
  return config;
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  config::v1::Proxy file;
  UM_RETURN_IF_ERROR(config::LoadFile(path, file));
  auto config = ConfigOf(file);
  if (!config.ok()) return absl::InvalidArgumentError(path + ":\n" + Message(config.status()));
  return config;
}

}  // namespace um::proxy

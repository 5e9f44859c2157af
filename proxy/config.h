// um-proxy's configuration, checked and with its defaults.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/net/sip_sockets.h"
#include "proxy/decide.h"
#include "um/config/v1/proxy.pb.h"

namespace um::proxy {

struct Config {
  std::string name;
  std::vector<net::ListenerOptions> listeners;
  std::vector<std::string> nodes;  ///< gRPC addresses
  Rules rules;
  std::string log_level;
};

/// kInvalidArgument: everything that is wrong, one a line, by field. Pure but for the host name.
absl::StatusOr<Config> ConfigOf(const config::v1::Proxy& file);

/// Reads and checks a file; the message names file and line where YAML is wrong.
absl::StatusOr<Config> LoadConfig(const std::string& path);

}  // namespace um::proxy

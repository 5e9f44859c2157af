// How umctl reaches a node: by the local socket, or over the network.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace grpc {
class Channel;
}

namespace um::cli {

struct Reach {
  std::string usual_socket = "/run/voxpost/admin.sock";
  std::string socket;  ///< "": the usual one, unless there is a server
  std::string server;  ///< "HOST:PORT"
  std::string ca;      ///< "": the system's
  std::string certificate;
  std::string key;
  std::string token_file;

  bool is_local() const { return !socket.empty() || server.empty(); }
};

/// A way to a node; nothing is connected yet.
struct Connection {
  std::shared_ptr<grpc::Channel> channel;
  std::string token;  ///< goes with every call; "": none
};
/// kInvalidArgument: a file cannot be read, or others may read a secret.
absl::StatusOr<Connection> Open(const Reach& reach);

/// Why a node does not answer, and what may help: tries once more, and looks closer. @param said by
/// gRPC
std::string WhyUnreachable(const Reach& reach, const std::string& said);

/// Takes from ~/.config/voxpost/umctl.yaml ($XDG_CONFIG_HOME/voxpost/umctl.yaml) what it has.
/// kInvalidArgument: all that is wrong with it.
absl::Status ReadConfiguration(Reach& reach, std::string& organisation);

}  // namespace um::cli

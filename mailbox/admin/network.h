// The door for administrators elsewhere: um.admin.v1 by TLS, for those whom the configuration
// grants something.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/net/endpoint.h"
#include "mailbox/admin/acceptor.h"
#include "mailbox/admin/door.h"

namespace um::admin {

/// Destroying it refuses new calls and ends those under way.
class NetworkServer {
 public:
  virtual ~NetworkServer() = default;
  /// Where it listens, with the ports that were bound.
  virtual std::vector<net::Endpoint> endpoints() const = 0;
};

struct NetworkOptions {
  config::v1::Administration administration;
  AcceptorLimits connections;
  /// From a connection's acceptance to the first frame of HTTP/2.
  std::chrono::milliseconds handshake{10'000};
};

/// `serve` puts the services behind the door; they outlive the server. The configuration is one
/// that CheckAdministration() found nothing wrong with. kUnavailable: an address cannot be bound.
absl::StatusOr<std::unique_ptr<NetworkServer>> StartNetworkServer(
    const NetworkOptions& options, const std::function<void(Door&)>& serve);

}  // namespace um::admin

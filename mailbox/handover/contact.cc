#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "mailbox/handover/decider.h"

namespace um::handover {
namespace {

// This machine's address for packets to `peer`: the kernel's choice of route, without sending any.
std::optional<net::IpAddress> LocalAddressTowards(const net::IpAddress& peer) {
  sockaddr_storage address{};
  socklen_t length = net::Endpoint{peer, 5060}.ToSockaddr(address);
  const int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::nullopt;
  std::optional<net::IpAddress> local;
  sockaddr_storage own{};
  socklen_t own_length = sizeof own;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&own), &own_length) == 0) {
    local = net::IpAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&own));
  }
  close(fd);
  return local;
}

std::optional<net::Endpoint> EndpointOf(const ServerOptions& options, std::string_view transport) {
  for (const auto& [protocol, endpoint] : options.sip) {
    if (net::ToString(protocol) == transport) return endpoint;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::string> ContactFor(const ServerOptions& options, const domain::CallRoute& route,
                                       const net::IpAddress& peer, std::string_view transport,
                                       const std::string& ticket) {
  auto endpoint = EndpointOf(options, transport);
  if (!endpoint) {
    return absl::NotFoundError(fmt::format("node {} has no {} listener", options.node, transport));
  }
  if (route.gateway.advertised_address) {
    endpoint->ip = *route.gateway.advertised_address;
  } else if (endpoint->ip.is_unspecified()) {
    const auto local = LocalAddressTowards(peer);
    if (!local) return absl::NotFoundError("no route to " + peer.ToString());
    endpoint->ip = *local;
  }
  sip::Uri contact;
  contact.scheme = "sip";
  contact.user = route.pilot;
  contact.host = endpoint->ip.ToUriHost();
  contact.port = endpoint->port;
  contact.parameters = route.pilot_parameters;
  contact.parameters.emplace_back("transport", transport);
  if (!ticket.empty()) contact.parameters.emplace_back("um-ticket", ticket);
  return contact.ToString();
}

}  // namespace um::handover

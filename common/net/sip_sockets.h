// SipSockets: the Transport of a running process, over TCP and UDP.
//
// One loop, no threads. Streams and datagrams are framed within limits before anybody parses them;
// what is sent in one turn of the loop leaves with one system call per connection or socket.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async/epoll_loop.h"
#include "common/net/limits.h"
#include "common/net/transport.h"

namespace um::net {

struct ListenerOptions {
  Protocol protocol = Protocol::kTcp;
  Endpoint address;  ///< port 0: any free one; 0.0.0.0 or [::]: every address of that family
  /// What peers are told to use instead of the local address (NAT, load balancer). Port 0: the
  /// listener's.
  std::optional<Endpoint> advertised;
};

/// Thread: loop.
class SipSockets : public Transport {
 public:
  /// Opens all listeners or none. What arrives before SetHandler() is dropped. kUnavailable: an
  /// address cannot be bound; kUnimplemented: TLS.
  static absl::StatusOr<std::unique_ptr<SipSockets>> Open(
      async::EpollLoop& loop, const std::vector<ListenerOptions>& listeners,
      const Limits& limits = {}, Handler* handler = nullptr);
  /// `handler` must outlive this, or be replaced.
  virtual void SetHandler(Handler* handler) = 0;
  /// The addresses bound, in the order of the listeners.
  virtual std::vector<Endpoint> endpoints() const = 0;
  /// Streams open or opening or closing.
  virtual size_t connections() const = 0;
};

}  // namespace um::net

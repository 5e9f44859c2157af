// Descriptors and the few kinds of socket that SIP needs. All are non-blocking and close-on-exec.
#pragma once

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/net/endpoint.h"

namespace um::net {

/// Owns a descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) Reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { Reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void Reset(int fd = -1);

 private:
  int fd_ = -1;
};

/// A listening TCP socket. An IPv6 socket takes no IPv4: 0.0.0.0 and [::] are two listeners.
absl::StatusOr<Fd> ListenTcp(const Endpoint& address);
/// A bound UDP socket that tells each datagram's local address.
absl::StatusOr<Fd> BindUdp(const Endpoint& address);
/// A TCP socket that has begun to connect, from `source` if given. Failures that come later are in
/// SocketError().
absl::StatusOr<Fd> ConnectTcp(const Endpoint& peer, const std::optional<IpAddress>& source);
/// What every stream of ours is: no Nagle delay, and dead peers noticed (keep-alive,
/// TCP_USER_TIMEOUT).
void PrepareStream(int fd);

Endpoint LocalOf(int fd);
/// Our address towards `peer` as the routing table has it; nothing is sent.
std::optional<IpAddress> SourceTowards(const Endpoint& peer);
/// The socket's pending error (SO_ERROR), cleared by asking.
int SocketError(int fd);
/// kUnavailable with errno's text: "bind 127.0.0.1:5060: Address already in use".
absl::Status ErrnoStatus(const char* what, const Endpoint& endpoint, int error);

}  // namespace um::net

#include "common/net/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "common/base/status.h"

namespace um::net {
namespace {

constexpr int kBacklog = 1024;
constexpr int kUdpBuffer = 1 << 20;

void SetOption(int fd, int level, int name, int value) {
  // Best effort: an option that a kernel lacks is no reason not to serve.
  (void)setsockopt(fd, level, name, &value, sizeof value);
}

absl::StatusOr<Fd> OpenSocket(const Endpoint& address, int type) {
  const int family = address.ip.is_v6() ? AF_INET6 : AF_INET;
  Fd fd(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return ErrnoStatus("socket", address, errno);
  if (address.ip.is_v6()) SetOption(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return fd;
}

absl::Status Bind(const Fd& fd, const Endpoint& address) {
  sockaddr_storage storage;
  const socklen_t length = address.ToSockaddr(storage);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
    return ErrnoStatus("bind", address, errno);
  }
  return absl::OkStatus();
}

}  // namespace

void Fd::Reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

absl::Status ErrnoStatus(const char* what, const Endpoint& endpoint, int error) {
  return absl::UnavailableError(
      fmt::format("{} {}: {}", what, endpoint.ToString(), std::generic_category().message(error)));
}

absl::StatusOr<Fd> ListenTcp(const Endpoint& address) {
  UM_ASSIGN_OR_RETURN(Fd fd, OpenSocket(address, SOCK_STREAM));
  SetOption(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  UM_RETURN_IF_ERROR(Bind(fd, address));
  if (listen(fd.get(), kBacklog) != 0) return ErrnoStatus("listen", address, errno);
  return fd;
}

absl::StatusOr<Fd> BindUdp(const Endpoint& address) {
  UM_ASSIGN_OR_RETURN(Fd fd, OpenSocket(address, SOCK_DGRAM));
  SetOption(fd.get(), SOL_SOCKET, SO_RCVBUF, kUdpBuffer);
  if (address.ip.is_v6()) {
    SetOption(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  } else {
    SetOption(fd.get(), IPPROTO_IP, IP_PKTINFO, 1);
  }
  UM_RETURN_IF_ERROR(Bind(fd, address));
  return fd;
}

absl::StatusOr<Fd> ConnectTcp(const Endpoint& peer, const std::optional<IpAddress>& source) {
  UM_ASSIGN_OR_RETURN(Fd fd, OpenSocket(peer, SOCK_STREAM));
  if (source) {
    SetOption(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    UM_RETURN_IF_ERROR(Bind(fd, Endpoint{*source, 0}));
  }
  PrepareStream(fd.get());
  sockaddr_storage storage;
  const socklen_t length = peer.ToSockaddr(storage);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 &&
      errno != EINPROGRESS) {
    return ErrnoStatus("connect", peer, errno);
  }
  return fd;
}

void PrepareStream(int fd) {
  SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  // A peer that vanished is noticed after 60 + 3 * 10 s of silence, or 30 s after it stopped
  // acknowledging.
  SetOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  SetOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

Endpoint LocalOf(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
  return Endpoint::FromSockaddr(reinterpret_cast<const sockaddr*>(&storage)).value_or(Endpoint());
}

std::optional<IpAddress> SourceTowards(const Endpoint& peer) {
  auto fd = OpenSocket(peer, SOCK_DGRAM);
  if (!fd.ok()) return std::nullopt;
  sockaddr_storage storage;
  const socklen_t length = peer.ToSockaddr(storage);
  if (connect(fd->get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0)
    return std::nullopt;
  return LocalOf(fd->get()).ip;
}

int SocketError(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

}  // namespace um::net

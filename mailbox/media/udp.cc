#include "mailbox/media/udp.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <random>
#include <utility>

#include "common/base/status.h"

namespace um::media {
namespace {

void Configure(int fd, bool v6) {
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);  // exact jitter and round trip times
  // RFC 4594 section 4.1: telephony is Expedited Forwarding. A network that minds will remark it.
  const int expedited = IPTOS_DSCP_EF;
  if (v6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &expedited, sizeof expedited);
  } else {
    setsockopt(fd, IPPROTO_IP, IP_TOS, &expedited, sizeof expedited);
  }
}

/// @return errno, or zero.
int Bind(const net::Endpoint& local, UdpSocket& out) {
  const int family = local.ip.is_v6() ? AF_INET6 : AF_INET;
  UdpSocket socket_(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket_.fd() < 0) return errno;
  Configure(socket_.fd(), local.ip.is_v6());
  sockaddr_storage address;
  const socklen_t size = local.ToSockaddr(address);
  if (bind(socket_.fd(), reinterpret_cast<sockaddr*>(&address), size) != 0) return errno;
  out = std::move(socket_);
  return 0;
}

}  // namespace

UdpSocket::UdpSocket(UdpSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}
void UdpSocket::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

bool UdpSocket::SendTo(std::span<const uint8_t> bytes, const sockaddr_storage& to,
                       socklen_t size) const {
  return sendto(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                reinterpret_cast<const sockaddr*>(&to), size) == static_cast<ssize_t>(bytes.size());
}

PortRange::PortRange(uint16_t first, uint16_t last) : first_(first + first % 2u), pairs_(0) {
  if (last > first_) pairs_ = (last - first_ + 1u) / 2;
  // Not the ports of the process before: its peers may still be sending to them.
  if (pairs_ > 0) next_ = std::random_device()() % pairs_;
}

absl::StatusOr<PortPair> PortRange::Open(const net::IpAddress& local) {
  for (uint32_t tried = 0; tried < pairs_; ++tried) {
    const auto port = static_cast<uint16_t>(first_ + 2 * (next_++ % pairs_));
    PortPair pair;
    pair.port = port;
    int error = Bind({local, port}, pair.rtp);
    if (error == 0) error = Bind({local, static_cast<uint16_t>(port + 1)}, pair.rtcp);
    if (error == 0) return pair;
    if (error == EADDRINUSE || error == EACCES) continue;
    const std::string what =
        fmt::format("open RTP ports on {}: {}", local.ToString(), strerror(error));
    return error == EADDRNOTAVAIL ? absl::UnavailableError(what)
                                  : absl::ResourceExhaustedError(what);
  }
  return absl::ResourceExhaustedError(fmt::format(
      "open RTP ports on {}: all {} pairs from {} are in use", local.ToString(), pairs_, first_));
}

Batch::Batch() : slots_(std::make_unique<std::array<Slot, kSize>>()) {
  for (size_t i = 0; i < kSize; ++i) {
    Slot& slot = (*slots_)[i];
    vectors_[i] = {slot.bytes, sizeof slot.bytes};
    headers_[i].msg_hdr.msg_name = &slot.from;
    headers_[i].msg_hdr.msg_namelen = sizeof slot.from;
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
    headers_[i].msg_hdr.msg_control = slot.control;
    headers_[i].msg_hdr.msg_controllen = sizeof slot.control;
  }
}

size_t Batch::Receive(const UdpSocket& socket) {
  for (size_t i = 0; i < used_; ++i) {  // what the kernel wrote over
    headers_[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    headers_[i].msg_hdr.msg_controllen = sizeof(Slot::control);
  }
  const int n = recvmmsg(socket.fd(), headers_.data(), kSize, MSG_DONTWAIT, nullptr);
  used_ = n > 0 ? static_cast<size_t>(n) : 0;
  return used_;
}

Batch::Datagram Batch::operator[](size_t i) const {
  const Slot& slot = (*slots_)[i];
  msghdr header = headers_[i].msg_hdr;
  Datagram datagram;
  const auto from = net::Endpoint::FromSockaddr(reinterpret_cast<const sockaddr*>(&slot.from));
  if ((header.msg_flags & MSG_TRUNC) != 0 || !from) return datagram;
  datagram.from = *from;
  datagram.bytes = {slot.bytes, headers_[i].msg_len};
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time;
    std::memcpy(&time, CMSG_DATA(c), sizeof time);
    datagram.arrival =
        async::WallTime(async::Duration(time.tv_sec * 1'000'000 + time.tv_nsec / 1000));
  }
  return datagram;
}

}  // namespace um::media

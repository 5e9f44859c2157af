#include "common/net/datagrams.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace um::net {
namespace {

constexpr size_t kBatch = 16;
constexpr int kBatchesPerTurn = 4;  // so that a flood on one socket leaves the others their turn

// The local address of a datagram that came (ip(7), ipv6(7)).
std::optional<IpAddress> LocalAddress(msghdr& header) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      sockaddr_in four{};
      four.sin_family = AF_INET;
      four.sin_addr = info.ipi_spec_dst;
      return IpAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&four));
    }
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      sockaddr_in6 six{};
      six.sin6_family = AF_INET6;
      six.sin6_addr = info.ipi6_addr;
      return IpAddress::FromSockaddr(reinterpret_cast<const sockaddr*>(&six));
    }
  }
  return std::nullopt;
}

template <class Info>
void PutControl(msghdr& header, int level, int type, const Info& info) {
  header.msg_controllen = CMSG_SPACE(sizeof info);
  cmsghdr* c = CMSG_FIRSTHDR(&header);
  c->cmsg_level = level;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(c), &info, sizeof info);
}

// Makes a datagram leave from `local`.
void PutLocalAddress(msghdr& header, const IpAddress& local) {
  if (local.is_v6()) {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, local.bytes(), 16);
    PutControl(header, IPPROTO_IPV6, IPV6_PKTINFO, info);
  } else {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, local.bytes(), 4);
    PutControl(header, IPPROTO_IP, IP_PKTINFO, info);
  }
}

}  // namespace

// What recvmmsg(2) and sendmmsg(2) work on.
struct Datagrams::Batch {
  struct alignas(cmsghdr) Control {
    char bytes[CMSG_SPACE(sizeof(in6_pktinfo))];
  };
  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> vectors{};
  std::array<sockaddr_storage, kBatch> addresses{};
  std::array<Control, kBatch> controls{};
  std::vector<char> bytes;  // of received datagrams

  void Reset(size_t i, void* data, size_t size) {
    vectors[i] = {data, size};
    headers[i] = {};
    msghdr& header = headers[i].msg_hdr;
    header.msg_name = &addresses[i];
    header.msg_namelen = sizeof addresses[i];
    header.msg_iov = &vectors[i];
    header.msg_iovlen = 1;
    controls[i] = {};
    header.msg_control = controls[i].bytes;
    header.msg_controllen = sizeof controls[i].bytes;
  }
};

Datagrams::Datagrams(async::EpollLoop& loop, const Limits& limits, Fd fd, Receive receive)
    : limits_(limits),
      fd_(std::move(fd)),
      receive_(std::move(receive)),
      local_(LocalOf(fd_.get())),
      in_(std::make_unique<Batch>()),
      out_(std::make_unique<Batch>()),
      events_(EPOLLIN) {
  in_->bytes.resize(kBatch * limits_.frame.datagram_bytes);
  watch_ = loop.Add(fd_.get(), events_, [this](uint32_t events) { OnReady(events); });
}

Datagrams::~Datagrams() = default;

void Datagrams::OnReady(uint32_t events) {
  if ((events & EPOLLOUT) != 0) Flush();
  if ((events & ~uint32_t{EPOLLOUT}) == 0) return;
  for (int i = 0; i < kBatchesPerTurn && ReadBatch(); ++i) {
  }
}

// True if there may be more.
bool Datagrams::ReadBatch() {
  const size_t size = limits_.frame.datagram_bytes;
  for (size_t i = 0; i < kBatch; ++i) in_->Reset(i, in_->bytes.data() + i * size, size);
  const int n = recvmmsg(fd_.get(), in_->headers.data(), kBatch, 0, nullptr);
  for (int i = 0; i < n; ++i) {
    msghdr& header = in_->headers[i].msg_hdr;
    const auto peer = Endpoint::FromSockaddr(static_cast<const sockaddr*>(header.msg_name));
    if (!peer) continue;
    receive_({.local = {LocalAddress(header).value_or(local_.ip), local_.port},
              .peer = *peer,
              .bytes = {in_->bytes.data() + static_cast<size_t>(i) * size, in_->headers[i].msg_len},
              .cut = (header.msg_flags & MSG_TRUNC) != 0});
  }
  return n == static_cast<int>(kBatch);
}

bool Datagrams::Queue(const Endpoint& local, const Endpoint& peer, std::string bytes) {
  if (queued_bytes_ + bytes.size() > limits_.send_queue) return false;
  queued_bytes_ += bytes.size();
  queue_.push_back({local, peer, std::move(bytes)});
  return true;
}

void Datagrams::Flush() {
  while (!queue_.empty()) {
    const size_t count = std::min(queue_.size(), kBatch);
    for (size_t i = 0; i < count; ++i) {
      Outgoing& packet = queue_[i];
      out_->Reset(i, packet.bytes.data(), packet.bytes.size());
      msghdr& header = out_->headers[i].msg_hdr;
      header.msg_namelen = packet.peer.ToSockaddr(out_->addresses[i]);
      if (packet.local.ip.is_unspecified()) {
        header.msg_controllen = 0;
      } else {
        PutLocalAddress(header, packet.local.ip);
      }
    }
    const int n = sendmmsg(fd_.get(), out_->headers.data(), static_cast<unsigned>(count), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    // An error is of the first packet (no route, say): it is lost like any datagram, and its
    // transaction will notice.
    for (int done = std::max(n, 1); done > 0; --done) {
      queued_bytes_ -= queue_.front().bytes.size();
      queue_.pop_front();
    }
  }
  UpdateWatch();
}

void Datagrams::UpdateWatch() {
  const uint32_t wanted = EPOLLIN | (queue_.empty() ? 0U : uint32_t{EPOLLOUT});
  if (wanted != std::exchange(events_, wanted)) watch_.Update(wanted);
}

}  // namespace um::net

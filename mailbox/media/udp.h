// UDP sockets of a call, and reading many datagrams with one system call.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "common/async/loop.h"
#include "common/net/endpoint.h"

namespace um::media {

/// A bound, non-blocking UDP socket.
class UdpSocket {
 public:
  UdpSocket() = default;
  explicit UdpSocket(int fd) : fd_(fd) {}
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&& other) noexcept;
  ~UdpSocket() { Close(); }
  int fd() const { return fd_; }
  void Close();
  /// @return true if the kernel took it.
  bool SendTo(std::span<const uint8_t> bytes, const sockaddr_storage& to, socklen_t size) const;

 private:
  int fd_ = -1;
};

/// RTP on an even port, RTCP on the one after it (RFC 3550 section 11).
struct PortPair {
  UdpSocket rtp;
  UdpSocket rtcp;
  uint16_t port = 0;
};

/// Finds free pairs in a range, going round, so that a port is not used again at once.   Thread:
/// loop.
class PortRange {
 public:
  PortRange(uint16_t first, uint16_t last);
  /// kResourceExhausted: none is free. kUnavailable: `local` is no address of this host.
  absl::StatusOr<PortPair> Open(const net::IpAddress& local);

 private:
  uint32_t first_;
  uint32_t pairs_;
  uint32_t next_ = 0;
};

/// Room for the datagrams of one recvmmsg(2).   Thread: one at a time.
class Batch {
 public:
  static constexpr size_t kSize = 16;
  struct Datagram {
    std::span<const uint8_t> bytes;
    net::Endpoint from;
    async::WallTime arrival;  ///< by the kernel's clock
  };

  Batch();
  /// Reads up to kSize datagrams. Longer ones than 1500 bytes are left out. @return how many there
  /// are.
  size_t Receive(const UdpSocket& socket);
  /// Its bytes are empty if it was too long or has no address.
  Datagram operator[](size_t i) const;

 private:
  struct Slot {
    sockaddr_storage from;
    alignas(cmsghdr) uint8_t control[64];
    uint8_t bytes[1500];
  };
  std::array<mmsghdr, kSize> headers_{};
  std::array<iovec, kSize> vectors_{};
  std::unique_ptr<std::array<Slot, kSize>> slots_;
  size_t used_ = 0;
};

}  // namespace um::media

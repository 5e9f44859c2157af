// RtpPeer: a phone's media as plain sockets, for tests of the media engine.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/net/endpoint.h"
#include "mailbox/media/rtp_packet.h"

namespace um::tests {

using Bytes = std::vector<uint8_t>;

/// One UDP socket on a port the system chose.
class UdpPeer {
 public:
  explicit UdpPeer(const std::string& address = "127.0.0.1", uint16_t port = 0) {
    fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_storage local;
    const socklen_t size = net::Endpoint{*net::IpAddress::Parse(address), port}.ToSockaddr(local);
    bound_ = bind(fd_, reinterpret_cast<sockaddr*>(&local), size) == 0;
  }
  UdpPeer(const UdpPeer&) = delete;
  UdpPeer& operator=(const UdpPeer&) = delete;
  ~UdpPeer() { close(fd_); }
  bool bound() const { return bound_; }
  net::Endpoint address() const {
    sockaddr_storage local{};
    socklen_t size = sizeof local;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&local), &size);
    return *net::Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&local));
  }
  void SendTo(uint16_t port, std::span<const uint8_t> bytes, const char* host = "127.0.0.1") {
    sockaddr_storage to;
    const socklen_t size = net::Endpoint{*net::IpAddress::Parse(host), port}.ToSockaddr(to);
    sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), size);
  }
  /// The next datagram; empty if none comes in time.
  Bytes Receive(std::chrono::milliseconds wait) {
    pollfd interest{fd_, POLLIN, 0};
    if (poll(&interest, 1, static_cast<int>(wait.count())) <= 0) return {};
    Bytes bytes(2000);
    const ssize_t n = recv(fd_, bytes.data(), bytes.size(), 0);
    bytes.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return bytes;
  }

 private:
  int fd_;
  bool bound_ = false;
};

/// Writes RTP packets of one source.
struct RtpWriter {
  uint16_t sequence = 65000;
  uint32_t timestamp = 0xFFFFF000;
  uint32_t ssrc = 0x11223344;

  Bytes Packet(std::span<const uint8_t> payload, uint8_t payload_type, bool marker = false) {
    Bytes out(media::kRtpHeader);
    media::WriteRtpHeader({payload_type, marker, sequence++, timestamp, ssrc, {}},
                          std::span<uint8_t, media::kRtpHeader>(out.data(), media::kRtpHeader));
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
  }
  Bytes Audio(std::span<const uint8_t> payload, uint8_t payload_type = 0) {
    Bytes out = Packet(payload, payload_type);
    timestamp += static_cast<uint32_t>(payload.size());
    return out;
  }
};

}  // namespace um::tests

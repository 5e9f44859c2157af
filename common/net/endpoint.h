// An IP address, a port, and the ways to write them.
#pragma once

#include <sys/socket.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace um::net {

/// An IPv4 or IPv6 address. IPv4-mapped IPv6 addresses are turned into IPv4.
class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  /// "192.0.2.1", "2001:db8::1", "[2001:db8::1]". No names.
  static std::optional<IpAddress> Parse(std::string_view text);
  static std::optional<IpAddress> FromSockaddr(const sockaddr* address);
  bool is_v6() const { return v6_; }
  bool is_unspecified() const;
  bool is_loopback() const;
  std::string ToString() const;                    ///< without brackets
  std::string ToUriHost() const;                   ///< with brackets when IPv6
  const uint8_t* bytes() const { return bytes_; }  ///< 4 or 16, network order
  auto operator<=>(const IpAddress&) const = default;

 private:
  friend struct Endpoint;
  bool v6_ = false;
  uint8_t bytes_[16] = {};
};

/// An address and a port.
struct Endpoint {
  IpAddress ip;
  uint16_t port = 0;
  /// "192.0.2.1:5060", "[2001:db8::1]:5060".
  static std::optional<Endpoint> Parse(std::string_view text);
  static std::optional<Endpoint> FromSockaddr(const sockaddr* address);
  /// Fills `storage` and returns the length for bind(2), connect(2), sendto(2).
  socklen_t ToSockaddr(sockaddr_storage& storage) const;
  std::string ToString() const;
  auto operator<=>(const Endpoint&) const = default;
};

/// An address range: "192.0.2.0/24", or a single address.
class Network {
 public:
  static std::optional<Network> Parse(std::string_view text);
  bool Contains(const IpAddress& ip) const;
  /// True if there is an address in both.
  bool Overlaps(const Network& other) const {
    return other.prefix_ >= prefix_ ? Contains(other.base_) : other.Contains(base_);
  }
  int prefix() const { return prefix_; }  ///< bits; an IPv4 and an IPv6 network are never compared
  std::string ToString() const;
  auto operator<=>(const Network&) const = default;

 private:
  IpAddress base_;
  int prefix_ = 0;
};

}  // namespace um::net

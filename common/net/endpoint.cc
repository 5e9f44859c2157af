#include "common/net/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace um::net {
namespace {

template <class N>
std::optional<N> ParseNumber(std::string_view text) {
  N value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool IsMapped(const uint8_t* bytes) {
  constexpr uint8_t kPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(kPrefix, kPrefix + sizeof kPrefix, bytes);
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']') && text.find(':') != std::string_view::npos) {
    text = text.substr(1, text.size() - 2);
  }
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, terminated.c_str(), &six.sin6_addr) == 1) {
    return FromSockaddr(reinterpret_cast<const sockaddr*>(&six));
  }
  sockaddr_in four{};
  four.sin_family = AF_INET;
  if (inet_pton(AF_INET, terminated.c_str(), &four.sin_addr) == 1) {
    return FromSockaddr(reinterpret_cast<const sockaddr*>(&four));
  }
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::FromSockaddr(const sockaddr* address) {
  IpAddress ip;
  if (address->sa_family == AF_INET) {
    std::memcpy(ip.bytes_, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
    return ip;
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  const uint8_t* bytes = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr.s6_addr;
  if (IsMapped(bytes)) {
    std::copy_n(bytes + 12, 4, ip.bytes_);
  } else {
    ip.v6_ = true;
    std::copy_n(bytes, 16, ip.bytes_);
  }
  return ip;
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes_, bytes_ + sizeof bytes_, [](uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
  if (!v6_) return bytes_[0] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_, bytes_ + 15, [](uint8_t byte) { return byte == 0; });
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(v6_ ? AF_INET6 : AF_INET, bytes_, text, sizeof text);
  return text;
}

std::string IpAddress::ToUriHost() const { return v6_ ? "[" + ToString() + "]" : ToString(); }

std::optional<Endpoint> Endpoint::Parse(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(0, colon);
  // Without brackets the last group of an IPv6 address would be taken for a port.
  if (host.find(':') != std::string_view::npos && !host.starts_with('[')) return std::nullopt;
  const auto ip = IpAddress::Parse(host);
  const auto port = ParseNumber<uint16_t>(text.substr(colon + 1));
  if (!ip || !port) return std::nullopt;
  return Endpoint{*ip, *port};
}

std::optional<Endpoint> Endpoint::FromSockaddr(const sockaddr* address) {
  const auto ip = IpAddress::FromSockaddr(address);
  if (!ip) return std::nullopt;
  const in_port_t port = address->sa_family == AF_INET
                             ? reinterpret_cast<const sockaddr_in*>(address)->sin_port
                             : reinterpret_cast<const sockaddr_in6*>(address)->sin6_port;
  return Endpoint{*ip, ntohs(port)};
}

socklen_t Endpoint::ToSockaddr(sockaddr_storage& storage) const {
  std::memset(&storage, 0, sizeof storage);
  if (!ip.is_v6()) {
    auto* four = reinterpret_cast<sockaddr_in*>(&storage);
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    std::memcpy(&four->sin_addr, ip.bytes(), 4);
    return sizeof *four;
  }
  auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(port);
  std::memcpy(&six->sin6_addr, ip.bytes(), 16);
  return sizeof *six;
}

std::string Endpoint::ToString() const { return ip.ToUriHost() + ":" + std::to_string(port); }

std::optional<Network> Network::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto ip = IpAddress::Parse(text.substr(0, slash));
  if (!ip) return std::nullopt;
  Network network;
  network.base_ = *ip;
  network.prefix_ = ip->is_v6() ? 128 : 32;
  if (slash != std::string_view::npos) {
    const auto prefix = ParseNumber<uint8_t>(text.substr(slash + 1));
    if (!prefix || *prefix > network.prefix_) return std::nullopt;
    network.prefix_ = *prefix;
  }
  return network;
}

bool Network::Contains(const IpAddress& ip) const {
  if (ip.is_v6() != base_.is_v6()) return false;
  const int whole = prefix_ / 8;
  if (!std::equal(base_.bytes(), base_.bytes() + whole, ip.bytes())) return false;
  const int rest = prefix_ % 8;
  if (rest == 0) return true;
  const int mask = 0xff << (8 - rest);
  return ((base_.bytes()[whole] ^ ip.bytes()[whole]) & mask & 0xff) == 0;
}

std::string Network::ToString() const { return base_.ToString() + "/" + std::to_string(prefix_); }

}  // namespace um::net

#include "common/net/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "common/net/transport.h"
#include "tests/support/catch.h"

namespace um::net {
namespace {

TEST_CASE("addresses are read and written") {
  CHECK(IpAddress::Parse("192.0.2.1")->ToString() == "192.0.2.1");
  CHECK(IpAddress::Parse("2001:DB8:0:0::1")->ToString() == "2001:db8::1");
  CHECK(IpAddress::Parse("[2001:db8::1]")->ToUriHost() == "[2001:db8::1]");
  CHECK(IpAddress::Parse("192.0.2.1")->ToUriHost() == "192.0.2.1");
  CHECK(IpAddress() == *IpAddress::Parse("0.0.0.0"));
  for (const char* text :
       {"", "localhost", "192.0.2", "192.0.2.256", "192.0.2.1 ", "[192.0.2.1]", "[]", "2001:db8::g",
        "2001:db8::1%eth0", "[2001:db8::1", "192.0.2.1:5060"}) {
    CAPTURE(text);
    CHECK_FALSE(IpAddress::Parse(text));
  }
  CHECK_FALSE(IpAddress::Parse(std::string_view("192.0.2.1\0x", 11)));
}

TEST_CASE("an IPv4 address mapped into IPv6 is the IPv4 address") {
  const auto mapped = IpAddress::Parse("::ffff:192.0.2.1");
  REQUIRE(mapped);
  CHECK_FALSE(mapped->is_v6());
  CHECK(*mapped == *IpAddress::Parse("192.0.2.1"));
}

TEST_CASE("special addresses are known") {
  CHECK(IpAddress::Parse("0.0.0.0")->is_unspecified());
  CHECK(IpAddress::Parse("::")->is_unspecified());
  CHECK_FALSE(IpAddress::Parse("::1")->is_unspecified());
  CHECK(IpAddress::Parse("127.8.9.10")->is_loopback());
  CHECK(IpAddress::Parse("::1")->is_loopback());
  CHECK_FALSE(IpAddress::Parse("::")->is_loopback());
  CHECK_FALSE(IpAddress::Parse("128.0.0.1")->is_loopback());
}

TEST_CASE("endpoints are read and written") {
  CHECK(Endpoint::Parse("192.0.2.1:5060")->ToString() == "192.0.2.1:5060");
  CHECK(Endpoint::Parse("[2001:db8::1]:0")->ToString() == "[2001:db8::1]:0");
  for (const char* text :
       {"", "192.0.2.1", ":5060", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:5o6o",
        "2001:db8::1:5060", "[2001:db8::1]", "host:5060"}) {
    CAPTURE(text);
    CHECK_FALSE(Endpoint::Parse(text));
  }
}

TEST_CASE("an endpoint survives the way through the socket interface") {
  for (const char* text : {"192.0.2.1:5060", "[2001:db8::1]:65535", "0.0.0.0:0"}) {
    sockaddr_storage storage;
    const Endpoint endpoint = *Endpoint::Parse(text);
    const socklen_t length = endpoint.ToSockaddr(storage);
    CHECK(length == (endpoint.ip.is_v6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in)));
    CHECK(Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&storage)) == endpoint);
  }
  sockaddr_storage local{};
  local.ss_family = AF_UNIX;
  CHECK_FALSE(Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&local)));
}

TEST_CASE("a network contains its addresses and no others") {
  const auto contains = [](const char* network, const char* ip) {
    return Network::Parse(network)->Contains(*IpAddress::Parse(ip));
  };
  CHECK(contains("192.0.2.0/24", "192.0.2.255"));
  CHECK_FALSE(contains("192.0.2.0/24", "192.0.3.0"));
  CHECK(contains("192.0.2.128/25", "192.0.2.200"));
  CHECK_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  CHECK(contains("192.0.2.77/25", "192.0.2.1"));  // host bits of the network do not count
  CHECK(contains("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(contains("192.0.2.1", "192.0.2.2"));
  CHECK(contains("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(contains("0.0.0.0/0", "::1"));
  CHECK(contains("192.0.2.0/24", "::ffff:192.0.2.9"));
  CHECK(contains("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(contains("::1/128", "::1"));
  CHECK(Network::Parse("192.0.2.0/24")->ToString() == "192.0.2.0/24");
  CHECK(Network::Parse("::1")->ToString() == "::1/128");
  for (const char* text : {"", "/24", "192.0.2.0/", "192.0.2.0/33", "::/129", "192.0.2.0/-1",
                           "192.0.2.0/24 ", "x/8"}) {
    CAPTURE(text);
    CHECK_FALSE(Network::Parse(text));
  }
}

TEST_CASE("protocols have their names") {
  CHECK(ToString(Protocol::kTcp) == "tcp");
  CHECK(ViaName(Protocol::kUdp) == "UDP");
  CHECK(ViaName(Protocol::kTls) == "TLS");
  CHECK(IsReliable(Protocol::kTls));
  CHECK_FALSE(IsReliable(Protocol::kUdp));
}

}  // namespace
}  // namespace um::net

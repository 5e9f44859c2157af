// um-proxy whole: real SIP sockets, real gRPC, two nodes.
#include "proxy/app.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include "common/log/log.h"
#include "tests/integration/handover/bench.h"
#include "tests/unit/proxy/fakes.h"

namespace um::tests {
namespace {

using namespace std::chrono_literals;

/// A gateway's socket on the loopback.
class Peer {
 public:
  Peer(int type, const net::Endpoint& proxy, const char* own = "127.0.0.1:0")
      : fd_(socket(AF_INET, type, 0)) {
    sockaddr_storage address{};
    socklen_t length = net::Endpoint::Parse(own)->ToSockaddr(address);
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), length) == 0);
    length = proxy.ToSockaddr(address);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&address), length) == 0);
  }
  ~Peer() { close(fd_); }
  void Say(const std::string& text) {
    REQUIRE(send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  /// What has come by now, without waiting; closed() after the end of a stream.
  std::string Heard() {
    char buffer[8192];
    const ssize_t n = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) heard_.append(buffer, static_cast<size_t>(n));
    if (n == 0) closed_ = true;
    return heard_;
  }
  bool closed() const { return closed_; }

 private:
  int fd_;
  std::string heard_;
  bool closed_ = false;
};

// Nodes that the proxy has said are connected.
std::atomic<int> connected_nodes = 0;  // NOLINT: the log's sink has no other way to tell

struct Bench {
  Bench() {
    connected_nodes = 0;
    log::SetSink([](std::string_view line) {
      if (line.find("node.connected") != std::string_view::npos) ++connected_nodes;
    });
    proxy::Config config;
    config.name = "proxy-1";
    config.nodes = {a.address, b.address};
    config.listeners = {
        {.protocol = net::Protocol::kUdp, .address = *net::Endpoint::Parse("127.0.0.1:0")},
        {.protocol = net::Protocol::kTcp, .address = *net::Endpoint::Parse("127.0.0.1:0")}};
    auto started = proxy::App::Start(loop, config);
    REQUIRE(started.ok());
    app = *std::move(started);
    REQUIRE(TurnUntil(loop, [] { return connected_nodes == 2; }));
  }
  ~Bench() { log::SetSink(nullptr); }
  net::Endpoint udp() { return app->endpoints().at(0); }
  net::Endpoint tcp() { return app->endpoints().at(1); }
  std::string Answer(Peer& peer) {
    std::string text;
    REQUIRE(TurnUntil(loop,
                      [&] { return (text = peer.Heard()).find("\r\n\r\n") != std::string::npos; }));
    return text;
  }
  static std::string Invite(const std::string& call, const std::string& transport) {
    proxy::Caller caller{.call_id = call, .branch = "z9hG4bK-" + call};
    caller.more = "Diversion: <sip:4711@pbx>;reason=no-answer\r\n";
    return caller.Request("INVITE", transport);
  }

  async::EpollLoop loop;
  PoolNode a{loop, "a"};
  PoolNode b{loop, "b"};
  std::unique_ptr<proxy::App> app;
};

TEST_CASE("a gateway's INVITE is redirected to a node, by the transport it came by") {
  Bench bench;
  Peer udp(SOCK_DGRAM, bench.udp());
  udp.Say(Bench::Invite("one", "UDP"));
  const std::string by_udp = bench.Answer(udp);
  CHECK(by_udp.starts_with("SIP/2.0 302 "));
  CHECK(by_udp.find("Contact: <sip:8000@127.0.0.1:5062;transport=udp;um-ticket=") !=
        std::string::npos);

  Peer tcp(SOCK_STREAM, bench.tcp());
  tcp.Say(Bench::Invite("two", "TCP"));
  CHECK(bench.Answer(tcp).find("transport=tcp") != std::string::npos);
}

TEST_CASE("OPTIONS is 200 while a node is there") {
  Bench bench;
  Peer peer(SOCK_DGRAM, bench.udp());
  peer.Say(proxy::Caller{}.Request("OPTIONS"));
  CHECK(bench.Answer(peer).starts_with("SIP/2.0 200 "));
}

TEST_CASE("calls go on without a node that has died") {
  Bench bench;
  bench.a.server.reset();
  for (int i = 0; i < 20; ++i) {
    Peer peer(SOCK_DGRAM, bench.udp());
    peer.Say(Bench::Invite("call-" + std::to_string(i), "UDP"));
    CHECK(bench.Answer(peer).starts_with("SIP/2.0 302 "));
  }
}

TEST_CASE("without any node calls get 503 and the gateway hears it from OPTIONS too") {
  Bench bench;
  bench.a.server.reset();
  bench.b.server.reset();
  for (int i = 0; i < 10; ++i) bench.loop.Step(20ms);
  Peer peer(SOCK_DGRAM, bench.udp());
  peer.Say(Bench::Invite("one", "UDP"));
  CHECK(bench.Answer(peer).starts_with("SIP/2.0 503 "));
  Peer other(SOCK_DGRAM, bench.udp());
  other.Say(proxy::Caller{}.Request("OPTIONS"));
  CHECK(bench.Answer(other).starts_with("SIP/2.0 503 "));
}

TEST_CASE(
    "pipelined requests on one stream are answered one by one, hostile ones in between survive") {
  Bench bench;
  Peer peer(SOCK_STREAM, bench.tcp());
  proxy::Caller odd{.call_id = "odd"};
  odd.more = "Require: 100rel\r\n";
  peer.Say(Bench::Invite("one", "TCP") + odd.Request("OPTIONS", "TCP") +
           Bench::Invite("two", "TCP"));
  std::string heard;
  REQUIRE(TurnUntil(bench.loop, [&] {
    heard = peer.Heard();
    size_t n = 0;
    for (size_t at = 0; (at = heard.find("SIP/2.0 ", at)) != std::string::npos; at += 8) {
      n += at == 0 || heard[at - 1] == '\n';
    }
    return n == 3;
  }));
  CHECK(heard.find("SIP/2.0 420 ") != std::string::npos);
  CHECK(heard.find("Unsupported: 100rel") != std::string::npos);
  // The message that crashes sofia's own stream parser (Content-Length beyond any memory) ends the
  // stream, not us.
  peer.Say("OPTIONS sip:x SIP/2.0\r\nContent-Length: 4294967295\r\n\r\nabc");
  CHECK(TurnUntil(bench.loop, [&] {
    peer.Heard();
    return peer.closed();
  }));
  Peer next(SOCK_STREAM, bench.tcp());
  next.Say(Bench::Invite("three", "TCP"));
  CHECK(bench.Answer(next).starts_with("SIP/2.0 302 "));
}

TEST_CASE("a proxy told to stop ends its loop, and lets go of everything") {
  Bench bench;
  Peer peer(SOCK_STREAM, bench.tcp());
  peer.Say(Bench::Invite("one", "TCP"));
  bench.app->Drain();
  bench.loop.Run();  // returns
  bench.app.reset();
  CHECK(TurnUntil(bench.loop, [&] {
    peer.Heard();
    return peer.closed();
  }));
}

TEST_CASE("an address that cannot be listened on is an error at start") {
  Bench bench;
  proxy::Config config;
  config.nodes = {bench.a.address};
  config.listeners = {{.protocol = net::Protocol::kTcp, .address = bench.tcp()}};
  CHECK_FALSE(proxy::App::Start(bench.loop, config).ok());
}

}  // namespace
}  // namespace um::tests

// What hostile or broken peers meet on TCP.
#include <sys/resource.h>

#include "common/sip/message.h"
#include "tests/integration/net/peer.h"

namespace um::net {
namespace {

const std::vector<ListenerOptions> kTcp = {{Protocol::kTcp, At("127.0.0.1:0"), std::nullopt}};

TEST_CASE(
    "a message over the limit is answered 413, the stream closed, and the message before it "
    "unharmed") {
  Rig rig(kTcp);
  Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
  std::string bad = Request();
  bad.replace(bad.find("Content-Length: 0"), 17, "Content-Length: 4294967295");
  peer.Send(Request("good") + bad + "v=0\r\n");
  REQUIRE(rig.Await([&] { return peer.Take(); }));
  CHECK_FALSE(peer.reset);
  CHECK(rig.handler.messages == std::vector<std::string>{Request("good")});
  const auto answer = sip::Message::Parse(peer.received);
  REQUIRE(answer.ok());
  CHECK(answer->status() == 413);
  CHECK_FALSE(answer->to_tag().empty());
  peer.Close();
  REQUIRE(rig.Await([&] { return !rig.handler.closed.empty(); }));
  CHECK(rig.handler.closed == std::vector<Flow>{rig.handler.flows.at(0)});
}

TEST_CASE("a bad Content-Length is answered 400, and an ACK with one is not") {
  Rig rig(kTcp);
  Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
  std::string bad = Request();
  bad.replace(bad.find("Content-Length: 0"), 17, "Content-Length: no");
  peer.Send(bad);
  REQUIRE(rig.Await([&] { return peer.Take(); }));
  CHECK(peer.received.starts_with("SIP/2.0 400 "));

  Peer acker = Peer::Connected(rig.sockets->endpoints().at(0));
  for (size_t at; (at = bad.find("OPTIONS")) != std::string::npos;) bad.replace(at, 7, "ACK");
  acker.Send(bad);
  REQUIRE(rig.Await([&] { return acker.Take(); }));
  CHECK(acker.received.empty());
}

TEST_CASE("what is not SIP, and header floods, are cut off without an answer") {
  Rig rig(kTcp);
  std::string lines = "OPTIONS sip:a SIP/2.0\r\n";
  for (int i = 0; i < 8000; ++i) lines += "A: b\r\n";
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02"), std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        lines + "\r\n", "OPTIONS sip:a SIP/2.0\r\nX: " + std::string(40'000, 'x')}) {
    Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
    peer.Send(bytes);
    REQUIRE(rig.Await([&] { return peer.Take(); }));
    CHECK(peer.received.empty());
  }
  CHECK(rig.handler.messages.empty());
}

TEST_CASE("connections are limited for each peer and in all, and a closed one makes room") {
  for (const Limits& limits : {Limits{.connections_per_peer = 2}, Limits{.connections = 2}}) {
    Rig rig(kTcp, limits);
    const Endpoint to = rig.sockets->endpoints().at(0);
    Peer a = Peer::Connected(to);
    Peer b = Peer::Connected(to);
    REQUIRE(rig.Await([&] { return rig.sockets->connections() == 2; }));
    Peer c = Peer::Connected(to);
    REQUIRE(rig.Await([&] { return c.Take(); }));
    CHECK(rig.sockets->connections() == 2);
    a.Close();
    REQUIRE(rig.Await([&] { return rig.sockets->connections() == 1; }));
    const Peer d = Peer::Connected(to);
    d.Send(Request());
    CHECK(rig.Await([&] { return rig.handler.messages.size() == 1; }));
    CHECK_FALSE(b.Take());
  }
}

TEST_CASE("our own connections count, too") {
  Rig rig(kTcp, {.connections = 1});
  const Peer a = Peer::Connected(rig.sockets->endpoints().at(0));
  REQUIRE(rig.Await([&] { return rig.sockets->connections() == 1; }));
  CHECK(rig.sockets->Connect(Protocol::kTcp, At("127.0.0.1:9")).status().code() ==
        absl::StatusCode::kResourceExhausted);
}

TEST_CASE("a peer must send a whole message soon, however busily it sends parts and pings") {
  Rig rig(kTcp, {.first_message = 200ms});
  Peer silent = Peer::Connected(rig.sockets->endpoints().at(0));
  Peer pinging = Peer::Connected(rig.sockets->endpoints().at(0));
  Peer slow = Peer::Connected(rig.sockets->endpoints().at(0));
  const std::string request = Request();
  size_t sent = 0;
  const auto begin = std::chrono::steady_clock::now();
  const bool all_closed = rig.Await([&] {
    if (sent < request.size() - 1 && !slow.Take()) {
      (void)send(slow.fd(), &request[sent++], 1, MSG_NOSIGNAL);
      (void)send(pinging.fd(), "\r\n\r\n", 4, MSG_NOSIGNAL);
    }
    return silent.Take() && pinging.Take() && slow.Take();
  });
  CHECK(all_closed);
  CHECK(std::chrono::steady_clock::now() - begin >= 190ms);
  CHECK(rig.handler.messages.empty());
}

TEST_CASE("a later message must be finished in time, but quiet and single CRLFs are allowed") {
  Rig rig(kTcp, {.first_message = 200ms});
  Peer quiet = Peer::Connected(rig.sockets->endpoints().at(0));
  Peer half = Peer::Connected(rig.sockets->endpoints().at(0));
  quiet.Send(Request() + "\r\n");
  half.Send(Request() + Request().substr(0, 30));
  REQUIRE(rig.Await([&] { return half.Take() && rig.handler.closed.size() == 1; }));
  // Two more of the same time: the quiet one stands.
  const auto until = std::chrono::steady_clock::now() + 400ms;
  REQUIRE(rig.Await([&] { return std::chrono::steady_clock::now() > until; }));
  CHECK_FALSE(quiet.Take());
  quiet.Send("\r\n" + Request());
  CHECK(rig.Await([&] { return rig.handler.messages.size() == 3; }));
}

TEST_CASE("an idle stream is closed in the end, and traffic keeps it") {
  Rig rig(kTcp, {.idle = 500ms});
  Peer idle = Peer::Connected(rig.sockets->endpoints().at(0));
  Peer busy = Peer::Connected(rig.sockets->endpoints().at(0));
  idle.Send(Request());
  busy.Send(Request());
  auto next = std::chrono::steady_clock::now();
  REQUIRE(rig.Await([&] {
    if (std::chrono::steady_clock::now() >= next) {
      busy.Send("\r\n\r\n");
      next += 20ms;
    }
    return idle.Take() && rig.handler.closed.size() == 1;
  }));
  CHECK_FALSE(busy.Take());
}

TEST_CASE(
    "a peer that does not read is dropped when its queue is full, and reported from the loop") {
  Rig rig(kTcp, {.send_queue = 100'000});
  Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
  peer.Send(Request());
  REQUIRE(rig.Await([&] { return !rig.handler.flows.empty(); }));
  const Flow flow = rig.handler.flows.at(0);
  int sent = 0;
  while (rig.sockets->Send(flow, std::string(50'000, 'x')) && sent < 1000) {
    ++sent;
    rig.loop.Step(0ms);
  }
  CHECK(sent < 1000);
  CHECK(rig.handler.closed.empty());
  REQUIRE(rig.Await([&] { return !rig.handler.closed.empty(); }));
  CHECK(rig.handler.closed == std::vector<Flow>{flow});
  CHECK(rig.sockets->connections() == 0);
}

TEST_CASE("a slow reader gets everything in the end") {
  Rig rig(kTcp, {.send_queue = 32'000'000});
  Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
  peer.Send(Request());
  REQUIRE(rig.Await([&] { return !rig.handler.flows.empty(); }));
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    const std::string part(700'000, static_cast<char>('a' + i));  // more than the kernel holds
    expected += part;
    REQUIRE(rig.sockets->Send(rig.handler.flows.at(0), part));
    rig.loop.Step(0ms);
  }
  CHECK(rig.Await([&] { return peer.Take() || peer.received.size() >= expected.size(); }));
  CHECK(peer.received.size() == expected.size());
  CHECK((peer.received == expected));
}

TEST_CASE("without descriptors the loop does not spin, and goes on when there are some again") {
  Rig rig(kTcp);
  const Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
  peer.Send(Request());
  rlimit old{};
  getrlimit(RLIMIT_NOFILE, &old);
  const Fd next(dup(0));
  rlimit none = old;
  none.rlim_cur = static_cast<rlim_t>(next.get());  // no number below it is free
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  int turns = 0;
  const auto until = std::chrono::steady_clock::now() + 350ms;
  while (std::chrono::steady_clock::now() < until) {
    rig.loop.Step(1s);
    ++turns;
  }
  setrlimit(RLIMIT_NOFILE, &old);
  CHECK(turns < 20);
  CHECK(rig.handler.messages.empty());
  CHECK(rig.Await([&] { return rig.handler.messages.size() == 1; }));
}

}  // namespace
}  // namespace um::net

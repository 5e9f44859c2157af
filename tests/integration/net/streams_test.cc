// SIP streams over real TCP sockets: messages, answers, closing, connecting.
#include <netinet/tcp.h>

#include "tests/integration/net/peer.h"

namespace um::net {
namespace {

const std::vector<ListenerOptions> kTcp = {{Protocol::kTcp, At("127.0.0.1:0"), std::nullopt}};

TEST_CASE("messages and pings of a stream arrive, and answers go back on it") {
  Rig rig(kTcp);
  const Endpoint listener = rig.sockets->endpoints().at(0);
  CHECK(listener.port != 0);
  rig.handler.on_message = [&](const Flow& flow) {
    CHECK(rig.sockets->Send(flow, "answer " + std::to_string(rig.handler.messages.size()) + ";"));
  };
  Peer peer = Peer::Connected(listener);
  peer.Send(Request("one") + "\r\n\r\n" + Request("two") + Request("three").substr(0, 100));
  REQUIRE(rig.Await([&] { return peer.Take() || peer.received.size() >= 20; }));
  peer.Send(Request("three").substr(100));
  REQUIRE(rig.Await([&] { return peer.Take() || peer.received.size() >= 29; }));
  CHECK(peer.received == "answer 1;\r\nanswer 2;answer 3;");
  CHECK(peer.reads == 2);  // what one turn sends leaves at once
  CHECK(rig.handler.messages ==
        std::vector<std::string>{Request("one"), Request("two"), Request("three")});
  const Flow& flow = rig.handler.flows.at(0);
  CHECK(flow == rig.handler.flows.at(2));
  CHECK(flow.protocol == Protocol::kTcp);
  CHECK(flow.peer == peer.local());
  CHECK(flow.local == listener);
  CHECK(rig.sockets->connections() == 1);
}

TEST_CASE("a connection that the peer ends is reported once, and its flow is dead") {
  Rig rig(kTcp);
  for (const bool reset : {false, true}) {
    CAPTURE(reset);
    rig.handler.closed.clear();
    rig.handler.flows.clear();
    Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
    peer.Send(Request());
    REQUIRE(rig.Await([&] { return !rig.handler.flows.empty(); }));
    if (reset) {
      const linger now{1, 0};
      setsockopt(peer.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    peer.Close();
    REQUIRE(rig.Await([&] { return !rig.handler.closed.empty(); }));
    CHECK(rig.handler.closed == std::vector<Flow>{rig.handler.flows.at(0)});
    CHECK_FALSE(rig.sockets->Send(rig.handler.flows.at(0), "x"));
    CHECK(rig.sockets->connections() == 0);
    rig.sockets->Close(rig.handler.flows.at(0));  // no effect
  }
}

TEST_CASE("a peer that half-closes still gets its answer") {
  Rig rig(kTcp);
  rig.handler.on_message = [&](const Flow& flow) { rig.sockets->Send(flow, "answer"); };
  Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
  peer.Send(Request());
  shutdown(peer.fd(), SHUT_WR);
  REQUIRE(rig.Await([&] { return peer.Take(); }));
  CHECK(peer.received == "answer");
  CHECK_FALSE(peer.reset);
}

TEST_CASE("Close sends what was queued, ends delivery, and is not reported") {
  Rig rig(kTcp);
  const std::string answer(200'000, 'a');  // more than the socket takes at once
  rig.handler.on_message = [&](const Flow& flow) {
    CHECK(rig.sockets->Send(flow, answer));
    rig.sockets->Close(flow);
    CHECK_FALSE(rig.sockets->Send(flow, "late"));
  };
  Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
  peer.Send(Request() + Request());
  REQUIRE(rig.Await([&] { return !rig.handler.messages.empty(); }));
  peer.Send(Request());  // unread bytes must not turn the end into a reset
  REQUIRE(rig.Await([&] { return peer.Take(); }));
  CHECK(peer.received == answer);
  CHECK_FALSE(peer.reset);
  peer.Close();
  REQUIRE(rig.Await([&] { return rig.sockets->connections() == 0; }));
  CHECK(rig.handler.messages.size() == 1);
  CHECK(rig.handler.closed.empty());
}

TEST_CASE("a peer that does not close in turn is left after the linger time") {
  Rig rig(kTcp, {.linger = 50ms});
  rig.handler.on_message = [&](const Flow& flow) { rig.sockets->Close(flow); };
  Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
  peer.Send(Request());
  REQUIRE(rig.Await([&] { return !rig.handler.messages.empty(); }));
  CHECK(rig.Await([&] { return rig.sockets->connections() == 0; }));
  CHECK(rig.handler.closed.empty());
}

// A SIP server of another program.
struct Server {
  explicit Server(int backlog = 8) : socket(SOCK_STREAM) {
    REQUIRE(listen(socket.fd(), backlog) == 0);
  }
  Fd Accept() { return Fd(accept4(socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)); }
  Peer socket;
};

TEST_CASE("Connect opens one stream to a peer, and what is sent meanwhile waits") {
  Rig rig(kTcp);
  Server server;
  const auto flow = rig.sockets->Connect(Protocol::kTcp, server.socket.local());
  REQUIRE(flow.ok());
  CHECK(flow->peer == server.socket.local());
  CHECK(flow->local.ip == At("127.0.0.1:0").ip);
  CHECK(flow->local.port != 0);
  CHECK(*rig.sockets->Connect(Protocol::kTcp, server.socket.local()) == *flow);
  CHECK(rig.sockets->Send(*flow, Request("a")));
  CHECK(rig.sockets->Send(*flow, Request("b")));
  // Peers reach us at the listener, not at the connection's port.
  CHECK(rig.sockets->Advertised(*flow) == rig.sockets->endpoints().at(0));
  const Fd accepted = server.Accept();
  REQUIRE(accepted);
  std::string got;
  const std::string expected = Request("a") + Request("b");
  REQUIRE(rig.Await([&] {
    char buffer[4096];
    const ssize_t n = recv(accepted.get(), buffer, sizeof buffer, 0);
    if (n > 0) got.append(buffer, static_cast<size_t>(n));
    return got.size() >= expected.size();
  }));
  CHECK(got == expected);
  CHECK(*rig.sockets->Connect(Protocol::kTcp, server.socket.local()) == *flow);
  const std::string back = Request("back");
  REQUIRE(send(accepted.get(), back.data(), back.size(), 0) == static_cast<ssize_t>(back.size()));
  REQUIRE(rig.Await([&] { return !rig.handler.messages.empty(); }));
  CHECK(rig.handler.flows.at(0) == *flow);
}

TEST_CASE("a stream closed before it is connected still delivers, and is not used again") {
  Rig rig(kTcp);
  Server server;
  const auto flow = rig.sockets->Connect(Protocol::kTcp, server.socket.local());
  REQUIRE(flow.ok());
  CHECK(rig.sockets->Send(*flow, Request()));
  rig.sockets->Close(*flow);
  CHECK_FALSE(rig.sockets->Send(*flow, "late"));
  CHECK(rig.sockets->Connect(Protocol::kTcp, server.socket.local())->connection !=
        flow->connection);
  Fd accepted = server.Accept();
  REQUIRE(accepted);
  std::string got;
  REQUIRE(rig.Await([&] {
    char buffer[4096];
    const ssize_t n = recv(accepted.get(), buffer, sizeof buffer, 0);
    if (n > 0) got.append(buffer, static_cast<size_t>(n));
    return n == 0;
  }));
  CHECK(got == Request());
  accepted.Reset();
  CHECK(rig.Await([&] { return rig.sockets->connections() == 1; }));
  CHECK(rig.handler.closed.empty());
}

TEST_CASE("after a stream is gone, Connect makes a new one with a new id") {
  Rig rig(kTcp);
  Server server;
  const auto first = rig.sockets->Connect(Protocol::kTcp, server.socket.local());
  REQUIRE(first.ok());
  server.Accept().Reset();
  REQUIRE(rig.Await([&] { return !rig.handler.closed.empty(); }));
  const auto second = rig.sockets->Connect(Protocol::kTcp, server.socket.local());
  REQUIRE(second.ok());
  CHECK(second->connection != first->connection);
}

TEST_CASE("a connection that is refused is reported, never from inside Connect") {
  Rig rig(kTcp);
  Endpoint nobody;
  {
    const Peer unused(SOCK_STREAM);
    nobody = unused.local();
  }
  const auto flow = rig.sockets->Connect(Protocol::kTcp, nobody);
  CHECK(rig.handler.closed.empty());
  REQUIRE(flow.ok());
  CHECK(rig.sockets->Send(*flow, Request()));
  REQUIRE(rig.Await([&] { return !rig.handler.closed.empty(); }));
  CHECK(rig.handler.closed.at(0) == *flow);
  CHECK(rig.sockets->connections() == 0);
}

TEST_CASE("a connection that does not come about is given up in time") {
  Rig rig(kTcp, {.connect = 100ms});
  Server server(0);
  // A full backlog: further connections get no answer at all.
  const Peer a = Peer::Connected(server.socket.local());
  const auto flow = rig.sockets->Connect(Protocol::kTcp, server.socket.local());
  REQUIRE(flow.ok());
  const auto second = rig.sockets->Send(*flow, Request());
  CHECK(second);
  REQUIRE(rig.Await([&] { return !rig.handler.closed.empty(); }));
  CHECK(rig.handler.closed.at(0) == *flow);
}

TEST_CASE("streams have no Nagle delay and notice dead peers") {
  Rig rig(kTcp);
  Server server;
  REQUIRE(rig.sockets->Connect(Protocol::kTcp, server.socket.local()).ok());
  int set = 0;
  for (int fd = 3; fd < 64; ++fd) {  // ours is the one that is connected to the server
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) continue;
    if (Endpoint::FromSockaddr(reinterpret_cast<sockaddr*>(&storage)) != server.socket.local())
      continue;
    int no_delay = 0, user_timeout = 0;
    length = sizeof no_delay;
    getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length);
    getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, &length);
    CHECK(no_delay == 1);
    CHECK(user_timeout == 30'000);
    ++set;
  }
  CHECK(set == 1);
}

TEST_CASE("what peers are told to use is the listener, or what is configured for it") {
  const Endpoint any = At("0.0.0.0:0");
  Rig rig({{Protocol::kTcp, At("127.0.0.1:0"), At("203.0.113.5:5070")},
           {Protocol::kTcp, At("127.0.0.2:0"), At("203.0.113.6:0")},
           {Protocol::kTcp, any, std::nullopt}});
  const auto endpoints = rig.sockets->endpoints();
  const auto advertised = [&](const Endpoint& to) {
    const Peer peer = Peer::Connected(to);
    peer.Send(Request());
    const size_t before = rig.handler.flows.size();
    REQUIRE(rig.Await([&] { return rig.handler.flows.size() > before; }));
    return rig.sockets->Advertised(rig.handler.flows.back());
  };
  CHECK(advertised(endpoints[0]) == At("203.0.113.5:5070"));
  CHECK(advertised(endpoints[1]) == Endpoint{At("203.0.113.6:0").ip, endpoints[1].port});
  CHECK(advertised({At("127.0.0.3:0").ip, endpoints[2].port}) ==
        Endpoint{At("127.0.0.3:0").ip, endpoints[2].port});
}

TEST_CASE("IPv6 works like IPv4") {
  async::EpollLoop loop;
  if (!SipSockets::Open(loop, {{Protocol::kTcp, At("[::1]:0"), std::nullopt}}).ok())
    return;  // no IPv6 here
  Rig rig({{Protocol::kTcp, At("[::]:0"), std::nullopt}});
  const Endpoint to{At("[::1]:0").ip, rig.sockets->endpoints().at(0).port};
  const Peer peer = Peer::Connected(to);
  peer.Send(Request());
  REQUIRE(rig.Await([&] { return !rig.handler.flows.empty(); }));
  CHECK(rig.handler.flows.at(0).local == to);
  CHECK(rig.handler.flows.at(0).peer == peer.local());
}

TEST_CASE("an address in use and an unknown protocol are refused at start") {
  Rig rig(kTcp);
  async::EpollLoop loop;
  const auto again =
      SipSockets::Open(loop, {{Protocol::kTcp, rig.sockets->endpoints().at(0), std::nullopt}});
  CHECK(again.status().code() == absl::StatusCode::kUnavailable);
  CHECK(
      SipSockets::Open(loop, {{Protocol::kTls, At("127.0.0.1:0"), std::nullopt}}).status().code() ==
      absl::StatusCode::kUnimplemented);
  CHECK(rig.sockets->Connect(Protocol::kTls, At("127.0.0.1:1")).status().code() ==
        absl::StatusCode::kUnimplemented);
}

TEST_CASE("before there is a handler messages are dropped, and afterwards the stream goes on") {
  Rig rig(kTcp);
  rig.sockets->SetHandler(nullptr);
  Peer peer = Peer::Connected(rig.sockets->endpoints().at(0));
  peer.Send(Request("early") + "\r\n\r\n");
  REQUIRE(rig.Await([&] { return peer.Take() || peer.received == "\r\n"; }));
  rig.sockets->SetHandler(&rig.handler);
  peer.Send(Request("late"));
  REQUIRE(rig.Await([&] { return !rig.handler.messages.empty(); }));
  CHECK(rig.handler.messages == std::vector<std::string>{Request("late")});
}

}  // namespace
}  // namespace um::net

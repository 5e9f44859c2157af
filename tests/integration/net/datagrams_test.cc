// SIP over real UDP sockets.
#include "tests/integration/net/peer.h"

namespace um::net {
namespace {

const std::vector<ListenerOptions> kUdp = {{Protocol::kUdp, At("127.0.0.1:0"), std::nullopt}};

TEST_CASE("a datagram arrives and its answer goes back to where it came from") {
  Rig rig(kUdp);
  const Endpoint listener = rig.sockets->endpoints().at(0);
  rig.handler.on_message = [&](const Flow& flow) { CHECK(rig.sockets->Send(flow, "answer")); };
  Peer peer(SOCK_DGRAM);
  peer.SendTo(listener, Request("abc") + "behind the body");
  REQUIRE(rig.Await([&] { return peer.Take() || !peer.received.empty(); }));
  CHECK(peer.received == "answer");
  CHECK(rig.handler.messages == std::vector<std::string>{Request("abc")});
  CHECK(rig.handler.flows.at(0) ==
        Flow{.protocol = Protocol::kUdp, .local = listener, .peer = peer.local()});
  CHECK(rig.sockets->Advertised(rig.handler.flows.at(0)) == listener);
}

TEST_CASE("bound to every address, we answer from the one that was asked") {
  Rig rig({{Protocol::kUdp, At("0.0.0.0:0"), std::nullopt}});
  rig.handler.on_message = [&](const Flow& flow) { CHECK(rig.sockets->Send(flow, "answer")); };
  const Endpoint asked{At("127.0.0.7:0").ip, rig.sockets->endpoints().at(0).port};
  Peer peer(SOCK_DGRAM);
  sockaddr_storage storage;
  const socklen_t length = asked.ToSockaddr(storage);
  REQUIRE(connect(peer.fd(), reinterpret_cast<sockaddr*>(&storage), length) ==
          0);  // takes answers of `asked` only
  peer.Send(Request());
  REQUIRE(rig.Await([&] { return peer.Take() || !peer.received.empty(); }));
  CHECK(rig.handler.flows.at(0).local == asked);
  CHECK(rig.sockets->Advertised(rig.handler.flows.at(0)) == asked);
}

TEST_CASE("a flow to a UDP peer needs no message before") {
  for (const char* address : {"127.0.0.1:0", "0.0.0.0:0"}) {
    Rig rig({{Protocol::kUdp, At(address), At("203.0.113.5:5060")}});
    Peer peer(SOCK_DGRAM);
    const auto flow = rig.sockets->Connect(Protocol::kUdp, peer.local());
    REQUIRE(flow.ok());
    CHECK(flow->local == Endpoint{At("127.0.0.1:0").ip, rig.sockets->endpoints().at(0).port});
    CHECK(rig.sockets->Advertised(*flow) == At("203.0.113.5:5060"));
    CHECK(rig.sockets->Send(*flow, "hello"));
    CHECK(rig.Await([&] { return peer.Take() || peer.received == "hello"; }));
    rig.sockets->Close(*flow);  // no effect
    CHECK(rig.sockets->Send(*flow, "again"));
    CHECK(rig.Await([&] { return peer.Take() || peer.received == "helloagain"; }));
  }
}

TEST_CASE("many datagrams in one turn all arrive, in order, both ways") {
  Rig rig(kUdp);
  rig.handler.on_message = [&](const Flow& flow) {
    rig.sockets->Send(flow, std::to_string(rig.handler.messages.size()) + ";");
  };
  Peer peer(SOCK_DGRAM);
  std::string expected;
  for (int i = 1; i <= 100; ++i) {
    peer.SendTo(rig.sockets->endpoints().at(0), Request(std::to_string(i)));
    expected += std::to_string(i) + ";";
  }
  REQUIRE(rig.Await([&] { return peer.Take() || peer.received.size() >= expected.size(); }));
  CHECK(peer.received == expected);
  CHECK(rig.handler.messages.at(99) == Request("100"));
}

TEST_CASE("broken, oversized and keep-alive datagrams are dropped and do no harm") {
  Rig rig(kUdp);
  const Endpoint to = rig.sockets->endpoints().at(0);
  const Peer peer(SOCK_DGRAM);
  std::string flood = "OPTIONS sip:a SIP/2.0\r\n";
  for (int i = 0; i < 1300; ++i) flood += "A: b\r\n";
  for (const std::string& bytes :
       {std::string("\r\n\r\n"), std::string(4, '\0'), std::string("junk"), Request().substr(0, 60),
        flood + "\r\n", Request(std::string(9000, 'x')),
        Request("abc").substr(0, Request("abc").size() - 1), std::string()}) {
    peer.SendTo(to, bytes);
  }
  peer.SendTo(to, Request("good"));
  REQUIRE(rig.Await([&] { return !rig.handler.messages.empty(); }));
  CHECK(rig.handler.messages == std::vector<std::string>{Request("good")});
}

TEST_CASE("a peer without a UDP listener of its family cannot be reached") {
  Rig rig(kUdp);
  CHECK(rig.sockets->Connect(Protocol::kUdp, At("[2001:db8::1]:5060")).status().code() ==
        absl::StatusCode::kUnavailable);
  CHECK_FALSE(rig.sockets->Send(
      {.protocol = Protocol::kUdp, .local = At("127.0.0.1:1"), .peer = At("127.0.0.1:2")}, "x"));
}

TEST_CASE("an unreachable UDP peer does not hold up the others") {
  Rig rig(kUdp);
  const Endpoint local = rig.sockets->endpoints().at(0);
  Peer peer(SOCK_DGRAM);
  // Loopback cannot send there: sendmmsg(2) fails for this one.
  CHECK(rig.sockets->Send(
      {.protocol = Protocol::kUdp, .local = local, .peer = At("192.0.2.1:5060")}, "lost"));
  CHECK(rig.sockets->Send({.protocol = Protocol::kUdp, .local = local, .peer = peer.local()},
                          "kept"));
  REQUIRE(rig.Await([&] { return peer.Take() || !peer.received.empty(); }));
  CHECK(peer.received == "kept");
}

}  // namespace
}  // namespace um::net

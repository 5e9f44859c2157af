#include "proxy/redirector.h"

#include <algorithm>
#include <random>

#include "common/log/log.h"
#include "tests/support/catch.h"
#include "tests/support/fake_loop.h"
#include "tests/unit/proxy/fakes.h"

namespace um::proxy {
namespace {

using namespace std::chrono_literals;

constexpr const char* kGatewayAddress = "10.0.0.9:5060";
constexpr const char* kContact = "sip:8000@192.0.2.11:5062;transport=udp;um-ticket=abc";

topology::v1::Snapshot TwoNodes() {
  topology::v1::Snapshot snapshot;
  snapshot.set_proxy_key("a key of the pool");
  auto& gateway = *snapshot.add_gateways();
  gateway.set_name("pbx");
  gateway.set_enabled(true);
  gateway.add_addresses("10.0.0.0/24");
  auto& pilot = *gateway.add_pilots();
  pilot.set_number("8000");
  pilot.set_dial_plan("Main");
  for (const char* name : {"a", "b"}) {
    auto& node = *snapshot.add_nodes();
    node.set_name(name);
    node.set_rpc(std::string(name) + ":5070");
    node.set_serving(true);
  }
  return snapshot;
}

std::vector<std::string>& LogLines() {
  static std::vector<std::string> lines;
  return lines;
}

/// A proxy with two connected nodes, and a gateway that talks to it.
struct Bench {
  explicit Bench(RedirectorOptions options = {},
                 const topology::v1::Snapshot& snapshot = TwoNodes())
      : redirector(loop, transport, pool, hand_over, std::move(options)) {
    LogLines().clear();
    log::SetSink([](std::string_view line) { LogLines().emplace_back(line); });
    pool.Adopt(snapshot);
    redirector.OnConnected("a:5070");
    redirector.OnConnected("b:5070");
  }
  ~Bench() { log::SetSink(nullptr); }

  void Say(const std::string& text, const char* from = kGatewayAddress,
           net::Protocol protocol = net::Protocol::kUdp) {
    redirector.OnMessage(FlowFrom(from, protocol), text);
  }
  void Accept(size_t offer, const std::string& contact = kContact) {
    handover::v1::Decision decision;
    decision.set_id(hand_over.offers.at(offer).offer.id());
    decision.mutable_accept()->set_contact(contact);
    redirector.OnDecision(hand_over.offers[offer].node, decision);
  }
  void Reject(size_t offer, int status, bool try_another, const std::string& why = "because") {
    handover::v1::Decision decision;
    decision.set_id(hand_over.offers.at(offer).offer.id());
    auto& reject = *decision.mutable_reject();
    reject.set_status(static_cast<uint32_t>(status));
    reject.set_phrase("Some Phrase");
    reject.set_diagnostics_id(15603);
    reject.set_explanation(why);
    reject.set_try_another(try_another);
    redirector.OnDecision(hand_over.offers[offer].node, decision);
  }
  sip::Message Answer(size_t i) {
    REQUIRE(transport.sent.size() > i);
    auto message = sip::Message::Parse(transport.sent[i].text);
    REQUIRE(message.ok());
    return *std::move(message);
  }
  int Status(size_t i) { return Answer(i).status(); }

  tests::FakeLoop loop;
  FakeTransport transport;
  FakeHandOver hand_over;
  Pool pool;
  Redirector redirector;
};

int CountLines(std::string_view event) {
  return static_cast<int>(std::count_if(
      LogLines().begin(), LogLines().end(),
      [&](const std::string& line) { return line.find(event) != std::string::npos; }));
}

TEST_CASE("a SUBSCRIBE to waiting messages is offered and redirected, and is no call") {
  Bench bench;
  Caller caller;
  caller.more = "Event: message-summary;id=7\r\nExpires: 3600\r\n";
  caller.uri = "sip:4711@um.example.com";
  bench.Say(caller.Request("SUBSCRIBE"));
  REQUIRE(bench.hand_over.offers.size() == 1);
  CHECK(bench.hand_over.offers[0].offer.method() == "SUBSCRIBE");
  CHECK(bench.hand_over.offers[0].offer.invite().request_uri() == caller.uri);
  bench.Accept(0, "sip:4711@192.0.2.11:5062;transport=udp");
  CHECK(bench.Status(0) == 302);
  CHECK(bench.Answer(0).Header("Contact") == "<sip:4711@192.0.2.11:5062;transport=udp>");
  CHECK(bench.redirector.pending().size() == 0);
  caller.more = "Event: presence\r\n";
  caller.cseq = 2;
  bench.Say(caller.Request("SUBSCRIBE"));
  CHECK(bench.Status(1) == 489);
}

TEST_CASE("an INVITE is offered and redirected to the contact that the node names") {
  Bench bench;
  Caller caller;
  caller.more =
      "Diversion: <sip:4711@pbx>;reason=no-answer\r\nP-Asserted-Identity: <sip:2025550123@pbx>\r\n";
  bench.Say(caller.Request("INVITE"));
  REQUIRE(bench.hand_over.offers.size() == 1);
  CHECK(bench.transport.sent.empty());  // no 1xx
  const auto& offer = bench.hand_over.offers[0].offer;
  CHECK(offer.peer() == "10.0.0.9");
  CHECK(offer.transport() == "udp");
  CHECK(offer.trace_id().size() == 32);
  CHECK(offer.call_hash().size() == 16);
  CHECK(offer.deadline_ms() == 1500);
  CHECK(offer.invite().request_uri() == "sip:8000@um.example.com");
  CHECK(offer.invite().call_id() == "call-1@pbx");
  CHECK(offer.invite().from_tag() == "from-1");
  CHECK(offer.invite().cseq() == 1);
  CHECK(offer.invite().branch() == "z9hG4bK-1");
  REQUIRE(offer.invite().diversion_size() == 1);
  CHECK(offer.invite().diversion(0).find("4711") != std::string::npos);
  CHECK(offer.invite().p_asserted_identity_size() == 1);
  CHECK(offer.invite().from().find("2025550123") != std::string::npos);
  CHECK(offer.invite().to().find("8000") != std::string::npos);

  bench.Accept(0);
  REQUIRE(bench.transport.sent.size() == 1);
  const sip::Message answer = bench.Answer(0);
  CHECK(answer.status() == 302);
  CHECK(answer.Headers("Contact") == std::vector<std::string>{"<" + std::string(kContact) + ">"});
  CHECK(answer.to_tag().size() == 12);
  CHECK(answer.from_tag() == "from-1");
  CHECK(answer.call_id() == "call-1@pbx");
  CHECK(bench.transport.sent[0].text.find("Content-Length: 0") != std::string::npos);
  CHECK(bench.redirector.idle());
  CHECK(bench.redirector.pending().size() == 0);
  CHECK(CountLines("call.decided") == 1);
  CHECK(bench.loop.idle());
}

TEST_CASE(
    "a retransmission merges with the look-up, and is offered again once it has been answered") {
  Bench bench;
  const std::string invite = Caller{}.Request("INVITE");
  bench.Say(invite);
  bench.Say(invite);
  bench.Say(invite, "10.0.0.9:6000");  // from another port: the answer follows it
  CHECK(bench.hand_over.offers.size() == 1);
  bench.Accept(0);
  REQUIRE(bench.transport.sent.size() == 1);
  CHECK(bench.transport.sent[0].flow.peer.port == 6000);
  bench.Say(invite);
  REQUIRE(bench.hand_over.offers.size() == 2);
  CHECK(bench.hand_over.offers[1].offer.call_hash() == bench.hand_over.offers[0].offer.call_hash());
  CHECK(bench.hand_over.offers[1].offer.trace_id() == bench.hand_over.offers[0].offer.trace_id());
  CHECK(bench.hand_over.offers[1].node == bench.hand_over.offers[0].node);
  bench.Accept(1);
  CHECK(bench.Answer(1).to_tag() == bench.Answer(0).to_tag());
}

TEST_CASE("another proxy of the pool gives the same To tag and offers the same call") {
  Bench one;
  Bench two;
  one.Say(Caller{}.Request("INVITE"));
  two.Say(Caller{}.Request("INVITE"));
  CHECK(one.hand_over.offers[0].offer.call_hash() == two.hand_over.offers[0].offer.call_hash());
  CHECK(one.hand_over.offers[0].node == two.hand_over.offers[0].node);
  one.Accept(0);
  two.Accept(0);
  CHECK(one.Answer(0).to_tag() == two.Answer(0).to_tag());
  // Any of peer, Call-ID, From tag, CSeq and branch makes another call.
  const auto hash_of = [&](const Caller& caller, const char* from) {
    Bench bench;
    bench.Say(caller.Request("INVITE"), from);
    return bench.hand_over.offers.at(0).offer.call_hash();
  };
  const std::string hash = hash_of({}, kGatewayAddress);
  CHECK(hash_of({}, "10.0.0.9:7777") == hash);
  CHECK(hash_of({}, "10.0.0.8:5060") != hash);
  CHECK(hash_of({.call_id = "x"}, kGatewayAddress) != hash);
  CHECK(hash_of({.branch = "z9hG4bK-x"}, kGatewayAddress) != hash);
  CHECK(hash_of({.from_tag = "x"}, kGatewayAddress) != hash);
  CHECK(hash_of({.cseq = 2}, kGatewayAddress) != hash);
}

TEST_CASE("calls for one mailbox go to one node") {
  std::string node;
  for (int i = 0; i < 20; ++i) {
    Bench bench;
    Caller caller{.call_id = "call-" + std::to_string(i)};
    caller.more = "Diversion: <sip:4711@pbx>;reason=no-answer\r\n";
    bench.Say(caller.Request("INVITE"));
    if (node.empty()) node = bench.hand_over.offers.at(0).node;
    CHECK(bench.hand_over.offers.at(0).node == node);
  }
}

TEST_CASE("a CANCEL finds its INVITE: 200 to it, 487 to the INVITE, the offer withdrawn") {
  Bench bench;
  bench.Say(Caller{}.Request("INVITE"));
  bench.loop.RunFor(50ms);
  bench.Say(Caller{}.Request("CANCEL"));
  REQUIRE(bench.transport.sent.size() == 2);
  CHECK(bench.Status(0) == 200);
  CHECK(bench.Answer(0).cseq().method == "CANCEL");
  CHECK(bench.Status(1) == 487);
  CHECK(bench.Answer(1).cseq().method == "INVITE");
  CHECK(bench.Answer(0).to_tag() == bench.Answer(1).to_tag());  // RFC 3261 section 9.2
  CHECK(bench.hand_over.withdrawn.count(bench.hand_over.offers[0].offer.id()) == 1);
  CHECK(bench.redirector.idle());

  SECTION("the decision that crosses it changes nothing") {
    bench.Accept(0);
    CHECK(bench.transport.sent.size() == 2);
  }
  SECTION("retransmissions of both are answered as before") {
    bench.Say(Caller{}.Request("INVITE"));
    bench.Say(Caller{}.Request("CANCEL"));
    REQUIRE(bench.transport.sent.size() == 4);
    CHECK(bench.Status(2) == 487);
    CHECK(bench.Status(3) == 200);
    CHECK(bench.hand_over.offers.size() == 1);
  }
  SECTION("after 32 s it is forgotten") {
    bench.loop.RunFor(33s);
    CHECK(bench.redirector.pending().size() == 0);
    CHECK(bench.loop.idle());
    bench.Say(Caller{}.Request("CANCEL"));
    CHECK(bench.Status(2) == 481);
  }
}

TEST_CASE("over TCP, where nothing is retransmitted, a cancelled call is forgotten at once") {
  Bench bench;
  bench.Say(Caller{}.Request("INVITE", "TCP"), kGatewayAddress, net::Protocol::kTcp);
  bench.Say(Caller{}.Request("CANCEL", "TCP"), kGatewayAddress, net::Protocol::kTcp);
  CHECK(bench.Status(1) == 487);
  CHECK(bench.redirector.pending().size() == 0);
  CHECK(bench.loop.idle());
}

TEST_CASE("a CANCEL that comes before its INVITE, after the answer, or of another call gets 481") {
  Bench bench;
  bench.Say(Caller{}.Request("CANCEL"));
  CHECK(bench.Status(0) == 481);
  bench.Say(Caller{}.Request("INVITE"));
  bench.Say(Caller{.branch = "z9hG4bK-2"}.Request("CANCEL"));
  CHECK(bench.Status(1) == 481);
  bench.Accept(0);
  CHECK(bench.Status(2) == 302);
  bench.Say(Caller{}.Request("CANCEL"));
  CHECK(bench.Status(3) == 481);
}

TEST_CASE("a node that is silent for 200 ms is passed over, and its late word still counts") {
  Bench bench;
  bench.Say(Caller{}.Request("INVITE"));
  bench.loop.RunFor(199ms);
  CHECK(bench.hand_over.offers.size() == 1);
  bench.loop.RunFor(2ms);
  REQUIRE(bench.hand_over.offers.size() == 2);
  CHECK(bench.hand_over.offers[0].node != bench.hand_over.offers[1].node);
  CHECK(bench.hand_over.offers[1].offer.deadline_ms() <= 1300);
  SECTION("the second accepts, and the first is told") {
    bench.Accept(1);
    CHECK(bench.Status(0) == 302);
    CHECK(bench.hand_over.withdrawn.count(bench.hand_over.offers[0].offer.id()) == 1);
    CHECK(bench.hand_over.withdrawn.count(bench.hand_over.offers[1].offer.id()) == 0);
  }
  SECTION("the first accepts, late") {
    bench.Accept(0);
    CHECK(bench.Status(0) == 302);
    bench.Accept(1);
    CHECK(bench.transport.sent.size() == 1);
  }
  SECTION("the first has no room, late: the second is still waited for") {
    bench.Reject(0, 503, true);
    CHECK(bench.transport.sent.empty());
    bench.Accept(1);
    CHECK(bench.Status(0) == 302);
  }
  SECTION("the second has no room: the first may yet say yes") {
    bench.Reject(1, 503, true);
    CHECK(bench.transport.sent.empty());
    bench.Accept(0);
    CHECK(bench.Status(0) == 302);
  }
  SECTION("both refuse") {
    bench.Reject(1, 503, true);
    bench.Reject(0, 503, true);
    CHECK(bench.Status(0) == 503);
  }
  CHECK(bench.redirector.pending().size() == 0);
  CHECK(bench.loop.idle());
}

TEST_CASE("after 1.5 s without a decision the call gets 503 with Retry-After") {
  Bench bench;
  bench.Say(Caller{}.Request("INVITE"));
  bench.loop.RunFor(1499ms);
  CHECK(bench.hand_over.offers.size() == 2);
  CHECK(bench.transport.sent.empty());
  bench.loop.RunFor(2ms);
  REQUIRE(bench.transport.sent.size() == 1);
  const sip::Message answer = bench.Answer(0);
  CHECK(answer.status() == 503);
  CHECK(answer.Header("Retry-After") == "5");
  CHECK(bench.hand_over.withdrawn.size() == 2);
  CHECK(bench.loop.idle());
  bench.Accept(0);
  CHECK(bench.transport.sent.size() == 1);
}

TEST_CASE("a node that is silent three times is left out") {
  Bench bench;
  for (int i = 0; i < 3; ++i) {
    bench.Say(Caller{.call_id = "call-" + std::to_string(i)}.Request("INVITE"));
    bench.loop.RunFor(1600ms);
  }
  CHECK(bench.hand_over.offers.size() == 6);
  bench.Say(Caller{.call_id = "next"}.Request("INVITE"));
  CHECK(bench.hand_over.offers.size() == 6);  // both are: no offer, and the answer is there at once
  CHECK(bench.Status(3) == 503);
  bench.Say(Caller{.call_id = "options"}.Request("OPTIONS"));
  CHECK(bench.Status(4) == 503);
}

TEST_CASE("a broken stream fails its pending offers over at once") {
  Bench bench;
  bench.Say(Caller{}.Request("INVITE"));
  bench.redirector.OnBroken(bench.hand_over.offers[0].node);
  REQUIRE(bench.hand_over.offers.size() == 2);
  CHECK(bench.hand_over.offers[0].node != bench.hand_over.offers[1].node);
  CHECK(bench.loop.elapsed() == 0us);
  bench.redirector.OnBroken(bench.hand_over.offers[1].node);
  CHECK(bench.Status(0) == 503);
  CHECK(bench.redirector.pending().size() == 0);
  CHECK(bench.loop.idle());
}

TEST_CASE("a thousand pending calls fail over when their node breaks") {
  Bench bench;
  for (int i = 0; i < 1000; ++i)
    bench.Say(Caller{.call_id = "call-" + std::to_string(i)}.Request("INVITE"));
  const auto of_a = std::count_if(bench.hand_over.offers.begin(), bench.hand_over.offers.end(),
                                  [](const auto& o) { return o.node == "a:5070"; });
  CHECK(of_a > 300);
  bench.redirector.OnBroken("a:5070");
  CHECK(bench.hand_over.offers.size() == static_cast<size_t>(1000 + of_a));
  for (size_t i = 0; i < bench.hand_over.offers.size(); ++i) {
    if (bench.hand_over.offers[i].node == "b:5070") bench.Accept(i);
  }
  CHECK(bench.transport.sent.size() == 1000);
  for (size_t i = 0; i < 1000; ++i) CHECK(bench.transport.sent[i].text.starts_with("SIP/2.0 302 "));
}

TEST_CASE("a node that cannot be written to is passed over at once; without any, 503") {
  Bench bench;
  bench.hand_over.unreachable = {"a:5070"};
  for (int i = 0; i < 10; ++i) bench.Say(Caller{.call_id = std::to_string(i)}.Request("INVITE"));
  CHECK(bench.hand_over.offers.size() == 10);
  for (const auto& offered : bench.hand_over.offers) CHECK(offered.node == "b:5070");
  bench.hand_over.unreachable = {"a:5070", "b:5070"};
  bench.Say(Caller{.call_id = "last"}.Request("INVITE"));
  CHECK(bench.Status(0) == 503);
}

TEST_CASE(
    "a node without room sends the call on to the next; when none has, its words reach the "
    "gateway") {
  Bench bench;
  bench.Say(Caller{}.Request("INVITE"));
  bench.Reject(0, 503, true);
  REQUIRE(bench.hand_over.offers.size() == 2);
  bench.Reject(1, 503, true, "node b takes no more calls now");
  const sip::Message answer = bench.Answer(0);
  CHECK(answer.status() == 503);
  CHECK(answer.Header("ms-diagnostics").find("node b takes no more calls now") !=
        std::string::npos);
}

TEST_CASE("a definite refusal is passed on with Reason and ms-diagnostics") {
  Bench bench({.name = "proxy-1"});
  bench.Say(Caller{}.Request("INVITE"));
  bench.Reject(0, 404, false, "no mailbox has extension \"4711\"\r\nInjected: yes");
  CHECK(bench.hand_over.offers.size() == 1);
  const sip::Message answer = bench.Answer(0);
  CHECK(answer.status() == 404);
  CHECK(answer.phrase() == "Some Phrase");
  CHECK(answer.Header("Reason") == "Q.850;cause=1");
  CHECK(answer.Header("ms-diagnostics") ==
        "15603;source=\"proxy-1\";reason=\"no mailbox has extension \\\"4711\\\"  Injected: yes\"");
  CHECK(answer.Header("Injected").empty());
}

TEST_CASE("a node's nonsense does not reach the gateway") {
  Bench bench;
  for (const char* contact :
       {"", "sip:8000@192.0.2.11", "sip:8000@192.0.2.11:5062", "http://x:80;transport=tcp",
        "sip:8000@192.0.2.11:5062;transport=tcp>\r\nInjected: yes"}) {
    bench.hand_over.offers.clear();
    bench.transport.sent.clear();
    bench.Say(
        Caller{.call_id = std::string("c") + std::to_string(std::string(contact).size())}.Request(
            "INVITE"));
    bench.Accept(0, contact);
    REQUIRE(bench.hand_over.offers.size() == 2);
    bench.Accept(1, contact);
    CHECK(bench.Status(0) == 503);
  }
  bench.hand_over.offers.clear();
  bench.transport.sent.clear();
  bench.Say(Caller{.call_id = "status"}.Request("INVITE"));
  bench.Reject(0, 200, false);
  CHECK(bench.Status(0) == 500);
}

TEST_CASE("three different offers of one Call-ID in 5 s are cut as a loop") {
  Bench bench;
  for (int i = 1; i <= 3; ++i) {
    bench.Say(Caller{.branch = "z9hG4bK-" + std::to_string(i), .cseq = i}.Request("INVITE"));
    if (i < 3) bench.Accept(static_cast<size_t>(i - 1));
  }
  CHECK(bench.hand_over.offers.size() == 2);
  const sip::Message answer = bench.Answer(2);
  CHECK(answer.status() == 482);
  CHECK(answer.Header("ms-diagnostics").find("pbx") != std::string::npos);
  CHECK(answer.Header("Reason") == "Q.850;cause=25");
}

TEST_CASE("the proxy's own ticket coming back is a loop, and the answer says what to mend") {
  Bench bench;
  bench.Say(Caller{.uri = "sip:8000@um.example.com;transport=udp;um-ticket=abc"}.Request("INVITE"));
  CHECK(bench.hand_over.offers.empty());
  const sip::Message answer = bench.Answer(0);
  CHECK(answer.status() == 482);
  CHECK(answer.Header("ms-diagnostics").find("Contact") != std::string::npos);
}

TEST_CASE("an ACK and a response are dropped, whatever they belong to") {
  Bench bench;
  bench.Say(Caller{}.Request("ACK"));
  bench.Say(
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
      "To: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
  bench.Say("");
  bench.Say("nonsense\r\n\r\n");
  bench.Say("INVITE sip:8000@um SIP/2.0\r\n\r\n");
  bench.Say(std::string("\0\0\0\0", 4));
  CHECK(bench.transport.sent.empty());
  CHECK(bench.hand_over.offers.empty());
}

TEST_CASE("a stranger gets 403 and a closed connection on TCP, nothing on UDP") {
  Bench bench;
  bench.Say(Caller{}.Request("INVITE"), "203.0.113.66:5060");
  CHECK(bench.transport.sent.empty());
  bench.Say(Caller{}.Request("INVITE", "TCP"), "203.0.113.66:5060", net::Protocol::kTcp);
  CHECK(bench.Status(0) == 403);
  REQUIRE(bench.transport.closed.size() == 1);
  CHECK(bench.transport.closed[0].peer.ToString() == "203.0.113.66:5060");
  CHECK(bench.hand_over.offers.empty());
}

TEST_CASE("a flood of refusals is not a flood of log lines") {
  Bench bench;
  for (int i = 0; i < 1000; ++i)
    bench.Say(Caller{.call_id = std::to_string(i)}.Request("REGISTER"));
  CHECK(bench.transport.sent.size() == 1000);
  CHECK(CountLines("request.refused") == 20);
}

TEST_CASE("a flood of calls that no node takes is not a flood of log lines; a redirect is told") {
  Bench bench;
  for (size_t i = 0; i < 100; ++i) {
    bench.Say(Caller{.call_id = std::to_string(i)}.Request("INVITE"));
    bench.Reject(i, 404, false);
  }
  CHECK(CountLines("call.decided") == 20);
  bench.Say(Caller{.call_id = "good"}.Request("INVITE"));
  bench.Accept(100);
  CHECK(CountLines("\"redirected\"") == 1);
}

TEST_CASE("secrets do not reach the log") {
  Bench bench;
  bench.Say(Caller{}.Request("INVITE"));
  bench.Accept(0);
  bench.Say(Caller{.uri = "sip:8000@um.example.com;um-ticket=secret-ticket"}.Request("INVITE"));
  for (const std::string& line : LogLines()) {
    CHECK(line.find("um-ticket") == std::string::npos);
    CHECK(line.find("secret-ticket") == std::string::npos);
    CHECK(line.find("a key of the pool") == std::string::npos);
  }
}

TEST_CASE("over UDP without rport the answer goes to the port that the Via names") {
  Bench bench;
  bench.Say(Caller{.via = "10.0.0.9:5090"}.Request("OPTIONS"), "10.0.0.9:34567");
  CHECK(bench.transport.sent.at(0).flow.peer.port == 5090);
  bench.Say(Caller{.via = "10.0.0.9"}.Request("OPTIONS"), "10.0.0.9:34567");
  CHECK(bench.transport.sent.at(1).flow.peer.port == 5060);
  bench.Say(Caller{.via = "10.0.0.9:5090;rport"}.Request("OPTIONS"), "10.0.0.9:34567");
  CHECK(bench.transport.sent.at(2).flow.peer.port == 34567);
  CHECK(bench.transport.sent[2].text.find("rport=34567") != std::string::npos);
  bench.Say(Caller{.via = "10.0.0.9:5090"}.Request("OPTIONS", "TCP"), "10.0.0.9:34567",
            net::Protocol::kTcp);
  CHECK(bench.transport.sent.at(3).flow.peer.port == 34567);
}

TEST_CASE("the table of look-ups is bounded: beyond it 503 with Retry-After") {
  Bench bench({.most_look_ups = 10});
  for (int i = 0; i < 12; ++i) bench.Say(Caller{.call_id = std::to_string(i)}.Request("INVITE"));
  CHECK(bench.hand_over.offers.size() == 10);
  REQUIRE(bench.transport.sent.size() == 2);
  CHECK(bench.Status(1) == 503);
  CHECK(bench.Answer(1).call_id() == "11");
  CHECK(bench.Answer(1).Header("Retry-After") == "5");
  bench.loop.RunFor(2s);
  CHECK(bench.redirector.pending().size() == 0);
  CHECK(bench.transport.sent.size() == 12);
}

TEST_CASE("before any snapshot calls get 503, and the proxy still answers") {
  tests::FakeLoop loop;
  FakeTransport transport;
  FakeHandOver hand_over;
  Pool pool;
  Redirector redirector(loop, transport, pool, hand_over, {});
  redirector.OnMessage(FlowFrom(kGatewayAddress), Caller{}.Request("INVITE"));
  redirector.OnMessage(FlowFrom(kGatewayAddress), Caller{}.Request("OPTIONS"));
  redirector.OnMessage(FlowFrom(kGatewayAddress), Caller{}.Request("CANCEL"));
  REQUIRE(transport.sent.size() == 3);
  CHECK(transport.sent[0].text.starts_with("SIP/2.0 503 "));
  CHECK(transport.sent[1].text.starts_with("SIP/2.0 503 "));
  CHECK(transport.sent[2].text.starts_with("SIP/2.0 481 "));
}

TEST_CASE("damaged requests are answered or dropped, and leave nothing behind") {
  Bench bench;
  std::mt19937 random(20260115);  // NOLINT: the same damage every time
  Caller caller;
  caller.more = "Diversion: <sip:4711@pbx>;reason=no-answer\r\nRequire: timer\r\n";
  for (int i = 0; i < 3000; ++i) {
    caller.call_id = "call-" + std::to_string(i);
    std::string text = caller.Request(i % 5 == 0 ? "CANCEL" : i % 7 == 0 ? "OPTIONS" : "INVITE");
    for (int damage = 0; damage < 3; ++damage) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 20);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
          break;
      }
    }
    bench.Say(text);
    bench.transport.sent.clear();
  }
  for (size_t i = 0; i < bench.hand_over.offers.size(); ++i) bench.Accept(i);
  for (const auto& sent : bench.transport.sent) {
    CHECK(sent.text.starts_with("SIP/2.0 302 "));
    CHECK(sip::Message::Parse(sent.text).ok());
  }
  bench.loop.RunFor(40s);
  CHECK(bench.redirector.idle());
  CHECK(bench.redirector.pending().size() == 0);
}

TEST_CASE("a proxy that drains finishes what it has begun and takes nothing new") {
  Bench bench;
  bench.Say(Caller{}.Request("INVITE"));
  bench.redirector.Drain();
  CHECK_FALSE(bench.redirector.idle());
  bench.Say(Caller{.call_id = "new"}.Request("INVITE"));
  CHECK(bench.Status(0) == 503);
  bench.Accept(0);
  CHECK(bench.Status(1) == 302);
  CHECK(bench.redirector.idle());
}

}  // namespace
}  // namespace um::proxy

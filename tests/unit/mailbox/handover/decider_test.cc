#include "mailbox/handover/decider.h"

#include "mailbox/handover/topology.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/handover/fake_node.h"

namespace um::handover {
namespace {

using namespace std::chrono_literals;

const TicketKeys kKeys{{{1, std::string(32, 'k')}}};
const domain::WallTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 1 / 15)};

ServerOptions Options() {
  return {.node = "node-1",
          .advertised_rpc = "192.0.2.11:5070",
          .sip = {{net::Protocol::kTcp, *net::Endpoint::Parse("192.0.2.11:5062")},
                  {net::Protocol::kUdp, *net::Endpoint::Parse("192.0.2.11:5064")}}};
}

struct Bench {
  FakeNode node;
  ServerOptions options = Options();
  Decider decider{node, kKeys, options};
  sip::Uri Contact(const v1::Offer& offer) {
    const auto decision = decider.Decide(offer, kNow);
    REQUIRE(decision.has_accept());
    const auto uri = sip::Uri::Parse(decision.accept().contact());
    REQUIRE(uri);
    return *uri;
  }
};

TEST_CASE("an offer for a mailbox is accepted with a contact at this node") {
  Bench bench;
  const sip::Uri contact = bench.Contact(OfferFor("4711"));
  CHECK(contact.scheme == "sip");
  CHECK(contact.user == "8000");
  CHECK(contact.host == "192.0.2.11");
  CHECK(contact.port == 5062);
  CHECK(contact.Parameter("transport") == "tcp");
  const std::string ticket = contact.Parameter("um-ticket").value();
  CHECK(ticket.size() <= 64);
  CHECK(Check(kKeys, ticket, {"contoso", "pbx", "mailbox-4711", ""}, kNow) == TicketCheck::kGood);
  CHECK(Check(kKeys, ticket, {"contoso", "pbx", "mailbox-4712", ""}, kNow) == TicketCheck::kForged);
  CHECK(TraceOf(ticket) == "0123456789abcdef0123456789abcdef");
}

TEST_CASE("a SUBSCRIBE is sent to the same user at this node, without ticket") {
  Bench bench;
  v1::Offer offer = OfferFor("4711");
  offer.set_method("SUBSCRIBE");
  offer.mutable_invite()->set_request_uri("sip:4711@um.example.com");
  offer.clear_call_hash();
  bench.node.headroom_ = 0;  // it is no call
  CHECK(bench.decider.Decide(offer, kNow).accept().contact() ==
        "sip:4711@192.0.2.11:5062;transport=tcp");
  bench.node.serving_ = false;
  CHECK(bench.decider.Decide(offer, kNow).reject().try_another());
  bench.node.serving_ = true;
  offer.set_peer("192.0.2.99");
  CHECK(bench.decider.Decide(offer, kNow).reject().status() == 403);
  offer.set_peer("127.0.0.1");
  offer.mutable_invite()->set_request_uri("http://example.com");
  CHECK(bench.decider.Decide(offer, kNow).reject().status() == 400);
}

TEST_CASE("the contact has the transport that the call came by, at that transport's port") {
  Bench bench;
  v1::Offer offer = OfferFor("4711");
  offer.set_transport("udp");
  const sip::Uri contact = bench.Contact(offer);
  CHECK(contact.Parameter("transport") == "udp");
  CHECK(contact.port == 5064);
  offer.set_transport("tls");
  const auto decision = bench.decider.Decide(offer, kNow);
  CHECK(decision.reject().status() == 503);
  CHECK(decision.reject().try_another());
}

TEST_CASE("a gateway's own address for us replaces the listener's, not the port") {
  Bench bench;
  v1::Offer offer = OfferFor("4711");
  offer.set_peer("203.0.113.9");
  const sip::Uri contact = bench.Contact(offer);
  CHECK(contact.host == "198.51.100.7");
  CHECK(contact.port == 5062);
}

TEST_CASE("a listener on all addresses is named by the one towards the peer") {
  Bench bench;
  bench.options.sip[net::Protocol::kTcp] = *net::Endpoint::Parse("0.0.0.0:5062");
  CHECK(bench.Contact(OfferFor("4711")).host == "127.0.0.1");
}

TEST_CASE("what routing refuses is rejected with its code and explanation") {
  Bench bench;
  const auto decision = bench.decider.Decide(OfferFor("9999", 7), kNow);
  CHECK(decision.id() == 7);
  CHECK(decision.reject().status() == 404);
  CHECK_FALSE(decision.reject().try_another());
  CHECK(decision.reject().diagnostics_id() >= 15600);
  CHECK_FALSE(decision.reject().explanation().empty());
  v1::Offer stranger = OfferFor("4711", 8);
  stranger.set_peer("192.0.2.99");
  CHECK(bench.decider.Decide(stranger, kNow).reject().status() == 403);
}

TEST_CASE("without headroom the call is sent on to another node, and this is not remembered") {
  Bench bench;
  bench.node.headroom_ = 0;
  const auto decision = bench.decider.Decide(OfferFor("4711"), kNow);
  CHECK(decision.reject().status() == 503);
  CHECK(decision.reject().try_another());
  CHECK(decision.reject().retry_after_s() > 0);
  bench.node.headroom_ = 1;
  CHECK(bench.decider.Decide(OfferFor("4711"), kNow).has_accept());
}

TEST_CASE("a repeated offer gets the same decision for 32 s, under its own id") {
  Bench bench;
  const auto first = bench.decider.Decide(OfferFor("4711", 1), kNow);
  v1::Offer repeated = OfferFor("4711", 1);
  repeated.set_id(99);
  bench.node.headroom_ = 0;
  const auto again = bench.decider.Decide(repeated, kNow + 31s);
  CHECK(again.id() == 99);
  CHECK(again.accept().contact() == first.accept().contact());
  CHECK(bench.decider.Decide(repeated, kNow + 33s).has_reject());
  // Without a hash nothing is remembered.
  bench.node.headroom_ = 1;
  repeated.clear_call_hash();
  CHECK(bench.decider.Decide(repeated, kNow).has_accept());
  bench.node.headroom_ = 0;
  CHECK(bench.decider.Decide(repeated, kNow).has_reject());
}

TEST_CASE("what is remembered is bounded") {
  Bench bench;
  for (uint64_t i = 0; i < 10'100; ++i) bench.decider.Decide(OfferFor("4711", i), kNow);
  CHECK(bench.decider.remembered() <= 10'000);
}

TEST_CASE("an offer that makes no sense is rejected, not trusted") {
  Bench bench;
  uint64_t id = 100;
  const auto status_of = [&](const auto& spoil) {
    v1::Offer offer = OfferFor("4711", ++id);
    spoil(offer);
    return bench.decider.Decide(offer, kNow).reject().status();
  };
  CHECK(status_of([](v1::Offer& o) { o.set_peer("nobody"); }) == 500);
  CHECK(status_of([](v1::Offer& o) { o.mutable_invite()->set_request_uri("http://x/"); }) == 400);
  CHECK(status_of([](v1::Offer& o) { o.clear_invite(); }) == 400);
}

TEST_CASE("a From or To that cannot be read keeps no call from its mailbox") {
  Bench bench;
  v1::Offer offer = OfferFor("4711");
  offer.mutable_invite()->set_to("<<>");
  offer.mutable_invite()->clear_from();
  CHECK(bench.decider.Decide(offer, kNow).has_accept());
}

TEST_CASE("History-Info serves where there is no Diversion") {
  v1::Offer offer = OfferFor("4711");
  auto& invite = *offer.mutable_invite();
  invite.clear_diversion();
  invite.add_history_info("<sip:4712@pbx?Reason=SIP%3Bcause%3D486>;index=1");
  invite.add_history_info("<sip:8000@um>;index=1.1");
  const auto facts = FactsOfOffer(invite);
  REQUIRE(facts.ok());
  REQUIRE(facts->diversions.size() == 1);
  CHECK(facts->diversions[0].uri.user == "4712");
  CHECK(facts->from.display_name == "Bob");
}

TEST_CASE("the snapshot tells gateways, the node and the proxies' key, and no mailbox") {
  FakeNode node;
  node.calls_ = 3;
  node.headroom_ = 7;
  const auto snapshot = SnapshotOf(node, kKeys, Options());
  REQUIRE(snapshot.gateways_size() == 2);
  CHECK(snapshot.gateways(0).name() == "pbx");
  CHECK(snapshot.gateways(0).addresses(0) == "127.0.0.0/8");
  CHECK(snapshot.gateways(0).enabled());
  REQUIRE(snapshot.gateways(0).pilots_size() == 1);
  CHECK(snapshot.gateways(0).pilots(0).number() == "8000");
  REQUIRE(snapshot.nodes_size() == 1);
  CHECK(snapshot.nodes(0).rpc() == "192.0.2.11:5070");
  CHECK(snapshot.nodes(0).serving());
  CHECK(snapshot.nodes(0).calls() == 3);
  CHECK(snapshot.nodes(0).max_calls() == 10);
  CHECK(snapshot.node() == "node-1");
  CHECK(snapshot.proxy_key() == DeriveKey(kKeys, "proxy"));
  CHECK(snapshot.ShortDebugString().find("4711") == std::string::npos);
}

}  // namespace
}  // namespace um::handover

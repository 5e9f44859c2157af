#include "proxy/decide.h"

#include "tests/support/catch.h"

namespace um::proxy {
namespace {

const Gateway kGateway{"contoso", "pbx", true, {{"8000", "Main"}}};
const Surroundings kWell{.protocol = net::Protocol::kTcp,
                         .topology_known = true,
                         .gateway = &kGateway,
                         .node_healthy = true};

RequestFacts Request(const std::string& method) { return {.method = method}; }

int StatusOf(const Action& action) {
  const auto* answer = std::get_if<Answer>(&action);
  return answer ? answer->status : 0;
}

std::string HeaderOf(const Action& action, std::string_view name) {
  for (const auto& [key, value] : std::get<Answer>(action).headers) {
    if (key == name) return value;
  }
  return "";
}

TEST_CASE("an INVITE of a known gateway is looked up") {
  CHECK(std::holds_alternative<LookUp>(Decide(Request("INVITE"), kWell, {})));
}

TEST_CASE("an ACK is dropped before it is parsed") {
  CHECK(DropUnparsed("ACK sip:8000@um SIP/2.0\r\n", kWell, {}));
  CHECK_FALSE(DropUnparsed("ACKNOWLEDGE sip:8000@um SIP/2.0\r\n", kWell, {}));
  CHECK_FALSE(DropUnparsed("INVITE sip:8000@um SIP/2.0\r\n", kWell, {}));
  CHECK_FALSE(DropUnparsed("", kWell, {}));
  CHECK(std::holds_alternative<Drop>(Decide(Request("ACK"), kWell, {})));
}

TEST_CASE("OPTIONS is answered 200 while a node is healthy, else 503") {
  const Action well = Decide(Request("OPTIONS"), kWell, {});
  CHECK(StatusOf(well) == 200);
  CHECK(HeaderOf(well, "Allow") == "INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE");
  CHECK(HeaderOf(well, "Accept") == "application/sdp");
  Surroundings ill = kWell;
  ill.node_healthy = false;
  const Action sick = Decide(Request("OPTIONS"), ill, {});
  CHECK(StatusOf(sick) == 503);
  CHECK(std::get<Answer>(sick).retry_after_s > 0);
  // RFC 3261 section 11: Max-Forwards 0 makes us the recipient.
  CHECK(StatusOf(Decide({.method = "OPTIONS", .max_forwards = 0}, kWell, {})) == 200);
}

TEST_CASE("a SUBSCRIBE to waiting messages is looked up like a call, one to anything else is not") {
  RequestFacts request = Request("SUBSCRIBE");
  CHECK(StatusOf(Decide(request, kWell, {})) == 489);
  request.event = "presence";
  const Action action = Decide(request, kWell, {});
  CHECK(StatusOf(action) == 489);
  CHECK(HeaderOf(action, "Allow-Events") == "message-summary");
  request.event = "Message-Summary";
  CHECK(std::holds_alternative<LookUp>(Decide(request, kWell, {})));
  Surroundings around = kWell;
  around.gateway = nullptr;
  CHECK(StatusOf(Decide(request, around, {})) == 403);
  around = kWell;
  around.draining = true;
  CHECK(StatusOf(Decide(request, around, {})) == 503);
  request.max_forwards = 0;
  CHECK(StatusOf(Decide(request, kWell, {})) == 483);
  request.max_forwards = 70;
  request.in_dialog = true;
  CHECK(StatusOf(Decide(request, kWell, {})) == 481);
}

TEST_CASE("other methods get 405 with Allow") {
  for (const char* method :
       {"REGISTER", "NOTIFY", "MESSAGE", "BYE", "invite", "INVITE2", "PRACK"}) {
    const Action action = Decide(Request(method), kWell, {});
    CHECK(StatusOf(action) == 405);
    CHECK(HeaderOf(action, "Allow") == "INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE");
  }
}

TEST_CASE(
    "an unknown peer gets 403 and a closed connection on TCP, silence on UDP, and either can be "
    "set") {
  Surroundings stranger = kWell;
  stranger.gateway = nullptr;
  for (const char* method : {"INVITE", "OPTIONS", "REGISTER", "CANCEL"}) {
    const Action action = Decide(Request(method), stranger, {});
    CHECK(StatusOf(action) == 403);
    CHECK(std::get<Answer>(action).close);
  }
  CHECK_FALSE(DropUnparsed("INVITE", stranger, {}));
  CHECK(DropUnparsed("INVITE", stranger, {.forbid_unknown_tcp = false}));

  stranger.protocol = net::Protocol::kUdp;
  CHECK(DropUnparsed("INVITE", stranger, {}));
  CHECK(std::holds_alternative<Drop>(Decide(Request("INVITE"), stranger, {})));
  const Action told = Decide(Request("INVITE"), stranger, {.forbid_unknown_udp = true});
  CHECK(StatusOf(told) == 403);
  CHECK_FALSE(std::get<Answer>(told).close);
}

TEST_CASE("before the first snapshot nobody is unknown, and calls get 503") {
  const Surroundings early{.protocol = net::Protocol::kUdp};
  CHECK_FALSE(DropUnparsed("INVITE", early, {}));
  CHECK(StatusOf(Decide(Request("INVITE"), early, {})) == 503);
  CHECK(StatusOf(Decide(Request("OPTIONS"), early, {})) == 503);
  CHECK(StatusOf(Decide(Request("REGISTER"), early, {})) == 405);
}

TEST_CASE("a disabled gateway gets 480 with an explanation") {
  Gateway off = kGateway;
  off.enabled = false;
  Surroundings around = kWell;
  around.gateway = &off;
  const Action action = Decide(Request("INVITE"), around, {});
  CHECK(StatusOf(action) == 480);
  CHECK(std::get<Answer>(action).explanation.find("pbx") != std::string::npos);
}

TEST_CASE("a defective request gets the parser's verdict") {
  RequestFacts bad = Request("INVITE");
  bad.defect = {505, "Version Not Supported"};
  CHECK(StatusOf(Decide(bad, kWell, {})) == 505);
  bad = Request("OPTIONS");
  bad.defect = {400, "Bad CSeq"};
  CHECK(StatusOf(Decide(bad, kWell, {})) == 400);
}

TEST_CASE("a call is redirected whatever extension it requires: the node refuses it") {
  RequestFacts request = Request("INVITE");
  request.require = {"100rel", "timer", "precondition"};
  CHECK(std::holds_alternative<LookUp>(Decide(request, kWell, {})));
}

TEST_CASE("OPTIONS that requires an extension gets 420 unless the nodes understand it") {
  RequestFacts request = Request("OPTIONS");
  request.require = {"100rel", "timer", "precondition"};
  const Action action = Decide(request, kWell, {});
  CHECK(StatusOf(action) == 420);
  CHECK(HeaderOf(action, "Unsupported") == "100rel, precondition");
  request.require = {"timer"};
  CHECK(StatusOf(Decide(request, kWell, {})) == 200);
}

TEST_CASE("loops are cut: no hops left, own ticket seen again") {
  CHECK(StatusOf(Decide({.method = "INVITE", .max_forwards = 0}, kWell, {})) == 483);
  const Action action = Decide({.method = "INVITE", .has_ticket = true}, kWell, {});
  CHECK(StatusOf(action) == 482);
  CHECK(std::get<Answer>(action).explanation.find("Contact") != std::string::npos);
}

TEST_CASE("a request within a dialog is none of a redirector's") {
  CHECK(StatusOf(Decide({.method = "INVITE", .in_dialog = true}, kWell, {})) == 481);
}

TEST_CASE("a proxy about to stop refuses new calls") {
  Surroundings around = kWell;
  around.draining = true;
  CHECK(StatusOf(Decide(Request("INVITE"), around, {})) == 503);
  CHECK(StatusOf(Decide(Request("OPTIONS"), around, {})) == 503);
  CHECK(std::holds_alternative<Cancel>(Decide(Request("CANCEL"), around, {})));
}

}  // namespace
}  // namespace um::proxy

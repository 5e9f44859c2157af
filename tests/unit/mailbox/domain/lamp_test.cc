#include "mailbox/domain/lamp.h"

#include "tests/support/catch.h"

using namespace um;
using namespace um::domain;

namespace {

Organisation Example() {
  IpGateway first{.name = "first"};
  first.contact = net::Endpoint::Parse("192.0.2.10:5060");
  IpGateway second{.name = "second"};
  second.contact = net::Endpoint::Parse("[2001:db8::1]:5070");
  second.transport = SipTransport::kUdp;
  Organisation o{.id = "acme"};
  o.gateways = {second, first};
  o.hunt_groups = {{.name = "a", .gateway = "first", .pilot = "2000", .dial_plan = "Main"},
                   {.name = "b", .gateway = "first", .pilot = "2001", .dial_plan = "Main"},
                   {.name = "c", .gateway = "second", .pilot = "", .dial_plan = "Main"},
                   {.name = "d", .gateway = "second", .pilot = "", .dial_plan = "Other"}};
  o.dial_plans = {{.name = "Main"}, {.name = "Other"}};
  return o;
}

Mailbox Ann(const char* sip_resource = "") {
  Mailbox mailbox{.id = "ann", .dial_plan = "Main", .extension = "1001"};
  mailbox.sip_resource = sip_resource;
  return mailbox;
}

std::vector<std::string> Uris(const LampPaths& paths) {
  std::vector<std::string> uris;
  for (const LampPath& path : paths.paths) uris.push_back(path.place.gateway + " " + path.uri);
  return uris;
}
using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a summary says what waits, what was heard, and how much of it is urgent") {
  CHECK(SummaryOf({8, 3, 1, 0}, "sip:1001@192.0.2.10") ==
        "Messages-Waiting: yes\r\nMessage-Account: sip:1001@192.0.2.10\r\n"
        "Voice-Message: 8/3 (1/0)\r\n");
  CHECK(SummaryOf({0, 3, 0, 1}, "sip:a@b") ==
        "Messages-Waiting: no\r\nMessage-Account: sip:a@b\r\nVoice-Message: 0/3 (0/1)\r\n");
}

TEST_CASE("a lamp is told by the gateways of the mailbox' dial plan, in the order of hunt groups") {
  const LampPaths paths = LampPathsOf(Example(), Ann());
  CHECK(Uris(paths) == Strings{"first sip:1001@192.0.2.10", "second sip:1001@[2001:db8::1]:5070"});
  CHECK(paths.blocked.empty());
  CHECK(paths.paths[0].transport == SipTransport::kTcp);
  CHECK(paths.paths[1].transport == SipTransport::kUdp);
}

TEST_CASE("the user's address is of the dial plan's kind, else the extension") {
  Organisation o = Example();
  o.dial_plans[0].uri_type = UriType::kE164;
  CHECK(Uris(LampPathsOf(o, Ann("+14255550101"))).front() == "first sip:+14255550101@192.0.2.10");
  CHECK(Uris(LampPathsOf(o, Ann())).front() == "first sip:1001@192.0.2.10");
  o.dial_plans[0].uri_type = UriType::kSipName;
  CHECK(Uris(LampPathsOf(o, Ann("ann@example.com:5061"))).front() ==
        "first sip:ann@example.com:5061");
  CHECK(Uris(LampPathsOf(o, Ann("sip:ann@example.com"))).front() == "first sip:ann@example.com");
  CHECK(Uris(LampPathsOf(o, Ann("no address"))).front() == "first sip:1001@192.0.2.10");
}

TEST_CASE("policy and gateway must both allow it, and what blocks is named") {
  Organisation o = Example();
  o.gateways[1].lamp_allowed = false;
  CHECK(Uris(LampPathsOf(o, Ann())) == Strings{"second sip:1001@[2001:db8::1]:5070"});
  o.gateways[0].lamp_allowed = false;
  CHECK(LampPathsOf(o, Ann()).paths.empty());
  CHECK(LampPathsOf(o, Ann()).blocked == "IP gateway: message_waiting_indicator_allowed");
  Mailbox denied = Ann();
  denied.lamp_allowed = false;
  CHECK(LampPathsOf(Example(), denied).blocked ==
        "mailbox policy: allow_message_waiting_indicator");
  o = Example();
  o.gateways[0].contact.reset();
  o.gateways[1].enabled = false;
  CHECK(LampPathsOf(o, Ann()).blocked == "IP gateway second has no IP address to send to");
  o.hunt_groups.clear();
  CHECK(LampPathsOf(o, Ann()).blocked == "no enabled IP gateway serves the dial plan");
  o.dial_plans.clear();
  CHECK(LampPathsOf(o, Ann()).blocked == "the mailbox' dial plan is not there");
}

TEST_CASE("a lamp stays its mailbox' by any gateway of the dial plan, and by no other way") {
  Organisation o = Example();
  const LampPlace place{"first", "1001"};
  CHECK(LampPathsOf(o, Ann()).paths[0].place == place);
  CHECK(IsLampOf(o, Ann(), place));
  o.gateways[1].lamp_allowed = false;  // another one is left
  CHECK(IsLampOf(o, Ann(), place));
  o.gateways[0].lamp_allowed = false;
  CHECK_FALSE(IsLampOf(o, Ann(), place));
  o = Example();
  CHECK_FALSE(IsLampOf(o, Ann(), {"first", "1002"}));
  Mailbox ann = Ann();
  ann.lamp_allowed = false;
  CHECK_FALSE(IsLampOf(o, ann, place));
  ann = Ann();
  ann.dial_plan = "Other";  // of which "second" alone is a gateway
  CHECK_FALSE(IsLampOf(o, ann, place));
  CHECK(IsLampOf(o, ann, {"second", "1001"}));
  o.dial_plans[0].uri_type = UriType::kE164;
  CHECK_FALSE(IsLampOf(o, Ann("+14255550101"), place));
  CHECK(IsLampOf(o, Ann("+14255550101"), {"first", "+14255550101"}));
}

TEST_CASE("a place is somebody's if a mailbox of the gateway's dial plans is told there") {
  Organisation o = Example();
  Mailbox ann = Ann();
  ann.addresses = {{"Main", "1001"}};
  o.mailboxes = Mailboxes({ann});
  CHECK(IsSomebodys(o, {"first", "1001"}));
  CHECK_FALSE(IsSomebodys(o, {"first", "1002"}));
  CHECK_FALSE(IsSomebodys(o, {"third", "1001"}));
  ann.lamp_allowed = false;
  o.mailboxes = Mailboxes({ann});
  CHECK_FALSE(IsSomebodys(o, {"first", "1001"}));
  o.dial_plans[0].uri_type = UriType::kSipName;
  ann = Ann("ann@example.com");
  ann.addresses = {{"Main", "ann@example.com"}};
  o.mailboxes = Mailboxes({ann});
  CHECK(IsSomebodys(o, LampPathsOf(o, ann).paths[0].place));
  CHECK_FALSE(IsSomebodys(o, {"first", "1001"}));
}

TEST_CASE(
    "a lamp is switched off by its gateway, allowed or not, while anything can be sent to it") {
  Organisation o = Example();
  o.gateways[0].lamp_allowed = o.gateways[1].lamp_allowed = false;
  CHECK(PathTo(o, {"second", "1001"})->uri == "sip:1001@[2001:db8::1]:5070");
  CHECK(PathTo(o, {"second", "1001"})->transport == SipTransport::kUdp);
  CHECK(PathTo(o, {"first", "sip:ann@example.com"})->uri == "sip:ann@example.com");
  CHECK(absl::IsNotFound(PathTo(o, {"third", "1001"}).status()));
  o.gateways[0].enabled = false;
  CHECK(absl::IsUnavailable(PathTo(o, {"second", "1001"}).status()));
  o.gateways[1].contact.reset();
  CHECK(absl::IsUnavailable(PathTo(o, {"first", "1001"}).status()));
}

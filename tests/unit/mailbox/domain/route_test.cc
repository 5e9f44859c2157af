#include "mailbox/domain/route.h"

#include <functional>

#include "tests/support/catch.h"

using namespace um;
using namespace um::domain;

namespace {

net::Network Net(const char* text) { return net::Network::Parse(text).value(); }
net::IpAddress Ip(const char* text) { return net::IpAddress::Parse(text).value(); }

RoutingCopy Example() {
  Organisation o;
  o.id = "example";
  o.gateways = {{.name = "pbx", .addresses = {Net("192.0.2.10")}},
                {.name = "branches", .addresses = {Net("192.0.2.0/24")}},
                {.name = "old", .addresses = {Net("198.51.100.1")}, .enabled = false}};
  o.hunt_groups = {{"main", "pbx", "5000", "Main"}, {"all", "branches", "", "Branch"}};
  o.dial_plans = {{.name = "Main"}, {.name = "Branch"}};
  o.mailboxes = {{"ann", "Main", "1001", "Ann Archer", "ann@example.com"},
                 {"bob", "Main", "1002", "Bob Baker", "bob@example.com"},
                 {"cleo", "Branch", "1001", "Cleo Chen", "cleo@example.com"}};
  return RoutingCopy(o);
}

void Change(Organisation& o, const char* id, const std::function<void(Mailbox&)>& f) {
  Mailbox mailbox = *o.mailboxes.Find(id);
  f(mailbox);
  o.mailboxes = o.mailboxes.With({id}, {mailbox});
}

sip::InviteFacts To(const char* user) {
  sip::InviteFacts facts;
  facts.request_uri = {.scheme = "sip", .user = user, .host = "um.example"};
  facts.from.uri = {.scheme = "sip", .user = "2001", .host = "pbx.example"};
  facts.from.display_name = "Carol";
  return facts;
}

sip::Diversion From(const char* user, sip::DiversionReason reason) {
  return {{.scheme = "sip", .user = user, .host = "pbx.example"}, "", reason};
}

CallRoute Routed(const sip::InviteFacts& facts, const char* peer = "192.0.2.10") {
  const RoutingCopy routing = Example();
  auto result = routing.Route(Ip(peer), facts);
  REQUIRE(std::holds_alternative<CallRoute>(result));
  return std::get<CallRoute>(result);
}

Refusal Refused(const sip::InviteFacts& facts, const char* peer = "192.0.2.10") {
  const RoutingCopy routing = Example();
  auto result = routing.Route(Ip(peer), facts);
  REQUIRE(std::holds_alternative<Refusal>(result));
  return std::get<Refusal>(result);
}

}  // namespace

TEST_CASE("a diverted call reaches the mailbox of the party it was diverted from") {
  auto facts = To("5000");
  facts.diversions = {From("1001", sip::DiversionReason::kNoAnswer)};
  const CallRoute route = Routed(facts);
  CHECK(route.mailbox.id == "ann");
  CHECK(route.pilot == "5000");
  CHECK(route.called == "1001");
  CHECK(route.reason == CallReason::kDivertNoAnswer);
  CHECK(route.caller.number == "2001");
  CHECK(route.caller.name == "Carol");
}

TEST_CASE("of several diversions the newest that is a mailbox counts") {
  auto facts = To("5000");
  facts.diversions = {From("7777", sip::DiversionReason::kUnconditional),
                      From("1002", sip::DiversionReason::kUserBusy),
                      From("1001", sip::DiversionReason::kNoAnswer)};
  const CallRoute route = Routed(facts);
  CHECK(route.mailbox.id == "bob");
  CHECK(route.reason == CallReason::kDivertBusy);
}

TEST_CASE("the longest matching address names the gateway, and its hunt group the dial plan") {
  auto facts = To("1001");
  CHECK(Routed(facts, "192.0.2.77").mailbox.id == "cleo");  // direct, by the catch-all hunt group
  facts = To("anything");
  facts.diversions = {From("1001", sip::DiversionReason::kNoAnswer)};
  CHECK(Routed(facts, "192.0.2.77").mailbox.id == "cleo");
}

TEST_CASE("numbers are compared without visual separators and parameters") {
  auto facts = To("50-00;phone-context=example.com");
  facts.diversions = {{{.scheme = "tel", .user = "(10) 0.1"}, "", sip::DiversionReason::kNoAnswer}};
  CHECK(Routed(facts).mailbox.id == "ann");
}

TEST_CASE("the asserted identity names the caller, unless the caller withholds it") {
  auto facts = To("5000");
  facts.diversions = {From("1001", sip::DiversionReason::kNoAnswer)};
  facts.asserted_identities = {{"Carol Clerk", {.scheme = "tel", .user = "+14255550123"}, {}}};
  CHECK(Routed(facts).caller.number == "+14255550123");
  CHECK(Routed(facts).caller.name == "Carol Clerk");
  facts.withheld = true;
  CHECK(Routed(facts).caller.number.empty());
  CHECK(Routed(facts).caller.name.empty());
  facts.withheld = false;
  facts.from.uri.user = "anonymous";
  CHECK(Routed(facts).caller.number.empty());
  CHECK(Routed(facts).caller.name.empty());
}

TEST_CASE("every call that is not answered says why") {
  auto facts = To("5000");
  CHECK(Refused(facts, "203.0.113.9").status == 403);
  CHECK(Refused(facts, "198.51.100.1").status == 480);
  CHECK(Refused(To("5999")).diagnostics_id == 15602);
  CHECK(Refused(facts).diagnostics_id == 15604);
  facts.diversions = {From("1003", sip::DiversionReason::kNoAnswer)};
  CHECK(Refused(facts).explanation == "no mailbox has extension 1003 in dial plan Main");
}

TEST_CASE("the gateway says which of several diversions counts") {
  auto facts = To("5000");
  facts.diversions = {From("7777", sip::DiversionReason::kUnconditional),
                      From("1002", sip::DiversionReason::kUserBusy),
                      From("1001", sip::DiversionReason::kNoAnswer)};
  Organisation o = Example().organisations().front()->organisation();
  const auto routed = [&](DivertedParty party) {
    o.gateways[0].diverted_party = party;
    const RoutingCopy routing(o);
    auto result = routing.Route(Ip("192.0.2.10"), facts);
    const auto* route = std::get_if<CallRoute>(&result);
    return route ? route->mailbox.id : std::get<Refusal>(result).explanation;
  };
  CHECK(routed(DivertedParty::kNewestMailbox) == "bob");
  CHECK(routed(DivertedParty::kOldest) == "ann");
  CHECK(routed(DivertedParty::kNewest) == "no mailbox has extension 7777 in dial plan Main");
}

TEST_CASE("a diversion from the pilot is nobody's, and a wrong length is said") {
  auto facts = To("5000");
  facts.diversions = {From("5000", sip::DiversionReason::kUnconditional),
                      From("1001", sip::DiversionReason::kNoAnswer)};
  CHECK(Routed(facts).mailbox.id == "ann");
  facts.diversions = {From("12345", sip::DiversionReason::kNoAnswer)};
  CHECK(Refused(facts).explanation ==
        "no mailbox has extension 12345 in dial plan Main, whose extensions have 4 digits");
  CHECK(Refused(facts).dial_plan == "Main");
}

TEST_CASE("pilots are a hunt group's, else the dial plan's, by the request URI or by To") {
  Organisation o = Example().organisations().front()->organisation();
  o.hunt_groups[0].pilot = "+1 202 555 0199";
  o.dial_plans[0].pilots = {"+12025550198"};
  const RoutingCopy routing(o);
  auto facts = To("12025550199");
  facts.diversions = {From("1001", sip::DiversionReason::kNoAnswer)};
  const auto answered = [&] {
    return std::holds_alternative<CallRoute>(routing.Route(Ip("192.0.2.10"), facts));
  };
  CHECK(answered());
  facts.request_uri.user = "+12025550198";
  CHECK(answered());
  facts.request_uri.user = "";
  CHECK_FALSE(answered());
  facts.to.uri = {.scheme = "tel", .user = "+1-202-555-0199"};
  CHECK(answered());
}

TEST_CASE(
    "a call that names nobody waits where its gateway names the parties later, else it is "
    "refused") {
  Organisation o;
  o.gateways = {{.name = "pbx", .addresses = {Net("192.0.2.10")}, .parties_wait = 5s},
                {.name = "other", .addresses = {Net("192.0.2.11")}}};
  o.hunt_groups = {{"main", "pbx", "5000", "Main"}, {"more", "other", "5000", "Main"}};
  o.dial_plans = {{.name = "Main"}};
  o.mailboxes = {{"ann", "Main", "1001", "Ann Archer", "ann@example.com"}};
  const RoutingCopy routing(o);
  sip::InviteFacts nobody = To("5000");
  nobody.from.uri = {.scheme = "sip", .user = "anonymous", .host = "anonymous.invalid"};
  const auto is_refused = [&](const char* peer, const sip::InviteFacts& facts, Naming naming) {
    const auto decided = routing.Route(Ip(peer), facts, naming);
    if (const auto* refusal = std::get_if<Refusal>(&decided)) {
      CHECK(refusal->diagnostics_id == 15604);
      return true;
    }
    return !std::get<CallRoute>(decided).parties_to_come;
  };
  CHECK_FALSE(is_refused("192.0.2.10", nobody, Naming::kMayFollow));
  CHECK(is_refused("192.0.2.10", nobody, Naming::kComplete));
  CHECK(is_refused("192.0.2.11", nobody, Naming::kMayFollow));
  // Who calls is known: the caller dialled the pilot.
  CHECK(is_refused("192.0.2.10", To("5000"), Naming::kMayFollow));
  // Who followed a redirect names the pilot: nobody yet.
  nobody.diversions = {From("5000", sip::DiversionReason::kUnknown)};
  CHECK_FALSE(is_refused("192.0.2.10", nobody, Naming::kMayFollow));
  // Whose the call is is known.
  nobody.diversions = {From("1001", sip::DiversionReason::kNoAnswer)};
  const auto decided = routing.Route(Ip("192.0.2.10"), nobody);
  REQUIRE(std::holds_alternative<CallRoute>(decided));
  CHECK_FALSE(std::get<CallRoute>(decided).parties_to_come);
  CHECK(std::get<CallRoute>(decided).mailbox.id == "ann");
}

TEST_CASE("the redirect keeps what a voicemail URI asks for") {
  auto facts = To("5000");
  facts.request_uri.parameters = {{"user", "phone"}, {"target", "sip:1001@x"}, {"cause", "486"}};
  facts.diversions = {From("1001", sip::DiversionReason::kUserBusy)};
  CHECK(Routed(facts).pilot_parameters.size() == 2);
}

TEST_CASE("a user who calls is named by an address of the plan or an equal one, or by a line") {
  Organisation o = Example().organisations().front()->organisation();
  o.dial_plans[0].number_formats = {*ParseNumberingPlanFormat("1202555xxxx", 4)};
  Change(o, "bob", [](Mailbox& bob) { bob.calling_line_ids = {"+1 202 555 0177"}; });
  auto facts = To("5000");
  facts.diversions = {From("1001", sip::DiversionReason::kNoAnswer)};
  const auto caller = [&](const char* user) {
    facts.from.uri.user = user;
    const RoutingCopy routing(o);
    return std::get<CallRoute>(routing.Route(Ip("192.0.2.10"), facts)).caller;
  };
  CHECK(caller("1002").name == "Bob Baker");
  CHECK(caller("1002").email == "bob@example.com");
  CHECK(caller("+12025551002").name == "Bob Baker");
  CHECK(caller("5550177").name == "Bob Baker");  // the shorter of seven digits ends the longer
  CHECK(caller("555017").name == "Carol");
  // The other plan's user of that extension is somebody else, unless the plans are equivalent.
  Change(o, "cleo", [](Mailbox& cleo) { cleo.extension = "3003"; });
  CHECK(caller("3003").name == "Carol");
  o.dial_plans[0].equivalent_plans = {"Branch"};
  CHECK(caller("3003").name == "Cleo Chen");
  // A line of two users is nobody's.
  Change(o, "ann", [](Mailbox& ann) { ann.calling_line_ids = {"2025550177"}; });
  CHECK(caller("2025550177").name == "Carol");
}

#include "mailbox/domain/route.h"

#include <fmt/format.h>

#include <algorithm>

#include "mailbox/domain/address_key.h"
#include "mailbox/domain/call_answering_rule.h"
#include "mailbox/domain/numbers.h"

namespace um::domain {
namespace {

CallReason ReasonOf(sip::DiversionReason reason) {
  switch (reason) {
    case sip::DiversionReason::kUserBusy:
      return CallReason::kDivertBusy;
    case sip::DiversionReason::kNoAnswer:
      return CallReason::kDivertNoAnswer;
    case sip::DiversionReason::kUnconditional:
    case sip::DiversionReason::kUnknown:
    case sip::DiversionReason::kOther:
      return CallReason::kDivertForward;
  }
  return CallReason::kDivertForward;
}

Refusal Refuse(int status, std::string phrase, int id, std::string explanation,
               std::string dial_plan = "") {
  return {status, std::move(phrase), id, std::move(explanation), 0, std::move(dial_plan)};
}

/// The parties a call may be for, in the order in which they are tried. Who follows a redirect may
/// say that the call was diverted from the pilot: that is nobody, if there is anybody else.
std::vector<const sip::Diversion*> PartiesOf(const IpGateway& gateway,
                                             const sip::InviteFacts& facts) {
  if (facts.diversions.empty()) return {};
  std::vector<const sip::Diversion*> parties;
  for (const sip::Diversion& diversion : facts.diversions) {
    if (!sip::SameParty(diversion.uri, facts.request_uri)) parties.push_back(&diversion);
  }
  if (parties.empty()) parties.push_back(&facts.diversions.front());
  switch (gateway.diverted_party) {
    case DivertedParty::kNewestMailbox:
      return parties;
    case DivertedParty::kNewest:
      return {parties.front()};
    case DivertedParty::kOldest:
      return {parties.back()};
  }
  return parties;
}

/// For the gateway's administrator, who may have to change how it writes numbers.
std::string NoMailbox(const DialPlan& plan, const sip::Uri& uri) {
  const std::string number = NumberOf(uri);
  std::string text = fmt::format("no mailbox has {} {} in dial plan {}",
                                 IsTelephoneNumber(number) ? "extension" : "address",
                                 number.empty() ? uri.host : number, plan.name);
  const bool telephone = plan.uri_type == UriType::kTelephoneExtension;
  if (telephone && number.size() != static_cast<size_t>(plan.extension_digits)) {
    text += fmt::format(", whose extensions have {} digits", plan.extension_digits);
  }
  return text;
}

}  // namespace

std::string_view ToString(CallReason reason) {
  switch (reason) {
    case CallReason::kDirect:
      return "direct";
    case CallReason::kDivertForward:
      return "divert-forward";
    case CallReason::kDivertBusy:
      return "divert-busy";
    case CallReason::kDivertNoAnswer:
      return "divert-no-answer";
  }
  return "";
}

Routes::Routes(Organisation organisation) : organisation_(std::move(organisation)) {
  std::unordered_map<std::string_view, size_t> plans;
  for (const DialPlan& plan : organisation_.dial_plans) plans.emplace(plan.name, plans.size());
  for (const HuntGroup& group : organisation_.hunt_groups) {
    const auto plan = plans.find(group.dial_plan);
    if (plan == plans.end()) continue;
    by_pilot_.emplace(AddressKey(group.gateway, PilotKey(group.pilot)), plan->second);
  }
  // The contact of a redirect has a SIP pilot's user at the address of a node.
  for (const HuntGroup& group : organisation_.hunt_groups) {
    const auto plan = plans.find(group.dial_plan);
    const std::string pilot = PilotKey(group.pilot);
    const size_t at = pilot.find('@');
    if (plan == plans.end() || at == std::string::npos) continue;
    by_pilot_.emplace(AddressKey(group.gateway, PilotKey(pilot.substr(0, at))), plan->second);
  }
  // A dial plan's further numbers, where no hunt group has them.
  for (const HuntGroup& group : organisation_.hunt_groups) {
    const auto plan = plans.find(group.dial_plan);
    if (plan == plans.end()) continue;
    for (const std::string& pilot : organisation_.dial_plans[plan->second].pilots) {
      by_pilot_.emplace(AddressKey(group.gateway, PilotKey(pilot)), plan->second);
    }
  }
}

/// By what was called: its own pilot's, else the gateway's catch-all. Behind some SBCs the request
/// URI is a contact, and To has the number.
const DialPlan* Routes::PlanOf(const std::string& gateway, const sip::InviteFacts& facts) const {
  for (const sip::Uri* uri : {&facts.request_uri, &facts.to.uri}) {
    for (const std::string& key : PilotKeysOf(*uri)) {
      const auto it = by_pilot_.find(AddressKey(gateway, key));
      if (it != by_pilot_.end()) return &organisation_.dial_plans[it->second];
    }
  }
  const auto it = by_pilot_.find(AddressKey(gateway, ""));
  return it == by_pilot_.end() ? nullptr : &organisation_.dial_plans[it->second];
}

const Mailbox* Routes::MailboxOf(std::string_view dial_plan, std::string_view address) const {
  return organisation_.mailboxes.At(dial_plan, address);
}

const Mailbox* Routes::MailboxOf(const DialPlan& plan, const sip::Uri& uri) const {
  for (const std::string& address : AddressesOf(plan, uri)) {
    if (const Mailbox* mailbox = MailboxOf(plan.name, address)) return mailbox;
  }
  return nullptr;
}

const Mailbox* Routes::MailboxCalling(const DialPlan& plan, const sip::InviteFacts& facts) const {
  const auto identities = IdentitiesOf(facts);
  for (const sip::NameAddr* identity : identities) {
    if (const Mailbox* mailbox = MailboxOf(plan, identity->uri)) return mailbox;
    for (const DialPlan& other : organisation_.dial_plans) {
      const auto& equivalent = plan.equivalent_plans;
      if (std::find(equivalent.begin(), equivalent.end(), other.name) == equivalent.end()) continue;
      if (const Mailbox* mailbox = MailboxOf(other, identity->uri)) return mailbox;
    }
  }
  for (const sip::NameAddr* identity : identities) {
    const std::vector<const Mailbox*> found =
        organisation_.mailboxes.CallingFrom(NumberOf(identity->uri));
    if (found.size() > 1) return nullptr;
    if (!found.empty()) return found.front();
  }
  return nullptr;
}

RoutingCopy::RoutingCopy(std::vector<std::shared_ptr<const Routes>> organisations)
    : organisations_(std::move(organisations)) {}
RoutingCopy::RoutingCopy(Organisation organisation)
    : organisations_{std::make_shared<const Routes>(std::move(organisation))} {}

size_t RoutingCopy::mailboxes() const {
  size_t sum = 0;
  for (const auto& routes : organisations_) sum += routes->organisation().mailboxes.size();
  return sum;
}

RoutingCopy::Peer RoutingCopy::Find(const net::IpAddress& peer) const {
  Peer best;
  int best_prefix = -1;
  for (const auto& routes : organisations_) {
    for (const IpGateway& gateway : routes->organisation().gateways) {
      for (const net::Network& network : gateway.addresses) {
        if (network.Contains(peer) && network.prefix() > best_prefix) {
          best = {routes.get(), &gateway};
          best_prefix = network.prefix();
        }
      }
    }
  }
  return best;
}

std::variant<CallRoute, Refusal> RoutingCopy::Route(const net::IpAddress& peer,
                                                    const sip::InviteFacts& facts,
                                                    Naming naming) const {
  const auto [routes, gateway] = Find(peer);
  if (!gateway) {
    return Refuse(403, "Forbidden", 15600,
                  fmt::format("{} is not an address of any IP gateway", peer.ToString()));
  }
  return routes->Route(*gateway, facts, naming);
}

std::variant<CallRoute, Refusal> Routes::Route(const IpGateway& gateway,
                                               const sip::InviteFacts& facts, Naming naming) const {
  if (!gateway.enabled) {
    return Refuse(480, "Temporarily Unavailable", 15601,
                  fmt::format("IP gateway {} is disabled", gateway.name));
  }
  const DialPlan* plan = PlanOf(gateway.name, facts);
  if (!plan) {
    return Refuse(404, "Not Found", 15602,
                  fmt::format("no hunt group of IP gateway {} has pilot {}", gateway.name,
                              NumberOf(facts.request_uri)));
  }

  CallRoute route{.organisation = organisation_.id,
                  .gateway = gateway,
                  .pilot = facts.request_uri.user,
                  .dial_plan = *plan,
                  .caller = CallerOf(facts)};
  for (const auto& parameter : facts.request_uri.parameters) {
    if (parameter.first == "target" || parameter.first == "cause") {
      route.pilot_parameters.push_back(parameter);
    }
  }
  if (const Mailbox* known = MailboxCalling(*plan, facts)) {
    route.caller.name = known->name;
    route.caller.email = known->email;
    route.caller_is_known = true;
  }
  const auto parties = PartiesOf(gateway, facts);
  for (const sip::Diversion* diversion : parties) {
    if (const Mailbox* mailbox = MailboxOf(*plan, diversion->uri)) {
      route.mailbox = *mailbox;
      route.called = NumberOf(diversion->uri);
      route.reason = ReasonOf(diversion->reason);
      return route;
    }
  }
  // Named is who is not the pilot.
  const auto is_pilot = [&](const sip::Diversion* party) {
    return sip::SameParty(party->uri, facts.request_uri);
  };
  const bool nobody_named = std::ranges::all_of(parties, is_pilot);
  if (!nobody_named) {
    return Refuse(404, "Not Found", 15603, NoMailbox(*plan, parties.front()->uri), plan->name);
  }
  // A peer that cannot say who was called may dial the extension itself through a catch-all hunt
  // group.
  if (const Mailbox* mailbox = MailboxOf(*plan, facts.request_uri)) {
    route.mailbox = *mailbox;
    route.called = NumberOf(facts.request_uri);
    return route;
  }
  if (naming == Naming::kMayFollow && gateway.parties_wait > 0ms && route.caller.number.empty()) {
    route.parties_to_come = true;
    return route;
  }
  if (!parties.empty()) {
    return Refuse(404, "Not Found", 15603, NoMailbox(*plan, parties.front()->uri), plan->name);
  }
  return Refuse(404, "Not Found", 15604,
                "the call names no diverted party (Diversion, History-Info), and subscriber access "
                "is not offered",
                plan->name);
}

}  // namespace um::domain

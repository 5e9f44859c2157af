#include "mailbox/domain/route.h"

#include <fmt/format.h>

#include <algorithm>

namespace um::domain {
namespace {

/// The number in a user part: without visual separators (RFC 3966 section 5.1.1) and without what
/// follows ';'.
std::string NumberOf(const sip::Uri& uri) {
  std::string number;
  for (const char c : uri.user) {
    if (c == ';') break;
    if (c != '-' && c != '.' && c != '(' && c != ')' && c != ' ') number += c;
  }
  return number;
}

bool IsAnonymous(const sip::NameAddr& address) {
  const std::string& user = address.uri.user;
  return user == "anonymous" || user == "Anonymous" || address.uri.host == "anonymous.invalid";
}

/// Who calls: P-Asserted-Identity before From (RFC 3325 section 9.1), unless the caller
/// withholds it: by From (RFC 3323 section 4.1.1.3) or by Privacy.
Caller CallerOf(const sip::InviteFacts& facts) {
  if (facts.withheld || IsAnonymous(facts.from)) return {};
  Caller caller{NumberOf(facts.from.uri), facts.from.display_name};
  for (const sip::NameAddr& asserted : facts.asserted_identities) {
    if (IsAnonymous(asserted) || asserted.uri.user.empty()) continue;
    caller.number = NumberOf(asserted.uri);
    if (!asserted.display_name.empty()) caller.name = asserted.display_name;
    break;
  }
  if (caller.name == caller.number) caller.name.clear();
  return caller;
}

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

std::string Key(std::string_view dial_plan, std::string_view extension) {
  std::string key;
  key.reserve(dial_plan.size() + 1 + extension.size());
  return key.append(dial_plan).append("\n").append(extension);
}

template <class T>
const T* Named(const std::vector<T>& items, std::string_view name) {
  const auto it =
      std::find_if(items.begin(), items.end(), [&](const T& i) { return i.name == name; });
  return it == items.end() ? nullptr : &*it;
}

/// The hunt group of a called number: its own pilot's, else the gateway's catch-all.
const HuntGroup* GroupOf(const std::vector<HuntGroup>& groups, const std::string& gateway,
                         const std::string& number) {
  const HuntGroup* catch_all = nullptr;
  for (const HuntGroup& group : groups) {
    if (group.gateway != gateway) continue;
    if (group.pilot == number) return &group;
    if (group.pilot.empty()) catch_all = &group;
  }
  return catch_all;
}

Refusal Refuse(int status, std::string phrase, int id, std::string explanation) {
  return {status, std::move(phrase), id, std::move(explanation), 0};
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
  by_address_.reserve(organisation_.mailboxes.size());
  for (size_t i = 0; i < organisation_.mailboxes.size(); ++i) {
    const Mailbox& mailbox = organisation_.mailboxes[i];
    by_address_.emplace(Key(mailbox.dial_plan, mailbox.extension), i);
    for (const Mailbox::Address& address : mailbox.addresses) {
      by_address_.emplace(Key(address.dial_plan, address.value), i);
    }
  }
}

const Mailbox* Routes::MailboxOf(std::string_view dial_plan, std::string_view address) const {
  if (address.empty()) return nullptr;
  const auto it = by_address_.find(Key(dial_plan, address));
  return it == by_address_.end() ? nullptr : &organisation_.mailboxes[it->second];
}

/// A number, or the whole SIP address.
const Mailbox* Routes::MailboxOf(std::string_view dial_plan, const sip::Uri& uri) const {
  if (const Mailbox* mailbox = MailboxOf(dial_plan, NumberOf(uri))) return mailbox;
  return MailboxOf(dial_plan, uri.user + "@" + uri.host);
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
                                                    const sip::InviteFacts& facts) const {
  const auto [routes, gateway] = Find(peer);
  if (!gateway) {
    return Refuse(403, "Forbidden", 15600,
                  fmt::format("{} is not an address of any IP gateway", peer.ToString()));
  }
  return routes->Route(*gateway, facts);
}

std::variant<CallRoute, Refusal> Routes::Route(const IpGateway& gateway,
                                               const sip::InviteFacts& facts) const {
  if (!gateway.enabled) {
    return Refuse(480, "Temporarily Unavailable", 15601,
                  fmt::format("IP gateway {} is disabled", gateway.name));
  }
  const std::string number = NumberOf(facts.request_uri);
  const HuntGroup* group = GroupOf(organisation_.hunt_groups, gateway.name, number);
  const DialPlan* plan = group ? Named(organisation_.dial_plans, group->dial_plan) : nullptr;
  if (!plan) {
    return Refuse(404, "Not Found", 15602,
                  fmt::format("no hunt group of IP gateway {} has pilot {}", gateway.name, number));
  }

  CallRoute route{
      organisation_.id,   gateway, facts.request_uri.user, *plan, {}, {}, CallerOf(facts),
      CallReason::kDirect};
  // Newest diversion first: "assistant -> user -> no answer" is the user's call, not the
  // assistant's.
  for (const sip::Diversion& diversion : facts.diversions) {
    if (const Mailbox* mailbox = MailboxOf(plan->name, diversion.uri)) {
      route.mailbox = *mailbox;
      route.called = NumberOf(diversion.uri);
      route.reason = ReasonOf(diversion.reason);
      return route;
    }
  }
  if (!facts.diversions.empty()) {
    return Refuse(404, "Not Found", 15603,
                  fmt::format("no mailbox has extension {} in dial plan {}",
                              NumberOf(facts.diversions.front().uri), plan->name));
  }
  // A peer that cannot say who was called may dial the extension itself through a catch-all hunt
  // group.
  if (const Mailbox* mailbox = MailboxOf(plan->name, facts.request_uri)) {
    route.mailbox = *mailbox;
    route.called = number;
    return route;
  }
  return Refuse(404, "Not Found", 15604,
                "the call names no diverted party (Diversion, History-Info), and subscriber access "
                "is not offered");
}

}  // namespace um::domain

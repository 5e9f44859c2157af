#include "mailbox/domain/lamp.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/sip/address.h"
#include "mailbox/domain/features.h"
#include "mailbox/domain/numbers.h"

namespace um::domain {
namespace {

constexpr uint16_t kSipPort = 5060;

const DialPlan* PlanNamed(const Organisation& organisation, const std::string& name) {
  const auto& plans = organisation.dial_plans;
  const auto it = std::find_if(plans.begin(), plans.end(),
                               [&](const DialPlan& plan) { return plan.name == name; });
  return it == plans.end() ? nullptr : &*it;
}

/// The enabled gateways that serve the plan, each once.
std::vector<const IpGateway*> GatewaysOf(const Organisation& organisation,
                                         const std::string& plan) {
  std::vector<const IpGateway*> found;
  for (const HuntGroup& group : organisation.hunt_groups) {
    if (group.dial_plan != plan) continue;
    for (const IpGateway& gateway : organisation.gateways) {
      if (gateway.name != group.gateway || !gateway.enabled) continue;
      if (std::find(found.begin(), found.end(), &gateway) == found.end()) found.push_back(&gateway);
    }
  }
  return found;
}

}  // namespace

std::string WaitingCount::ToString() const {
  return fmt::format("{}/{} ({}/{})", unheard, heard, urgent_unheard, urgent_heard);
}

std::string SummaryOf(const WaitingCount& count, const std::string& account) {
  return fmt::format("Messages-Waiting: {}\r\nMessage-Account: {}\r\nVoice-Message: {}\r\n",
                     count.unheard > 0 ? "yes" : "no", account, count.ToString());
}

std::string LampUri(UriType type, const Mailbox& mailbox, const net::Endpoint& gateway) {
  sip::Uri uri;
  uri.scheme = "sip";
  if (type == UriType::kSipName) {
    const auto address = ParseSipAddress(mailbox.sip_resource);
    if (address.ok()) return "sip:" + address->ToString();
  }
  const bool number = type == UriType::kE164 && !mailbox.sip_resource.empty();
  uri.user = number ? mailbox.sip_resource : mailbox.extension;
  uri.host = gateway.ip.ToUriHost();
  if (gateway.port != kSipPort) uri.port = gateway.port;
  return uri.ToString();
}

LampPaths LampPathsOf(const Organisation& organisation, const Mailbox& mailbox) {
  LampPaths found;
  const DialPlan* plan = PlanNamed(organisation, mailbox.dial_plan);
  if (!plan) return {{}, "the mailbox' dial plan is not there"};
  FeatureLayers layers;
  layers.policy.allow_message_waiting_indicator = mailbox.lamp_allowed;
  found.blocked = "no enabled IP gateway serves the dial plan";
  for (const IpGateway* gateway : GatewaysOf(organisation, plan->name)) {
    layers.gateway.message_waiting_indicator_allowed = gateway->lamp_allowed;
    const FeatureVerdict verdict = Evaluate(Feature::kMessageWaitingIndicator, layers);
    if (!verdict.on) {
      found.blocked = verdict.blocks.front().ToString();
    } else if (!gateway->contact) {
      found.blocked = fmt::format("IP gateway {} has no IP address to send to", gateway->name);
    } else {
      found.paths.push_back({gateway->name, *gateway->contact, gateway->transport,
                             LampUri(plan->uri_type, mailbox, *gateway->contact)});
    }
  }
  if (!found.paths.empty()) found.blocked.clear();
  return found;
}

}  // namespace um::domain

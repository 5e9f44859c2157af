#include "mailbox/domain/lamp.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/sip/address.h"
#include "mailbox/domain/features.h"
#include "mailbox/domain/numbers.h"

namespace um::domain {
namespace {

constexpr uint16_t kSipPort = 5060;
constexpr const char* kSip = "sip:";

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

bool Serves(const Organisation& organisation, const std::string& gateway, const std::string& plan) {
  const auto& groups = organisation.hunt_groups;
  return std::any_of(groups.begin(), groups.end(), [&](const HuntGroup& group) {
    return group.gateway == gateway && group.dial_plan == plan;
  });
}

/// The user, by the dial plan's kind of address.
std::string AddressOf(UriType type, const Mailbox& mailbox) {
  if (type == UriType::kSipName) {
    const auto address = ParseSipAddress(mailbox.sip_resource);
    if (address.ok()) return kSip + address->ToString();
  }
  const bool number = type == UriType::kE164 && !mailbox.sip_resource.empty();
  return number ? mailbox.sip_resource : mailbox.extension;
}

LampPath PathOf(const IpGateway& gateway, const std::string& address) {
  LampPath path{{gateway.name, address}, *gateway.contact, gateway.transport, address};
  if (address.starts_with(kSip)) return path;
  sip::Uri uri;
  uri.scheme = "sip";
  uri.user = address;
  uri.host = path.at.ip.ToUriHost();
  if (path.at.port != kSipPort) uri.port = path.at.port;
  path.uri = uri.ToString();
  return path;
}

}  // namespace

std::string WaitingCount::ToString() const {
  return fmt::format("{}/{} ({}/{})", unheard, heard, urgent_unheard, urgent_heard);
}

std::string SummaryOf(const WaitingCount& count, const std::string& account) {
  return fmt::format("Messages-Waiting: {}\r\nMessage-Account: {}\r\nVoice-Message: {}\r\n",
                     count.unheard > 0 ? "yes" : "no", account, count.ToString());
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
      found.paths.push_back(PathOf(*gateway, AddressOf(plan->uri_type, mailbox)));
    }
  }
  if (!found.paths.empty()) found.blocked.clear();
  return found;
}

bool IsLampOf(const Organisation& organisation, const Mailbox& mailbox, const LampPlace& place) {
  if (!Serves(organisation, place.gateway, mailbox.dial_plan)) return false;
  const LampPaths paths = LampPathsOf(organisation, mailbox);
  return !paths.paths.empty() && paths.paths.front().place.address == place.address;
}

bool IsSomebodys(const Organisation& organisation, const LampPlace& place) {
  const size_t scheme = place.address.starts_with(kSip) ? std::string_view(kSip).size() : 0;
  return std::any_of(organisation.hunt_groups.begin(), organisation.hunt_groups.end(),
                     [&](const HuntGroup& group) {
                       if (group.gateway != place.gateway) return false;
                       const Mailbox* mailbox =
                           organisation.mailboxes.At(group.dial_plan, place.address.substr(scheme));
                       return mailbox && IsLampOf(organisation, *mailbox, place);
                     });
}

absl::StatusOr<LampPath> PathTo(const Organisation& organisation, const LampPlace& place) {
  for (const IpGateway& gateway : organisation.gateways) {
    if (gateway.name != place.gateway) continue;
    if (!gateway.enabled) {
      return absl::UnavailableError(fmt::format("IP gateway {} is disabled", gateway.name));
    }
    if (!gateway.contact) {
      return absl::UnavailableError(
          fmt::format("IP gateway {} has no IP address to send to", gateway.name));
    }
    return PathOf(gateway, place.address);
  }
  return absl::NotFoundError(fmt::format("there is no IP gateway {}", place.gateway));
}

}  // namespace um::domain

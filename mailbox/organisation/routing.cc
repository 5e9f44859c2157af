#include "mailbox/organisation/routing.h"

#include "mailbox/organisation/plans.h"

namespace um::organisation {
namespace {

domain::IpGateway GatewayOf(const v1::IpGateway& stored) {
  const v1::IpGateway in = Effective(stored);
  domain::IpGateway out{.name = in.name(), .enabled = in.status() == v1::GATEWAY_STATUS_ENABLED};
  for (const std::string& network : NetworksOf(in)) {
    if (const auto parsed = net::Network::Parse(network)) out.addresses.push_back(*parsed);
  }
  if (in.ticket() == v1::TICKET_RULE_REQUIRED) out.ticket = domain::TicketRule::kRequired;
  if (in.rtp_source() == v1::RTP_SOURCE_STRICT) out.rtp_source = domain::RtpSourceRule::kStrict;
  out.advertised_address = net::IpAddress::Parse(in.advertised_address());
  return out;
}

domain::DialPlan PlanOf(const v1::DialPlan& stored) {
  const v1::DialPlan in = Effective(stored);
  return {.name = in.name(),
          .extension_digits = static_cast<int>(in.number_of_digits_in_extension()),
          .language = in.default_language(),
          .max_recording = std::chrono::minutes(in.max_recording_duration_minutes()),
          .max_call = std::chrono::minutes(in.max_call_duration_minutes()),
          .recording_idle_timeout = std::chrono::seconds(in.recording_idle_timeout_seconds()),
          .input_failures = static_cast<int>(in.input_failures_before_disconnect()),
          .min_speech = domain::Milliseconds(in.min_speech_ms())};
}

/// A reference's name as its object has it: names are compared exactly from here on.
std::string NameAs(const Model& model, Kind kind, const std::string& name) {
  return NameOf(model.Find(kind, name)->object);
}

}  // namespace

domain::Organisation Routing(const Model& model) {
  domain::Organisation out{.id = model.id()};
  for (const auto& [_, entry] : model.entries(Kind::kIpGateway)) {
    out.gateways.push_back(GatewayOf(entry->object.ip_gateway()));
  }
  for (const auto& [_, entry] : model.entries(Kind::kHuntGroup)) {
    const v1::HuntGroup& group = entry->object.hunt_group();
    out.hunt_groups.push_back({.name = group.name(),
                               .gateway = NameAs(model, Kind::kIpGateway, group.ip_gateway()),
                               .pilot = group.pilot_identifier(),
                               .dial_plan = NameAs(model, Kind::kDialPlan, group.dial_plan())});
  }
  for (const auto& [_, entry] : model.entries(Kind::kDialPlan)) {
    out.dial_plans.push_back(PlanOf(entry->object.dial_plan()));
  }
  for (const auto& [_, entry] : model.entries(Kind::kMailbox)) {
    const v1::Mailbox& mailbox = entry->object.mailbox();
    if (mailbox.status() == v1::MAILBOX_STATUS_DISABLED) continue;
    domain::Mailbox box{
        .id = mailbox.id(), .name = mailbox.display_name(), .email = mailbox.email()};
    // Calls name an extension, a SIP user or a number: each address leads here.
    for (const MailboxAddress& address : AddressesOf(model, mailbox)) {
      box.addresses.push_back({NameAs(model, Kind::kDialPlan, address.dial_plan), address.value});
    }
    box.extension = mailbox.extension();
    box.dial_plan = NameAs(model, Kind::kDialPlan, DialPlanOf(model, mailbox));
    out.mailboxes.push_back(std::move(box));
  }
  return out;
}

}  // namespace um::organisation

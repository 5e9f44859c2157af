#include "mailbox/organisation/routing.h"

#include <unordered_map>

#include "mailbox/organisation/keeping.h"
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
  if (in.diverted_party() == v1::DIVERTED_PARTY_NEWEST) {
    out.diverted_party = domain::DivertedParty::kNewest;
  } else if (in.diverted_party() == v1::DIVERTED_PARTY_OLDEST) {
    out.diverted_party = domain::DivertedParty::kOldest;
  }
  out.lamp_allowed = in.message_waiting_indicator_allowed();
  if (in.delayed_source_party_info_enabled()) {
    out.parties_wait = std::chrono::seconds(in.delayed_source_party_info_seconds());
  }
  if (in.transport() == v1::SIP_TRANSPORT_UDP) out.transport = domain::SipTransport::kUdp;
  if (const auto ip = HostOf(in)) out.contact = {*ip, static_cast<uint16_t>(in.port())};
  out.advertised_address = net::IpAddress::Parse(in.advertised_address());
  return out;
}

domain::Privacy PrivacyOf(const v1::MailboxPolicy& stored) {
  switch (Effective(stored).protect_unauthenticated_voice_mail()) {
    case v1::PROTECTION_PRIVATE:
      return domain::Privacy::kMarked;
    case v1::PROTECTION_ALL:
      return domain::Privacy::kAll;
    default:
      return domain::Privacy::kNone;
  }
}

domain::AudioFormat AudioFormatOf(v1::AudioCodec codec) {
  switch (codec) {
    case v1::AUDIO_CODEC_GSM:
      return domain::AudioFormat::kGsm;
    case v1::AUDIO_CODEC_G711:
      return domain::AudioFormat::kG711;
    case v1::AUDIO_CODEC_OPUS:
      return domain::AudioFormat::kOpus;
    default:  // and WMA, which nothing here writes
      return domain::AudioFormat::kMp3;
  }
}

/// Names as the objects have them: from here on they are compared exactly.
class Names {
 public:
  explicit Names(const Model& model) : model_(model) {}
  std::string Of(Kind kind, const std::string& reference) const {
    return NameOf(model_.Find(kind, reference)->object);
  }
  /// What a policy and its dial plan say. Tens of thousands of mailboxes ask for the same few.
  struct Policy {
    std::string dial_plan;
    domain::Quota quota;
    domain::Privacy privacy = domain::Privacy::kNone;
    v1::AudioCodec audio_codec = v1::AUDIO_CODEC_DEFAULT;
    bool lamp_allowed = true;
    bool missed_call_notice = true;
    std::shared_ptr<const std::string> mail_text;
  };
  const Policy& OfPolicy(const std::string& name) {
    const auto [it, first] = policies_.try_emplace(name);
    if (first) {
      const v1::MailboxPolicy& policy = *model_.Policy(name);
      const v1::Object& plan = model_.Find(Kind::kDialPlan, policy.dial_plan())->object;
      const v1::MailboxPolicy effective = Effective(policy);
      it->second = {NameOf(plan),
                    QuotaOf(policy),
                    PrivacyOf(policy),
                    plan.dial_plan().audio_codec(),
                    effective.allow_message_waiting_indicator(),
                    effective.allow_missed_call_notifications(),
                    nullptr};
      if (!policy.voice_mail_text().empty()) {
        it->second.mail_text = std::make_shared<const std::string>(policy.voice_mail_text());
      }
    }
    return it->second;
  }

 private:
  const Model& model_;
  std::unordered_map<std::string, Policy> policies_;
};

domain::UriType UriTypeOf(v1::UriType type) {
  if (type == v1::URI_TYPE_E164) return domain::UriType::kE164;
  if (type == v1::URI_TYPE_SIP_NAME) return domain::UriType::kSipName;
  return domain::UriType::kTelephoneExtension;
}

domain::DialPlan PlanOf(const v1::DialPlan& stored, const Names& names) {
  const v1::DialPlan in = Effective(stored);
  domain::DialPlan out{
      .name = in.name(),
      .extension_digits = static_cast<int>(in.number_of_digits_in_extension()),
      .uri_type = UriTypeOf(in.uri_type()),
      .pilots = {in.pilot_identifiers().begin(), in.pilot_identifiers().end()},
      .country_code = in.country_or_region_code(),
      .international_prefix = in.international_access_code(),
      .national_prefix = in.national_number_prefix(),
      .language = in.default_language(),
      .max_recording = std::chrono::minutes(in.max_recording_duration_minutes()),
      .max_call = std::chrono::minutes(in.max_call_duration_minutes()),
      .recording_idle_timeout = std::chrono::seconds(in.recording_idle_timeout_seconds()),
      .input_failures = static_cast<int>(in.input_failures_before_disconnect()),
      .min_speech = domain::Milliseconds(in.min_speech_ms()),
      .operator_number = in.operator_extension()};
  out.search_directory = in.allow_heuristic_calling_line_id_resolution();
  for (const std::string& other : in.equivalent_dial_plans()) {
    out.equivalent_plans.push_back(names.Of(Kind::kDialPlan, other));
  }
  for (const std::string& text : in.numbering_plan_formats()) {
    auto format = domain::ParseNumberingPlanFormat(text, out.extension_digits);
    if (format.ok()) out.number_formats.push_back(*std::move(format));
  }
  return out;
}

domain::Mailbox MailboxOf(const v1::Mailbox& in, Names& names) {
  const Names::Policy& policy = names.OfPolicy(in.policy());
  const std::string& plan = policy.dial_plan;
  domain::Mailbox out{
      .id = in.id(),
      .dial_plan = plan,
      .extension = in.extension(),
      .name = in.display_name(),
      .email = in.email(),
      .addresses = {},
      .sip_resource = in.sip_resource_identifier(),
      .calling_line_ids = {in.calling_line_ids().begin(), in.calling_line_ids().end()},
      .quota = policy.quota,
      .operator_number = in.operator_number(),
      .takes_anonymous = !in.has_anonymous_callers_can_leave_messages() ||
                         in.anonymous_callers_can_leave_messages(),
      .privacy = policy.privacy,
      .audio_format = AudioFormatOf(in.call_answering_audio_codec() == v1::AUDIO_CODEC_DEFAULT
                                        ? policy.audio_codec
                                        : in.call_answering_audio_codec()),
      .language = in.language(),
      .time_zone = in.time_zone(),
      .lamp_allowed = policy.lamp_allowed,
      .missed_call_notice =
          policy.missed_call_notice &&
          (!in.has_missed_call_notification_enabled() || in.missed_call_notification_enabled()),
      .mail_text = policy.mail_text};
  // Calls name an extension, a SIP user or a number: each address leads here.
  for (const MailboxAddress& address : AddressesOf(plan, in)) {
    const bool own = address.dial_plan == plan;
    out.addresses.push_back(
        {own ? plan : names.Of(Kind::kDialPlan, address.dial_plan), address.value});
  }
  return out;
}

bool IsServed(const Entry& mailbox) {
  return mailbox.object.mailbox().status() != v1::MAILBOX_STATUS_DISABLED;
}

}  // namespace

domain::Organisation Routing(const Model& model) {
  domain::Organisation out{.id = model.id()};
  Names names(model);
  for (const EntryPtr& entry : model.entries(Kind::kIpGateway)) {
    out.gateways.push_back(GatewayOf(entry->object.ip_gateway()));
  }
  for (const EntryPtr& entry : model.entries(Kind::kHuntGroup)) {
    const v1::HuntGroup& group = entry->object.hunt_group();
    out.hunt_groups.push_back({.name = group.name(),
                               .gateway = names.Of(Kind::kIpGateway, group.ip_gateway()),
                               .pilot = group.pilot_identifier(),
                               .dial_plan = names.Of(Kind::kDialPlan, group.dial_plan())});
  }
  for (const EntryPtr& entry : model.entries(Kind::kDialPlan)) {
    out.dial_plans.push_back(PlanOf(entry->object.dial_plan(), names));
  }
  std::vector<domain::Mailbox> mailboxes;
  mailboxes.reserve(model.entries(Kind::kMailbox).size());
  for (const EntryPtr& entry : model.entries(Kind::kMailbox)) {
    if (IsServed(*entry)) mailboxes.push_back(MailboxOf(entry->object.mailbox(), names));
  }
  out.mailboxes = domain::Mailboxes(std::move(mailboxes));
  return out;
}

domain::Organisation Routing(const Model& model, const Model& before,
                             const domain::Organisation& routing_before) {
  for (const Kind kind : kKinds) {
    if (kind != Kind::kMailbox && !model.Shares(before, kind)) return Routing(model);
  }
  Names names(model);
  std::vector<std::string> gone;
  std::vector<domain::Mailbox> come;
  ForEachDifference(before.entries(Kind::kMailbox), model.entries(Kind::kMailbox),
                    [&](const EntryPtr& was, const EntryPtr& is) {
                      if (was) gone.push_back(was->object.mailbox().id());
                      if (is && IsServed(*is)) {
                        come.push_back(MailboxOf(is->object.mailbox(), names));
                      }
                    });
  domain::Organisation out = routing_before;
  out.mailboxes = out.mailboxes.With(gone, std::move(come));
  return out;
}

}  // namespace um::organisation

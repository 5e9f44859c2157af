#include "mailbox/organisation/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "mailbox/domain/call_answering_rule.h"
#include "mailbox/domain/features.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/numbers.h"
#include "mailbox/domain/party.h"
#include "mailbox/domain/problem.h"
#include "mailbox/organisation/find.h"
#include "mailbox/organisation/plans.h"

namespace um::organisation {
namespace {

using domain::FeatureLayers;
using Texts = google::protobuf::RepeatedPtrField<std::string>;
using Rules = google::protobuf::RepeatedPtrField<v1::DialingRule>;

bool HasAllowedRule(const Texts& allowed, const Rules& rules) {
  return std::any_of(rules.begin(), rules.end(), [&](const v1::DialingRule& rule) {
    return std::find(allowed.begin(), allowed.end(), rule.group()) != allowed.end();
  });
}

void FillPlan(const v1::DialPlan& plan, const v1::MailboxPolicy& policy, FeatureLayers& layers) {
  auto& out = layers.dial_plan;
  out.has_access_telephone_number = !plan.access_telephone_numbers().empty();
  out.automatic_speech_recognition_enabled = plan.automatic_speech_recognition_enabled();
  out.call_answering_rules_enabled = plan.call_answering_rules_enabled();
  out.fax_enabled = plan.fax_enabled();
  out.has_allowed_dialing_rule =
      HasAllowedRule(policy.allowed_in_country_or_region_groups(),
                     plan.in_country_or_region_rules()) ||
      HasAllowedRule(policy.allowed_international_groups(), plan.international_rules());
}

void FillPolicy(const v1::MailboxPolicy& policy, FeatureLayers& layers) {
  auto& out = layers.policy;
  out.allow_subscriber_access = policy.allow_subscriber_access();
  out.allow_automatic_speech_recognition = policy.allow_automatic_speech_recognition();
  out.allow_tui_access_to_calendar = policy.allow_tui_access_to_calendar();
  out.allow_tui_access_to_email = policy.allow_tui_access_to_email();
  out.allow_tui_access_to_directory = policy.allow_tui_access_to_directory();
  out.allow_tui_access_to_personal_contacts = policy.allow_tui_access_to_personal_contacts();
  out.allow_voice_response_to_other_message_types =
      policy.allow_voice_response_to_other_message_types();
  out.allow_pinless_voice_mail_access = policy.allow_pinless_voice_mail_access();
  out.allow_call_answering_rules = policy.allow_call_answering_rules();
  out.allow_missed_call_notifications = policy.allow_missed_call_notifications();
  out.allow_play_on_phone = policy.allow_play_on_phone();
  out.allow_message_waiting_indicator = policy.allow_message_waiting_indicator();
  out.allow_sms_notification = policy.allow_sms_notification();
  out.allow_fax = policy.allow_fax();
  out.has_fax_server_uri = !policy.fax_server_uri().empty();
  out.allow_voice_mail_preview = policy.allow_voice_mail_preview();
  out.has_allowed_group = !policy.allowed_in_country_or_region_groups().empty() ||
                          !policy.allowed_international_groups().empty();
}

void FillMailbox(const v1::Mailbox& mailbox, FeatureLayers& layers) {
  auto& out = layers.mailbox;
  out.subscriber_access_enabled = mailbox.subscriber_access_enabled();
  out.automatic_speech_recognition_enabled = mailbox.automatic_speech_recognition_enabled();
  out.tui_access_to_calendar_enabled = mailbox.tui_access_to_calendar_enabled();
  out.tui_access_to_email_enabled = mailbox.tui_access_to_email_enabled();
  out.pinless_access_to_voice_mail_enabled = mailbox.pinless_access_to_voice_mail_enabled();
  out.call_answering_rules_enabled = mailbox.call_answering_rules_enabled();
  out.missed_call_notification_enabled = mailbox.missed_call_notification_enabled();
  out.play_on_phone_enabled = mailbox.play_on_phone_enabled();
  out.sms_notification_option_set = mailbox.sms_notification() != v1::SMS_NOTIFICATION_NONE;
  out.fax_enabled = mailbox.fax_enabled();
}

/// The gateways that serve the plan.
std::vector<v1::IpGateway> GatewaysOf(const Model& model, std::string_view plan) {
  std::vector<v1::IpGateway> gateways;
  for (const EntryPtr& entry : model.entries(Kind::kHuntGroup)) {
    const v1::HuntGroup& group = entry->object.hunt_group();
    if (domain::FoldName(group.dial_plan()) != domain::FoldName(plan)) continue;
    const v1::IpGateway gateway =
        Effective(model.Find(Kind::kIpGateway, group.ip_gateway())->object.ip_gateway());
    if (gateway.status() == v1::GATEWAY_STATUS_ENABLED) gateways.push_back(gateway);
  }
  return gateways;
}

bool MayCallOut(const Model& model, std::string_view plan) {
  const auto gateways = GatewaysOf(model, plan);
  return std::any_of(gateways.begin(), gateways.end(),
                     [](const v1::IpGateway& gateway) { return gateway.outcalls_allowed(); });
}

FeatureLayers LayersOf(const Model& model, const v1::Mailbox& mailbox) {
  const v1::MailboxPolicy policy = Effective(*model.Policy(mailbox.policy()));
  const v1::DialPlan plan = Effective(*model.DialPlan(policy.dial_plan()));
  FeatureLayers layers;
  FillPlan(plan, policy, layers);
  FillPolicy(policy, layers);
  FillMailbox(Effective(mailbox), layers);
  const auto gateways = GatewaysOf(model, plan.name());
  layers.gateway.outcalls_allowed = MayCallOut(model, plan.name());
  layers.gateway.message_waiting_indicator_allowed = std::any_of(
      gateways.begin(), gateways.end(),
      [](const v1::IpGateway& gateway) { return gateway.message_waiting_indicator_allowed(); });
  return layers;
}

/// "UM mailbox policy Staff: allow_play_on_phone".
std::string Say(const domain::FeatureBlock& block, const Model& model, const v1::Mailbox& mailbox) {
  switch (block.layer) {
    case domain::FeatureLayer::kDialPlan:
      return fmt::format("{} {}: {}", TitleOf(Kind::kDialPlan), DialPlanOf(model, mailbox),
                         block.property);
    case domain::FeatureLayer::kMailboxPolicy:
      return fmt::format("{} {}: {}", TitleOf(Kind::kMailboxPolicy), mailbox.policy(),
                         block.property);
    case domain::FeatureLayer::kMailbox:
      return fmt::format("{} {}: {}", TitleOf(Kind::kMailbox), mailbox.id(), block.property);
    case domain::FeatureLayer::kIpGateway:
      return fmt::format("every enabled {} of the dial plan: {}", TitleOf(Kind::kIpGateway),
                         block.property);
    case domain::FeatureLayer::kSystem:
      break;
  }
  return std::string(block.property);
}

std::vector<domain::DialingRule> RulesOf(const Rules& rules) {
  std::vector<domain::DialingRule> out;
  domain::Problems ignored;  // what is stored was checked
  for (const v1::DialingRule& rule : rules) {
    auto parsed = domain::ParseDialingRule(rule.group(), rule.number_mask(), rule.dialed_number(),
                                           rule.comment(), "", ignored);
    if (parsed) out.push_back(*std::move(parsed));
  }
  return out;
}

domain::DialingPlan DialingPlanOf(const Model& model, const v1::DialPlan& plan) {
  return {.number_of_digits_in_extension = static_cast<int>(plan.number_of_digits_in_extension()),
          .country_or_region_code = plan.country_or_region_code(),
          .outside_line_access_code = plan.outside_line_access_code(),
          .international_access_code = plan.international_access_code(),
          .national_number_prefix = plan.national_number_prefix(),
          .configured_in_country_or_region_groups = RulesOf(plan.in_country_or_region_rules()),
          .configured_international_groups = RulesOf(plan.international_rules()),
          .outcalls_allowed = MayCallOut(model, plan.name())};
}

/// Policies, auto attendants and dial plans say it in the same words.
template <class Object>
domain::DialingAuthorization AuthorizationOf(const Object& stored, Kind kind) {
  const Object object = Effective(stored);
  return {
      .source = fmt::format("{} {}", TitleOf(kind), object.name()),
      .allow_dial_plan_subscribers = object.allow_dial_plan_subscribers(),
      .allow_extensions = object.allow_extensions(),
      .allowed_in_country_or_region_groups = {object.allowed_in_country_or_region_groups().begin(),
                                              object.allowed_in_country_or_region_groups().end()},
      .allowed_international_groups = {object.allowed_international_groups().begin(),
                                       object.allowed_international_groups().end()}};
}

/// Whether calls heed it; the others can be set up already.
bool IsBuilt(domain::Feature feature) {
  return feature == domain::Feature::kMissedCallNotification ||
         feature == domain::Feature::kMessageWaitingIndicator;
}

/// A number as people write it, or a SIP address.
std::optional<sip::Uri> UriOfCaller(const std::string& number) {
  if (number.starts_with("sip:") || number.starts_with("sips:") || number.starts_with("tel:")) {
    return sip::Uri::Parse(number);
  }
  if (number.find('@') != std::string::npos) return sip::Uri::Parse("sip:" + number);
  const auto normalized = domain::NormalizeNumber(number);
  return normalized.ok() ? sip::Uri::Parse("tel:" + *normalized) : std::nullopt;
}

}  // namespace

absl::StatusOr<std::vector<FeatureAnswer>> ExplainFeatures(const Model& model,
                                                           const v1::Mailbox& mailbox,
                                                           const std::string& feature) {
  const FeatureLayers layers = LayersOf(model, mailbox);
  std::vector<FeatureAnswer> answers;
  for (const domain::Feature each : domain::AllFeatures()) {
    if (!feature.empty() && feature != domain::ToString(each)) continue;
    const domain::FeatureVerdict verdict = domain::Evaluate(each, layers);
    FeatureAnswer answer{std::string(domain::ToString(each)), verdict.on, {}};
    for (const auto& block : verdict.blocks)
      answer.off_because.push_back(Say(block, model, mailbox));
    if (!IsBuilt(each)) {
      answer.on = false;
      answer.off_because.emplace_back("this version of Voxpost does not have it yet");
    }
    answers.push_back(std::move(answer));
  }
  if (answers.empty()) {
    return absl::NotFoundError(fmt::format("there is no feature {}; umctl why MAILBOX lists them",
                                           domain::Quoted(feature)));
  }
  return answers;
}

absl::StatusOr<domain::DialDecision> TestDialled(const Model& model, const v1::DialPlan& plan,
                                                 const std::string& number,
                                                 const DialingCaller& caller) {
  const auto anyone = AuthorizationOf(plan, Kind::kDialPlan);
  domain::DialingAuthorization authorization = anyone;
  const domain::DialingPlan dialing = DialingPlanOf(model, plan);
  if (!caller.mailbox.empty()) {
    const v1::Mailbox* mailbox = model.Mailbox(caller.mailbox);
    if (!mailbox)
      return absl::NotFoundError("there is no UM mailbox " + domain::Quoted(caller.mailbox));
    authorization = AuthorizationOf(*model.Policy(mailbox->policy()), Kind::kMailboxPolicy);
    if (domain::FoldName(DialPlanOf(model, *mailbox)) != domain::FoldName(plan.name())) {
      authorization = domain::ForCalledPlan(authorization, anyone, dialing);
    }
  } else if (!caller.auto_attendant.empty()) {
    const v1::AutoAttendant* attendant = model.AutoAttendant(caller.auto_attendant);
    if (!attendant) {
      return absl::NotFoundError("there is no UM auto attendant " +
                                 domain::Quoted(caller.auto_attendant));
    }
    authorization = AuthorizationOf(*attendant, Kind::kAutoAttendant);
  }
  return domain::Dial(number, dialing, authorization, domain::DialPurpose::kOutgoingCall,
                      [&](std::string_view extension) {
                        return MailboxAt(model, plan.name(), extension) != nullptr;
                      });
}

CallingAnswer TestCalling(const domain::Routes& routes, const std::string& dial_plan,
                          const std::string& number) {
  CallingAnswer answer;
  const auto say = [&](std::string step) { answer.steps.push_back(std::move(step)); };
  const std::optional<sip::Uri> uri = UriOfCaller(number);
  const auto& plans = routes.organisation().dial_plans;
  const auto plan = std::ranges::find(plans, dial_plan, &domain::DialPlan::name);
  if (!uri || plan == plans.end()) {
    say(fmt::format("{} is neither a telephone number nor a SIP address.", number));
    return answer;
  }
  sip::InviteFacts facts;
  facts.from.uri = *uri;
  const domain::Mailbox* const mailbox = routes.MailboxCalling(*plan, facts);
  std::vector<std::string> forms;
  for (std::string& form : domain::AddressesOf(*plan, *uri)) {
    if (std::ranges::find(forms, form) == forms.end()) forms.push_back(std::move(form));
  }
  say(fmt::format("{} may be written as {}.", domain::NumberOf(*uri), fmt::join(forms, ", ")));
  if (mailbox == nullptr) {
    const size_t users = routes.organisation().mailboxes.CallingFrom(domain::NumberOf(*uri)).size();
    say(users > 1 ? fmt::format("It is a calling line id of {} users, and so nobody's.", users)
                  : fmt::format("It is nobody's address in {}{}, and no user's calling line id.",
                                dial_plan,
                                plan->equivalent_plans.empty() ? "" : " or an equivalent plan"));
    return answer;
  }
  answer.mailbox = mailbox->id;
  for (const domain::DialPlan& each : plans) {
    const bool here = &each == &*plan;
    if (!here &&
        std::ranges::find(plan->equivalent_plans, each.name) == plan->equivalent_plans.end())
      continue;
    for (const std::string& address : domain::AddressesOf(each, *uri)) {
      if (routes.MailboxOf(each.name, address) != mailbox) continue;
      say(fmt::format("{} is an address of {} in {}{}.", address, mailbox->name, each.name,
                      here ? "" : ", which is equivalent"));
      return answer;
    }
  }
  say(fmt::format("It is a calling line id of {}.", mailbox->name));
  return answer;
}

}  // namespace um::organisation

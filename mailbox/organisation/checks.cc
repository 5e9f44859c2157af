#include "mailbox/organisation/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mailbox/domain/names.h"
#include "mailbox/domain/number_mask.h"
#include "mailbox/domain/numbers.h"
#include "mailbox/domain/problem.h"
#include "mailbox/domain/schedule.h"
#include "mailbox/organisation/plans.h"

namespace um::organisation {
namespace {

using domain::Quoted;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

constexpr size_t kMostGatewaysOfPlan = 200;  // spec 02 section 1.2

std::string Item(std::string_view list, int index, std::string_view field = "") {
  return fmt::format("{}[{}]{}{}", list, index, field.empty() ? "" : ".", field);
}

// -- what several kinds have in common
// --------------------------------------------------------------

void CheckNumber(std::string_view field, const std::string& text, const absl::Status& status,
                 const Findings& findings) {
  if (!text.empty() && !status.ok()) findings.Wrong(field, std::string(status.message()));
}

/// A file is among the owner's prompts; one that is switched on is named.
class PromptFiles {
 public:
  PromptFiles(const Model& model, std::string_view owner_kind, std::string_view owner,
              const Findings& findings)
      : model_(model), prefix_(fmt::format("{}/{}/", owner_kind, owner)), findings_(findings) {}

  void Check(std::string_view field, const std::string& file) const {
    if (file.empty() || model_.Find(Kind::kPrompt, prefix_ + file)) return;
    findings_.Wrong(field, fmt::format("there is no custom prompt {}{}", prefix_, file));
  }
  void CheckSwitched(bool on, std::string_view field, const std::string& file) const {
    if (on && file.empty()) findings_.Wrong(field, "is needed for what is switched on");
    Check(field, file);
  }

 private:
  const Model& model_;
  const std::string prefix_;
  const Findings& findings_;
};

/// Groups that are allowed are groups of the dial plan.
void CheckGroups(std::string_view field, const Texts& allowed,
                 const google::protobuf::RepeatedPtrField<v1::DialingRule>& rules,
                 const Findings& findings) {
  for (int i = 0; i < allowed.size(); ++i) {
    const bool known = std::any_of(rules.begin(), rules.end(), [&](const v1::DialingRule& rule) {
      return rule.group() == allowed[i];
    });
    if (known) continue;
    findings.Wrong(Item(field, i), fmt::format("the dial plan has no dialing rule of group {}",
                                               Quoted(allowed[i])));
  }
}

template <class Object>
void CheckAllowedGroups(const Object& object, const v1::DialPlan& plan, const Findings& findings) {
  CheckGroups("allowed_in_country_or_region_groups", object.allowed_in_country_or_region_groups(),
              plan.in_country_or_region_rules(), findings);
  CheckGroups("allowed_international_groups", object.allowed_international_groups(),
              plan.international_rules(), findings);
}

/// A mailbox that is named by an object of a dial plan is one of that plan's.
void CheckMailboxOfPlan(const Model& model, std::string_view field, const std::string& mailbox,
                        const std::string& plan, const Findings& findings) {
  if (mailbox.empty()) return;
  if (domain::FoldName(DialPlanOf(model, *model.Mailbox(mailbox))) == domain::FoldName(plan))
    return;
  findings.Wrong(field, fmt::format("mailbox {} is not of dial plan {}", mailbox, plan));
}

// -- dial plans
// ------------------------------------------------------------------------------------

void CheckRules(std::string_view list,
                const google::protobuf::RepeatedPtrField<v1::DialingRule>& rules,
                const Findings& findings) {
  for (int i = 0; i < rules.size(); ++i) {
    const auto mask = domain::NumberMask::Parse(rules[i].number_mask());
    const auto dialed = domain::NumberMask::Parse(rules[i].dialed_number());
    if (!mask.ok() || !dialed.ok()) continue;  // told by their forms
    const absl::Status pair = domain::CheckPair(*mask, *dialed);
    if (!pair.ok()) findings.Wrong(Item(list, i, "dialed_number"), std::string(pair.message()));
  }
}

void CheckPlanNumbers(const v1::DialPlan& plan, const Findings& findings) {
  const int digits = static_cast<int>(plan.number_of_digits_in_extension());
  CheckNumber("extension", plan.extension(), domain::CheckExtension(plan.extension(), digits),
              findings);
  using domain::DialCode;
  const std::pair<DialCode, const std::string*> codes[] = {
      {DialCode::kCountryOrRegion, &plan.country_or_region_code()},
      {DialCode::kOutsideLine, &plan.outside_line_access_code()},
      {DialCode::kInternationalAccess, &plan.international_access_code()},
      {DialCode::kNationalPrefix, &plan.national_number_prefix()}};
  for (const auto& [code, text] : codes) {
    CheckNumber(domain::PropertyName(code), *text, domain::CheckDialCode(code, *text), findings);
  }
  for (int i = 0; i < plan.access_telephone_numbers_size(); ++i) {
    const std::string& number = plan.access_telephone_numbers(i);
    const std::string field = Item("access_telephone_numbers", i);
    CheckNumber(field, number, domain::CheckAccessNumber(number), findings);
    if (number.size() > domain::kAccessNumberWarningLength) {
      findings.Odd(field, "some telephones show no more than 20 characters");
    }
  }
  for (int i = 0; i < plan.numbering_plan_formats_size(); ++i) {
    const std::string& format = plan.numbering_plan_formats(i);
    CheckNumber(Item("numbering_plan_formats", i), format,
                domain::ParseNumberingPlanFormat(format, digits).status(), findings);
  }
  const auto check_format = [&](std::string_view field, const std::string& format) {
    CheckNumber(field, format, domain::NumberFormat::Parse(format).status(), findings);
  };
  check_format("in_country_or_region_number_format", plan.in_country_or_region_number_format());
  check_format("international_number_format", plan.international_number_format());
}

void CheckPlanScope(const v1::DialPlan& plan, const Findings& findings) {
  if (plan.contact_scope() == v1::CONTACT_SCOPE_EXTENSION && plan.extension().empty()) {
    findings.Wrong("extension", "is needed for contact_scope extension");
  }
  if (plan.contact_scope() == v1::CONTACT_SCOPE_AUTO_ATTENDANT && plan.auto_attendant().empty()) {
    findings.Wrong("auto_attendant", "is needed for contact_scope auto_attendant");
  }
  if (plan.contact_scope() == v1::CONTACT_SCOPE_ADDRESS_LIST &&
      plan.contact_address_list().empty()) {
    findings.Wrong("contact_address_list", "is needed for contact_scope address_list");
  }
  if (plan.dial_by_name_primary() == v1::DIAL_BY_NAME_NONE) {
    findings.Wrong("dial_by_name_primary", "cannot be none");
  }
  if (plan.matched_name_selection_method() == v1::NAME_DISAMBIGUATION_INHERIT_FROM_DIAL_PLAN) {
    findings.Wrong("matched_name_selection_method",
                   "is for auto attendants only: this is the dial plan");
  }
}

void CheckPlan(const Model& model, const v1::DialPlan& plan, const Findings& findings) {
  if (plan.max_recording_duration_minutes() >= plan.max_call_duration_minutes()) {
    findings.Wrong("max_recording_duration_minutes",
                   fmt::format("must be less than max_call_duration_minutes ({})",
                               plan.max_call_duration_minutes()));
  }
  CheckPlanNumbers(plan, findings);
  CheckPlanScope(plan, findings);
  CheckRules("in_country_or_region_rules", plan.in_country_or_region_rules(), findings);
  CheckRules("international_rules", plan.international_rules(), findings);
  CheckAllowedGroups(plan, plan, findings);
  const PromptFiles files(model, "dial_plan", plan.name(), findings);
  files.CheckSwitched(plan.welcome_greeting_enabled(), "welcome_greeting_filename",
                      plan.welcome_greeting_filename());
  files.CheckSwitched(plan.info_announcement_enabled() != v1::ANNOUNCEMENT_OFF,
                      "info_announcement_filename", plan.info_announcement_filename());
  for (int i = 0; i < plan.equivalent_dial_plans_size(); ++i) {
    if (domain::FoldName(plan.equivalent_dial_plans(i)) == domain::FoldName(plan.name())) {
      findings.Wrong(Item("equivalent_dial_plans", i), "is this dial plan itself");
    }
  }
}

// -- gateways
// --------------------------------------------------------------------------------------

void CheckGateway(const v1::IpGateway& gateway, const Context& context, const Findings& findings) {
  const auto address = net::IpAddress::Parse(gateway.address());
  if (gateway.address().empty() && gateway.networks().empty()) {
    return findings.Wrong("address", "is needed: an address, or networks that its calls come from");
  }
  if (!gateway.address().empty() && !address && gateway.networks().empty()) {
    findings.Wrong("networks",
                   "are needed beside a DNS name: its calls are known by their address");
  }
  const bool wrong_family =
      address &&
      ((gateway.ip_address_family() == v1::IP_ADDRESS_FAMILY_IPV4_ONLY && address->is_v6()) ||
       (gateway.ip_address_family() == v1::IP_ADDRESS_FAMILY_IPV6_ONLY && !address->is_v6()));
  if (wrong_family) findings.Wrong("ip_address_family", "does not allow the address");
  const std::vector<std::string> networks = NetworksOf(gateway);
  for (size_t i = 0; i < networks.size(); ++i) {
    const auto network = net::Network::Parse(networks[i]);
    if (!network) continue;  // told by its form
    for (const net::Network& taken : context.taken) {
      if (!network->Overlaps(taken)) continue;
      // Whose it is stays with the other organisation.
      findings.Wrong(gateway.networks().empty() ? "address" : Item("networks", static_cast<int>(i)),
                     "belongs to a gateway of another organisation");
      break;
    }
  }
}

void CheckHuntGroup(const Model& model, const v1::HuntGroup& group, const Findings& findings) {
  std::set<std::string> gateways;
  for (const EntryPtr& entry : model.entries(Kind::kHuntGroup)) {
    const v1::HuntGroup& other = entry->object.hunt_group();
    if (domain::FoldName(other.dial_plan()) != domain::FoldName(group.dial_plan())) continue;
    gateways.insert(domain::FoldName(other.ip_gateway()));
  }
  if (gateways.size() > kMostGatewaysOfPlan) {
    findings.Wrong("ip_gateway",
                   fmt::format("a dial plan has at most {} IP gateways", kMostGatewaysOfPlan));
  }
  const v1::DialPlan& plan = *model.DialPlan(group.dial_plan());
  const v1::IpGateway& gateway =
      model.Find(Kind::kIpGateway, group.ip_gateway())->object.ip_gateway();
  const bool secured = plan.voip_security() == v1::VOIP_SECURITY_SIP_SECURED ||
                       plan.voip_security() == v1::VOIP_SECURITY_SECURED;
  if (secured && (gateway.address().empty() || net::IpAddress::Parse(gateway.address()))) {
    findings.Odd("ip_gateway",
                 fmt::format("dial plan {} is secured: the gateway's address should be "
                             "the DNS name in its certificate",
                             plan.name()));
  }
}

// -- policies
// --------------------------------------------------------------------------------------

void CheckPolicy(const Model& model, const v1::MailboxPolicy& policy, const Findings& findings) {
  const auto& reset = policy.logon_failures_before_pin_reset();
  const auto& most = policy.max_logon_attempts();
  const bool both = reset.has_value() && reset.value() != 0 && most.has_value();
  if (both && reset.value() >= most.value()) {
    findings.Wrong("logon_failures_before_pin_reset",
                   fmt::format("must be less than max_logon_attempts ({})", most.value()));
  }
  CheckAllowedGroups(policy, *model.DialPlan(policy.dial_plan()), findings);
}

// -- auto attendants
// -------------------------------------------------------------------------------

void CheckKeys(const Model& model, const v1::AutoAttendant& attendant, std::string_view list,
               const google::protobuf::RepeatedPtrField<v1::KeyMapping>& keys,
               const PromptFiles& files, const Findings& findings) {
  std::set<std::string> seen;
  for (int i = 0; i < keys.size(); ++i) {
    const v1::KeyMapping& key = keys[i];
    const bool digit = key.key().size() == 1 && key.key()[0] >= '1' && key.key()[0] <= '9';
    if (!key.key().empty() && !digit && key.key() != "timeout") {
      findings.Wrong(Item(list, i, "key"), "must be 1 to 9 or timeout; 0 is the operator's");
    } else if (!key.key().empty() && !seen.insert(key.key()).second) {
      findings.Wrong(Item(list, i, "key"), fmt::format("{} is there twice", key.key()));
    }
    if (key.key().empty() && !attendant.speech_enabled()) {
      findings.Wrong(Item(list, i, "key"), "is needed: the auto attendant is not speech_enabled");
    }
    files.Check(Item(list, i, "prompt_filename"), key.prompt_filename());
    CheckMailboxOfPlan(model, Item(list, i, "leave_message_for"), key.leave_message_for(),
                       attendant.dial_plan(), findings);
    if (key.announce_business_location() && attendant.business_location().empty()) {
      findings.Wrong(Item(list, i, "announce_business_location"), "needs business_location");
    }
    if (key.announce_business_hours() && attendant.business_hours_schedule().empty()) {
      findings.Wrong(Item(list, i, "announce_business_hours"), "needs business_hours_schedule");
    }
  }
}

void CheckHolidays(const v1::AutoAttendant& attendant, const PromptFiles& files,
                   const Findings& findings) {
  for (int i = 0; i < attendant.holiday_schedule_size(); ++i) {
    const v1::Holiday& holiday = attendant.holiday_schedule(i);
    // Dates compare as text: their form is YYYY-MM-DD.
    if (!holiday.end_date().empty() && holiday.end_date() < holiday.start_date()) {
      findings.Wrong(Item("holiday_schedule", i, "end_date"), "is before start_date");
    }
    files.Check(Item("holiday_schedule", i, "greeting"), holiday.greeting());
  }
}

void CheckAttendantGreetings(const v1::AutoAttendant& a, const PromptFiles& files) {
  files.CheckSwitched(a.business_hours_welcome_greeting_enabled(),
                      "business_hours_welcome_greeting_filename",
                      a.business_hours_welcome_greeting_filename());
  files.CheckSwitched(a.after_hours_welcome_greeting_enabled(),
                      "after_hours_welcome_greeting_filename",
                      a.after_hours_welcome_greeting_filename());
  files.CheckSwitched(a.business_hours_main_menu_custom_prompt_enabled(),
                      "business_hours_main_menu_custom_prompt_filename",
                      a.business_hours_main_menu_custom_prompt_filename());
  files.CheckSwitched(a.after_hours_main_menu_custom_prompt_enabled(),
                      "after_hours_main_menu_custom_prompt_filename",
                      a.after_hours_main_menu_custom_prompt_filename());
  files.CheckSwitched(a.info_announcement_enabled() != v1::ANNOUNCEMENT_OFF,
                      "info_announcement_filename", a.info_announcement_filename());
}

/// Each interval is good by its form; together they must not overlap.
void CheckHours(const v1::AutoAttendant& attendant, const Findings& findings) {
  const auto& hours = attendant.business_hours_schedule();
  if (hours.empty()) return;
  std::string all;
  for (const std::string& interval : hours) all += (all.empty() ? "" : ",") + interval;
  const auto schedule = domain::Schedule::Parse(all);
  if (!schedule.ok()) {
    findings.Wrong("business_hours_schedule", std::string(schedule.status().message()));
  }
}

void CheckAttendant(const Model& model, const v1::AutoAttendant& attendant,
                    const Findings& findings) {
  const v1::DialPlan& plan = *model.DialPlan(attendant.dial_plan());
  const int digits = static_cast<int>(plan.number_of_digits_in_extension());
  for (int i = 0; i < attendant.pilot_identifiers_size(); ++i) {
    const std::string& number = attendant.pilot_identifiers(i);
    if (domain::IsDigits(number) && static_cast<int>(number.size()) != digits) {
      findings.Odd(Item("pilot_identifiers", i),
                   fmt::format("has not the {} digits of the dial plan's extensions", digits));
    }
  }
  const std::string& fallback = attendant.dtmf_fallback_auto_attendant();
  if (!fallback.empty() && !attendant.speech_enabled()) {
    findings.Wrong("dtmf_fallback_auto_attendant", "needs speech_enabled");
  }
  if (!fallback.empty() && domain::FoldName(fallback) == domain::FoldName(attendant.name())) {
    findings.Wrong("dtmf_fallback_auto_attendant", "is this auto attendant itself");
  } else if (!fallback.empty() && model.AutoAttendant(fallback)->speech_enabled()) {
    findings.Odd("dtmf_fallback_auto_attendant", "is speech_enabled itself");
  }
  if (attendant.contact_scope() == v1::CONTACT_SCOPE_EXTENSION ||
      attendant.contact_scope() == v1::CONTACT_SCOPE_AUTO_ATTENDANT) {
    findings.Wrong("contact_scope", "must be one of: dial_plan, organisation, address_list");
  }
  if (attendant.contact_scope() == v1::CONTACT_SCOPE_ADDRESS_LIST &&
      attendant.contact_address_list().empty()) {
    findings.Wrong("contact_address_list", "is needed for contact_scope address_list");
  }
  if (attendant.forward_calls_to_default_mailbox() && attendant.default_mailbox().empty()) {
    findings.Wrong("default_mailbox", "is needed for forward_calls_to_default_mailbox");
  }
  CheckMailboxOfPlan(model, "default_mailbox", attendant.default_mailbox(), attendant.dial_plan(),
                     findings);
  CheckAllowedGroups(attendant, plan, findings);
  const PromptFiles files(model, "auto_attendant", attendant.name(), findings);
  CheckAttendantGreetings(attendant, files);
  CheckHolidays(attendant, files, findings);
  CheckHours(attendant, findings);
  CheckKeys(model, attendant, "business_hours_key_mapping", attendant.business_hours_key_mapping(),
            files, findings);
  CheckKeys(model, attendant, "after_hours_key_mapping", attendant.after_hours_key_mapping(), files,
            findings);
}

// -- mailboxes
// -------------------------------------------------------------------------------------

/// One address, in the form its dial plan wants.
absl::Status CheckAddress(const std::string& value, const v1::DialPlan& plan) {
  if (value.starts_with('+')) return domain::CheckE164(value);
  if (value.find('@') != std::string::npos) return domain::ParseSipAddress(value).status();
  return domain::CheckExtension(value, static_cast<int>(plan.number_of_digits_in_extension()));
}

void CheckResource(const v1::Mailbox& mailbox, const v1::DialPlan& plan, const Findings& findings) {
  const std::string& resource = mailbox.sip_resource_identifier();
  constexpr std::string_view kField = "sip_resource_identifier";
  switch (plan.uri_type()) {
    case v1::URI_TYPE_SIP_NAME:
      if (resource.empty())
        return findings.Wrong(kField, "is needed: a SIP address (the dial plan is sip_name)");
      return CheckNumber(kField, resource, domain::ParseSipAddress(resource).status(), findings);
    case v1::URI_TYPE_E164:
      if (resource.empty())
        return findings.Wrong(kField, "is needed: an E.164 number (the dial plan is e164)");
      return CheckNumber(kField, resource, domain::CheckE164(resource), findings);
    default:
      if (!resource.empty()) findings.Wrong(kField, "is not for dial plans of extensions only");
  }
}

void CheckRule(const v1::CallAnsweringRule& rule, const std::string& path,
               const std::set<std::string>& extensions, const Findings& findings) {
  int folders = 0;
  for (const v1::CallerId& caller : rule.caller_ids()) folders += caller.any_contact() ? 1 : 0;
  if (folders > 1) findings.Wrong(path + ".caller_ids", "name any_contact more than once");
  if (rule.caller_ids_size() - folders > 50)
    findings.Wrong(path + ".caller_ids", "are more than 50");
  for (int i = 0; i < rule.extensions_dialed_size(); ++i) {
    if (extensions.contains(rule.extensions_dialed(i))) continue;
    findings.Wrong(path + "." + Item("extensions_dialed", i), "is no extension of this mailbox");
  }
  if (rule.has_time_of_day() && rule.time_of_day().kind() == v1::TIME_OF_DAY_KIND_CUSTOM) {
    const v1::TimeOfDay& time = rule.time_of_day();
    if (time.days().empty())
      findings.Wrong(path + ".time_of_day.days", "are needed for kind custom");
    if (time.start().empty() || time.end().empty()) {
      findings.Wrong(path + ".time_of_day", "needs start and end for kind custom");
    } else if (time.start() == time.end()) {
      findings.Wrong(path + ".time_of_day.end", "is start");
    }
  }
  std::set<std::string> keys;
  for (int i = 0; i < rule.key_mappings_size(); ++i) {
    const v1::RuleKey& key = rule.key_mappings(i);
    const std::string at = path + "." + Item("key_mappings", i);
    if (key.key() == "0") findings.Wrong(at + ".key", "must be 1 to 9; 0 is the operator's");
    if (!keys.insert(key.key()).second)
      findings.Wrong(at + ".key", fmt::format("{} is there twice", key.key()));
  }
}

void CheckCallAnsweringRules(const v1::Mailbox& mailbox, const std::set<std::string>& extensions,
                             const Findings& findings) {
  std::set<std::string> names;
  std::set<uint32_t> priorities;
  for (int i = 0; i < mailbox.call_answering_rules_size(); ++i) {
    const v1::CallAnsweringRule& rule = mailbox.call_answering_rules(i);
    const std::string path = Item("call_answering_rules", i);
    if (!names.insert(domain::FoldName(rule.name())).second)
      findings.Wrong(path + ".name", "is there twice");
    if (!priorities.insert(rule.priority()).second) {
      findings.Wrong(path + ".priority", fmt::format("{} is there twice", rule.priority()));
    }
    CheckRule(rule, path, extensions, findings);
  }
}

void CheckMailbox(const Model& model, const v1::Mailbox& mailbox, const Findings& findings) {
  if (mailbox.id().find_first_of(" \t\n/\\\"") != std::string::npos) {
    findings.Wrong("id", "must have no spaces, slashes or quotes");
  }
  const v1::DialPlan& plan = *model.DialPlan(DialPlanOf(model, mailbox));
  const int digits = static_cast<int>(plan.number_of_digits_in_extension());
  CheckNumber("extension", mailbox.extension(), domain::CheckExtension(mailbox.extension(), digits),
              findings);
  if (mailbox.extension().empty() && mailbox.secondary_addresses().empty()) {
    findings.Wrong("extension",
                   fmt::format("is needed: {} digits (dial plan {})", digits, plan.name()));
  } else if (mailbox.extension().empty()) {
    findings.Odd("extension",
                 "is missing: no messages are taken and no rules heeded until there is one");
  }
  CheckResource(mailbox, Effective(plan), findings);
  std::set<std::string> extensions{mailbox.extension()};
  for (int i = 0; i < mailbox.secondary_addresses_size(); ++i) {
    const v1::Address& address = mailbox.secondary_addresses(i);
    const v1::DialPlan& own =
        address.dial_plan().empty() ? plan : *model.DialPlan(address.dial_plan());
    CheckNumber(Item("secondary_addresses", i, "value"), address.value(),
                CheckAddress(address.value(), own), findings);
    extensions.insert(address.value());
  }
  for (int i = 0; i < mailbox.calling_line_ids_size(); ++i) {
    CheckNumber(Item("calling_line_ids", i), mailbox.calling_line_ids(i),
                domain::CheckCallerIdAlias(mailbox.calling_line_ids(i)), findings);
  }
  CheckCallAnsweringRules(mailbox, extensions, findings);
}

// -- prompts
// ---------------------------------------------------------------------------------------

void CheckPrompt(const v1::Prompt& prompt, const Findings& findings) {
  if (prompt.owner_case() == v1::Prompt::OWNER_NOT_SET) {
    findings.Wrong("dial_plan", "is needed, or auto_attendant: whose prompt it is");
  }
  const std::string_view wav = prompt.audio();
  // RIFF, WAVE, "fmt " with PCM (1), one channel, 8000 samples a second, 16 bits.
  constexpr std::string_view kFormat(
      "\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00", 16);
  const bool good = wav.size() > 44 && wav.starts_with("RIFF") && wav.substr(8, 8) == "WAVEfmt " &&
                    wav.substr(20, 16) == kFormat;
  if (!good) findings.Wrong("audio", "must be a WAV file: linear PCM, 16 bits, 8000 Hz, mono");
}

}  // namespace

void CheckObject(const Model& model, const Entry& entry, const Context& context,
                 const Findings& findings) {
  const v1::Object& object = entry.object;
  switch (entry.kind) {
    case Kind::kDialPlan:
      return CheckPlan(model, Effective(object.dial_plan()), findings);
    case Kind::kIpGateway:
      return CheckGateway(Effective(object.ip_gateway()), context, findings);
    case Kind::kHuntGroup:
      return CheckHuntGroup(model, object.hunt_group(), findings);
    case Kind::kMailboxPolicy:
      return CheckPolicy(model, Effective(object.mailbox_policy()), findings);
    case Kind::kAutoAttendant:
      return CheckAttendant(model, Effective(object.auto_attendant()), findings);
    case Kind::kMailbox:
      return CheckMailbox(model, Effective(object.mailbox()), findings);
    case Kind::kPrompt:
      return CheckPrompt(object.prompt(), findings);
  }
}

}  // namespace um::organisation

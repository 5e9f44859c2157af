#include "mailbox/domain/features.h"

#include <array>
#include <cstddef>

namespace um::domain {
namespace {

using L = FeatureLayers;
using F = Feature;

/// One cell of the table of spec 02 section 1.8.
struct Gate {
  Feature feature;
  FeatureLayer layer;
  bool (*open)(const FeatureLayers&);
  std::string_view property;
};

#define UM_PLAN(feature, flag, name)                                                    \
  Gate {                                                                                \
    feature, FeatureLayer::kDialPlan, [](const L& l) { return l.dial_plan.flag; }, name \
  }
#define UM_POLICY(feature, flag, name)                                                    \
  Gate {                                                                                  \
    feature, FeatureLayer::kMailboxPolicy, [](const L& l) { return l.policy.flag; }, name \
  }
#define UM_MAILBOX(feature, flag, name)                                              \
  Gate {                                                                             \
    feature, FeatureLayer::kMailbox, [](const L& l) { return l.mailbox.flag; }, name \
  }
#define UM_GATEWAY(feature, flag)                                                       \
  Gate {                                                                                \
    feature, FeatureLayer::kIpGateway, [](const L& l) { return l.gateway.flag; }, #flag \
  }
#define UM_SYSTEM(feature, flag, words)                                             \
  Gate {                                                                            \
    feature, FeatureLayer::kSystem, [](const L& l) { return l.system.flag; }, words \
  }
// Where the flag is the property.
#define UM_PLAN_FLAG(feature, flag) UM_PLAN(feature, flag, #flag)
#define UM_POLICY_FLAG(feature, flag) UM_POLICY(feature, flag, #flag)
#define UM_MAILBOX_FLAG(feature, flag) UM_MAILBOX(feature, flag, #flag)

constexpr Gate kGates[] = {
    UM_PLAN(F::kSubscriberAccess, has_access_telephone_number, "access_telephone_numbers"),
    UM_POLICY_FLAG(F::kSubscriberAccess, allow_subscriber_access),
    UM_MAILBOX_FLAG(F::kSubscriberAccess, subscriber_access_enabled),

    UM_PLAN_FLAG(F::kSpeechRecognition, automatic_speech_recognition_enabled),
    UM_POLICY_FLAG(F::kSpeechRecognition, allow_automatic_speech_recognition),
    UM_MAILBOX_FLAG(F::kSpeechRecognition, automatic_speech_recognition_enabled),
    UM_SYSTEM(F::kSpeechRecognition, language_has_speech_recognition,
              "speech recognition is not installed for the language"),

    UM_POLICY_FLAG(F::kCalendar, allow_tui_access_to_calendar),
    UM_MAILBOX_FLAG(F::kCalendar, tui_access_to_calendar_enabled),
    UM_POLICY_FLAG(F::kEmail, allow_tui_access_to_email),
    UM_MAILBOX_FLAG(F::kEmail, tui_access_to_email_enabled),
    UM_POLICY_FLAG(F::kDirectory, allow_tui_access_to_directory),
    UM_POLICY_FLAG(F::kPersonalContacts, allow_tui_access_to_personal_contacts),
    UM_POLICY_FLAG(F::kVoiceResponse, allow_voice_response_to_other_message_types),

    UM_POLICY_FLAG(F::kPinlessAccess, allow_pinless_voice_mail_access),
    UM_MAILBOX_FLAG(F::kPinlessAccess, pinless_access_to_voice_mail_enabled),
    UM_SYSTEM(F::kPinlessAccess, caller_number_is_users,
              "the caller's number is none of the user's"),

    UM_PLAN_FLAG(F::kCallAnsweringRules, call_answering_rules_enabled),
    UM_POLICY_FLAG(F::kCallAnsweringRules, allow_call_answering_rules),
    UM_MAILBOX_FLAG(F::kCallAnsweringRules, call_answering_rules_enabled),

    UM_POLICY_FLAG(F::kMissedCallNotification, allow_missed_call_notifications),
    UM_MAILBOX_FLAG(F::kMissedCallNotification, missed_call_notification_enabled),

    UM_POLICY_FLAG(F::kPlayOnPhone, allow_play_on_phone),
    UM_MAILBOX_FLAG(F::kPlayOnPhone, play_on_phone_enabled),
    UM_GATEWAY(F::kPlayOnPhone, outcalls_allowed),
    UM_SYSTEM(F::kPlayOnPhone, play_on_phone_number_allowed,
              "the policy's dialing rules do not allow the number"),

    UM_POLICY_FLAG(F::kMessageWaitingIndicator, allow_message_waiting_indicator),
    UM_GATEWAY(F::kMessageWaitingIndicator, message_waiting_indicator_allowed),

    UM_POLICY_FLAG(F::kSmsNotification, allow_sms_notification),
    UM_MAILBOX(F::kSmsNotification, sms_notification_option_set, "sms_notification"),
    UM_SYSTEM(F::kSmsNotification, sms_phone_registered,
              "the user has not registered a telephone for text messages"),

    UM_PLAN_FLAG(F::kFax, fax_enabled),
    UM_POLICY_FLAG(F::kFax, allow_fax),
    UM_POLICY(F::kFax, has_fax_server_uri, "fax_server_uri"),
    UM_MAILBOX_FLAG(F::kFax, fax_enabled),

    // The plan's say is its language: whether that has preview is known to the system.
    UM_POLICY_FLAG(F::kVoiceMailPreview, allow_voice_mail_preview),
    UM_MAILBOX(F::kVoiceMailPreview, preview_received_messages_enabled,
               "the user's own choice of previews"),
    UM_SYSTEM(F::kVoiceMailPreview, language_has_preview,
              "voice mail preview is not installed for the dial plan's default_language"),

    UM_PLAN(F::kOutgoingCalls, has_allowed_dialing_rule,
            "in_country_or_region_rules, international_rules"),
    UM_POLICY(F::kOutgoingCalls, has_allowed_group,
              "allowed_in_country_or_region_groups, allowed_international_groups"),
    UM_GATEWAY(F::kOutgoingCalls, outcalls_allowed),
};

#undef UM_PLAN
#undef UM_POLICY
#undef UM_MAILBOX
#undef UM_GATEWAY
#undef UM_SYSTEM
#undef UM_PLAN_FLAG
#undef UM_POLICY_FLAG
#undef UM_MAILBOX_FLAG

constexpr size_t kFeatures = static_cast<size_t>(Feature::kOutgoingCalls) + 1;
constexpr std::array<std::string_view, kFeatures> kNames = {
    "subscriber-access",
    "speech-recognition",
    "calendar",
    "email",
    "directory",
    "personal-contacts",
    "voice-response",
    "pinless-access",
    "call-answering-rules",
    "missed-call-notification",
    "play-on-phone",
    "message-waiting-indicator",
    "sms-notification",
    "fax",
    "voice-mail-preview",
    "outgoing-calls",
};

constexpr std::array<Feature, kFeatures> kAll = [] {
  std::array<Feature, kFeatures> all{};
  for (size_t i = 0; i < kFeatures; ++i) all[i] = static_cast<Feature>(i);
  return all;
}();

}  // namespace

std::span<const Feature> AllFeatures() { return kAll; }

std::string_view ToString(Feature feature) {
  const auto index = static_cast<size_t>(feature);
  return index < kFeatures ? kNames[index] : std::string_view();
}

std::string_view ToString(FeatureLayer layer) {
  switch (layer) {
    case FeatureLayer::kDialPlan:
      return "dial plan";
    case FeatureLayer::kMailboxPolicy:
      return "mailbox policy";
    case FeatureLayer::kMailbox:
      return "mailbox";
    case FeatureLayer::kIpGateway:
      return "IP gateway";
    case FeatureLayer::kSystem:
      return "system";
  }
  return "";
}

std::string FeatureBlock::ToString() const {
  return std::string(domain::ToString(layer)) + ": " + std::string(property);
}

FeatureVerdict Evaluate(Feature feature, const FeatureLayers& layers) {
  FeatureVerdict verdict;
  for (const Gate& gate : kGates) {
    if (gate.feature == feature && !gate.open(layers)) {
      verdict.blocks.push_back({gate.layer, gate.property});
    }
  }
  verdict.on = verdict.blocks.empty();
  return verdict;
}

}  // namespace um::domain

#include "mailbox/domain/features.h"

#include <cstring>
#include <set>

#include "tests/support/catch.h"

using namespace um::domain;
using F = Feature;

namespace {

/// Every flag on.
FeatureLayers AllOn() {
  FeatureLayers layers;
  static_assert(sizeof(FeatureLayers) == 40 * sizeof(bool), "a flag is missing in the tests below");
  std::memset(static_cast<void*>(&layers), 1, sizeof(layers));
  return layers;
}

/// The table of spec 02 section 1.8, flag by flag.
struct Row {
  Feature feature;
  bool& flag;
  const char* block;
};
std::vector<Row> Rows(FeatureLayers& l) {
  return {
      {F::kSubscriberAccess, l.dial_plan.has_access_telephone_number,
       "dial plan: access_telephone_numbers"},
      {F::kSubscriberAccess, l.policy.allow_subscriber_access,
       "mailbox policy: allow_subscriber_access"},
      {F::kSubscriberAccess, l.mailbox.subscriber_access_enabled,
       "mailbox: subscriber_access_enabled"},
      {F::kSpeechRecognition, l.dial_plan.automatic_speech_recognition_enabled,
       "dial plan: automatic_speech_recognition_enabled"},
      {F::kSpeechRecognition, l.policy.allow_automatic_speech_recognition,
       "mailbox policy: allow_automatic_speech_recognition"},
      {F::kSpeechRecognition, l.mailbox.automatic_speech_recognition_enabled,
       "mailbox: automatic_speech_recognition_enabled"},
      {F::kSpeechRecognition, l.system.language_has_speech_recognition,
       "system: speech recognition is not installed for the language"},
      {F::kCalendar, l.policy.allow_tui_access_to_calendar,
       "mailbox policy: allow_tui_access_to_calendar"},
      {F::kCalendar, l.mailbox.tui_access_to_calendar_enabled,
       "mailbox: tui_access_to_calendar_enabled"},
      {F::kEmail, l.policy.allow_tui_access_to_email, "mailbox policy: allow_tui_access_to_email"},
      {F::kEmail, l.mailbox.tui_access_to_email_enabled, "mailbox: tui_access_to_email_enabled"},
      {F::kDirectory, l.policy.allow_tui_access_to_directory,
       "mailbox policy: allow_tui_access_to_directory"},
      {F::kPersonalContacts, l.policy.allow_tui_access_to_personal_contacts,
       "mailbox policy: allow_tui_access_to_personal_contacts"},
      {F::kVoiceResponse, l.policy.allow_voice_response_to_other_message_types,
       "mailbox policy: allow_voice_response_to_other_message_types"},
      {F::kPinlessAccess, l.policy.allow_pinless_voice_mail_access,
       "mailbox policy: allow_pinless_voice_mail_access"},
      {F::kPinlessAccess, l.mailbox.pinless_access_to_voice_mail_enabled,
       "mailbox: pinless_access_to_voice_mail_enabled"},
      {F::kPinlessAccess, l.system.caller_number_is_users,
       "system: the caller's number is none of the user's"},
      {F::kCallAnsweringRules, l.dial_plan.call_answering_rules_enabled,
       "dial plan: call_answering_rules_enabled"},
      {F::kCallAnsweringRules, l.policy.allow_call_answering_rules,
       "mailbox policy: allow_call_answering_rules"},
      {F::kCallAnsweringRules, l.mailbox.call_answering_rules_enabled,
       "mailbox: call_answering_rules_enabled"},
      {F::kMissedCallNotification, l.policy.allow_missed_call_notifications,
       "mailbox policy: allow_missed_call_notifications"},
      {F::kMissedCallNotification, l.mailbox.missed_call_notification_enabled,
       "mailbox: missed_call_notification_enabled"},
      {F::kPlayOnPhone, l.policy.allow_play_on_phone, "mailbox policy: allow_play_on_phone"},
      {F::kPlayOnPhone, l.mailbox.play_on_phone_enabled, "mailbox: play_on_phone_enabled"},
      {F::kPlayOnPhone, l.gateway.outcalls_allowed, "IP gateway: outcalls_allowed"},
      {F::kPlayOnPhone, l.system.play_on_phone_number_allowed,
       "system: the policy's dialing rules do not allow the number"},
      {F::kMessageWaitingIndicator, l.policy.allow_message_waiting_indicator,
       "mailbox policy: allow_message_waiting_indicator"},
      {F::kMessageWaitingIndicator, l.gateway.message_waiting_indicator_allowed,
       "IP gateway: message_waiting_indicator_allowed"},
      {F::kSmsNotification, l.policy.allow_sms_notification,
       "mailbox policy: allow_sms_notification"},
      {F::kSmsNotification, l.mailbox.sms_notification_option_set, "mailbox: sms_notification"},
      {F::kSmsNotification, l.system.sms_phone_registered,
       "system: the user has not registered a telephone for text messages"},
      {F::kFax, l.dial_plan.fax_enabled, "dial plan: fax_enabled"},
      {F::kFax, l.policy.allow_fax, "mailbox policy: allow_fax"},
      {F::kFax, l.policy.has_fax_server_uri, "mailbox policy: fax_server_uri"},
      {F::kFax, l.mailbox.fax_enabled, "mailbox: fax_enabled"},
      {F::kVoiceMailPreview, l.policy.allow_voice_mail_preview,
       "mailbox policy: allow_voice_mail_preview"},
      {F::kVoiceMailPreview, l.mailbox.preview_received_messages_enabled,
       "mailbox: the user's own choice of previews"},
      {F::kVoiceMailPreview, l.system.language_has_preview,
       "system: voice mail preview is not installed for the dial plan's default_language"},
      {F::kOutgoingCalls, l.dial_plan.has_allowed_dialing_rule,
       "dial plan: in_country_or_region_rules, international_rules"},
      {F::kOutgoingCalls, l.policy.has_allowed_group,
       "mailbox policy: allowed_in_country_or_region_groups, allowed_international_groups"},
      {F::kOutgoingCalls, l.gateway.outcalls_allowed, "IP gateway: outcalls_allowed"},
  };
}

}  // namespace

TEST_CASE("with every flag on every feature is on") {
  const FeatureLayers layers = AllOn();
  CHECK(AllFeatures().size() == 16);
  for (const Feature feature : AllFeatures()) {
    const FeatureVerdict verdict = Evaluate(feature, layers);
    CHECK(verdict.on);
    CHECK(verdict.blocks.empty());
  }
}

TEST_CASE("each flag switches off its own features and no other, and is named") {
  FeatureLayers names;
  const size_t rows = Rows(names).size();
  for (size_t i = 0; i < rows; ++i) {
    FeatureLayers layers = AllOn();
    std::vector<Row> table = Rows(layers);
    table[i].flag = false;
    for (const Feature feature : AllFeatures()) {
      std::vector<std::string> expected;
      for (const Row& row : table) {
        if (row.feature == feature && !row.flag) expected.emplace_back(row.block);
      }
      const FeatureVerdict verdict = Evaluate(feature, layers);
      std::vector<std::string> blocks;
      for (const FeatureBlock& block : verdict.blocks) blocks.push_back(block.ToString());
      INFO(ToString(feature) << " without " << table[i].block);
      CHECK(blocks == expected);
      CHECK(verdict.on == expected.empty());
    }
  }
}

TEST_CASE("every layer that says no is told, from the dial plan down") {
  FeatureLayers layers = AllOn();
  for (const Row& row : Rows(layers)) row.flag = false;
  size_t blocks = 0;
  for (const Feature feature : AllFeatures()) {
    const FeatureVerdict verdict = Evaluate(feature, layers);
    CHECK_FALSE(verdict.on);
    for (size_t i = 1; i < verdict.blocks.size(); ++i) {
      CHECK(verdict.blocks[i - 1].layer <= verdict.blocks[i].layer);
    }
    blocks += verdict.blocks.size();
  }
  CHECK(blocks == Rows(layers).size());
}

TEST_CASE("by default what costs or exposes is off, and the rest is on") {
  const std::set<Feature> off = {
      F::kSubscriberAccess, F::kSpeechRecognition, F::kPinlessAccess, F::kSmsNotification, F::kFax,
      F::kVoiceMailPreview, F::kOutgoingCalls};
  for (const Feature feature : AllFeatures()) {
    INFO(ToString(feature));
    CHECK(Evaluate(feature, {}).on == !off.contains(feature));
  }
}

TEST_CASE("features have names of their own") {
  std::set<std::string_view> names;
  for (const Feature feature : AllFeatures()) names.insert(ToString(feature));
  CHECK(names.size() == 16);
  CHECK_FALSE(names.contains(""));
  CHECK(ToString(static_cast<Feature>(99)).empty());
}

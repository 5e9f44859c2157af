// Features that several layers must allow: the dial plan, the mailbox policy, the mailbox, the IP
// gateway, the system. A feature is on only if every layer that has a say says yes.   Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace um::domain {

/// The rows of spec 02 section 1.8, but for the donation of recordings to a vendor, which does not
/// exist.
enum class Feature {
  kSubscriberAccess,  ///< signing in to the mailbox by telephone
  kSpeechRecognition,
  kCalendar,  ///< this and the next three: by telephone
  kEmail,
  kDirectory,
  kPersonalContacts,
  kVoiceResponse,  ///< to mail and calendar items
  kPinlessAccess,  ///< to voice mail; everything else needs the PIN all the same
  kCallAnsweringRules,
  kMissedCallNotification,
  kPlayOnPhone,
  kMessageWaitingIndicator,
  kSmsNotification,
  kFax,
  kVoiceMailPreview,
  kOutgoingCalls,
};
/// All of them, in the order of the table.
std::span<const Feature> AllFeatures();
/// "call-answering-rules"; for command lines.
std::string_view ToString(Feature feature);

/// What each layer says. The defaults are those of the objects' properties (spec 02 sections 3, 4,
/// 6 and 8), and false for what has to be found out.
struct FeatureLayers {
  struct DialPlan {
    bool has_access_telephone_number = false;
    bool automatic_speech_recognition_enabled = true;
    bool call_answering_rules_enabled = true;
    bool fax_enabled = true;
    bool has_allowed_dialing_rule = false;  ///< a rule of a group that the policy allows
  } dial_plan;
  struct Policy {
    bool allow_subscriber_access = true;
    bool allow_automatic_speech_recognition = true;
    bool allow_tui_access_to_calendar = true;
    bool allow_tui_access_to_email = true;
    bool allow_tui_access_to_directory = true;
    bool allow_tui_access_to_personal_contacts = true;
    bool allow_voice_response_to_other_message_types = true;
    bool allow_pinless_voice_mail_access = false;
    bool allow_call_answering_rules = true;
    bool allow_missed_call_notifications = true;
    bool allow_play_on_phone = true;
    bool allow_message_waiting_indicator = true;
    bool allow_sms_notification = true;
    bool allow_fax = true;
    bool has_fax_server_uri = false;
    bool allow_voice_mail_preview = true;
    bool has_allowed_group = false;  ///< in either list of allowed groups
  } policy;
  struct Mailbox {
    bool subscriber_access_enabled = true;
    bool automatic_speech_recognition_enabled = true;
    bool tui_access_to_calendar_enabled = true;
    bool tui_access_to_email_enabled = true;
    bool pinless_access_to_voice_mail_enabled = false;
    bool call_answering_rules_enabled = true;
    bool missed_call_notification_enabled = true;
    bool play_on_phone_enabled = true;
    bool sms_notification_option_set = false;  ///< sms_notification is not "none"
    bool fax_enabled = true;
    bool preview_received_messages_enabled = true;  ///< the user's choice
  } mailbox;
  /// Of the gateways through which the plan calls: true if one of them allows it.
  struct Gateway {
    bool outcalls_allowed = true;
    bool message_waiting_indicator_allowed = true;
  } gateway;
  struct System {
    bool language_has_speech_recognition = false;
    bool language_has_preview = false;
    bool caller_number_is_users = false;       ///< of the call at hand
    bool play_on_phone_number_allowed = true;  ///< Dial() said so, if there is a number yet
    bool sms_phone_registered = false;
  } system;
};

enum class FeatureLayer { kDialPlan, kMailboxPolicy, kMailbox, kIpGateway, kSystem };
std::string_view ToString(FeatureLayer layer);  ///< "mailbox policy"

/// A layer's no.
struct FeatureBlock {
  FeatureLayer layer;
  /// The property to change, as administrators know it; for kSystem a few words.
  std::string_view property;

  /// "dial plan: call_answering_rules_enabled".
  std::string ToString() const;
  bool operator==(const FeatureBlock&) const = default;
};

struct FeatureVerdict {
  bool on = false;
  std::vector<FeatureBlock> blocks;  ///< from the dial plan down; empty if on
};
FeatureVerdict Evaluate(Feature feature, const FeatureLayers& layers);

}  // namespace um::domain

// Call answering rules: which of a user's rules decides what a caller meets. What its keys do is
// said here as values and done by the dialogs.   Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mailbox/domain/problem.h"

namespace um::domain {

// Limits of spec 02 section 10.1.
inline constexpr size_t kMaxRules = 9;
inline constexpr size_t kMaxCallerIds = 50;  ///< besides one AnyContact
inline constexpr size_t kMaxRuleKeys = 10;

/// A caller by number, in NormalizeNumber()'s form.
struct CallerNumber {
  std::string number;
};
/// A person of the directory or of the user's contacts, by mail address.
struct CallerContact {
  std::string email;
};
/// Anybody among the user's contacts.
struct AnyContact {};
using CallerId = std::variant<CallerNumber, CallerContact, AnyContact>;

/// What a calendar says of a moment; a set of them is a bit mask, as in the reference.
enum CalendarStatus : uint8_t { kFree = 1, kTentative = 2, kBusy = 4, kOutOfOffice = 8 };

/// When a rule holds, in the user's local time.
struct TimeOfDay {
  enum class Kind { kWorkingHours, kNonWorkingHours, kCustom };
  Kind kind = Kind::kWorkingHours;
  // For kCustom: a set of days, bit 0 is Sunday, and minutes since midnight. An end that is not
  // after the start is on the next day; the interval belongs to the day it starts on.
  uint8_t days = 0;
  int start = 0;  ///< 0..1439
  int end = 0;    ///< 1..1440
};

/// Rings the first number, then the second, and connects the caller if the user answers.
struct FindMe {
  std::string number;
  int ring_seconds = 20;      ///< 1..120
  std::string second_number;  ///< "": none
  int second_ring_seconds = 20;
};
struct TransferToNumber {
  std::string number;
};
/// To the extension of a person of the directory.
struct TransferToContact {
  std::string email;
};
struct LeaveMessage {};
using RuleAction = std::variant<FindMe, TransferToNumber, TransferToContact, LeaveMessage>;

/// One key of the caller's menu.
struct RuleKey {
  char key = '1';     ///< '1'..'9'
  std::string label;  ///< spoken: "For urgent matters, press 1."
  RuleAction action = LeaveMessage{};
};

struct CallAnsweringRule {
  std::string name;
  bool enabled = true;
  int priority = 9;  ///< 1 is first
  // Conditions. All that are set must hold; a rule without any always holds.
  std::vector<CallerId> caller_ids;            ///< one of them; empty: anybody
  bool check_automatic_replies = false;        ///< only while the mail system answers for the user
  std::vector<std::string> extensions_dialed;  ///< one of them; empty: any
  uint8_t schedule_status = 0;                 ///< set of CalendarStatus; 0: whatever it is
  std::optional<TimeOfDay> time_of_day;
  // Actions.
  std::vector<RuleKey> key_mappings;
  bool callers_can_interrupt_greeting = true;
};

/// What is known of a call when the rules are asked.
struct RuleSituation {
  std::string caller_number;               ///< "" if withheld
  std::vector<std::string> caller_emails;  ///< of the person or contact the caller was found to be
  bool caller_is_contact = false;          ///< of the user's own contacts
  std::string extension_dialed;
  bool automatic_replies = false;
  uint8_t schedule_status = 0;           ///< set of CalendarStatus; 0: not known
  std::optional<bool> in_working_hours;  ///< nullopt: not known
  int weekday = 0;                       ///< of the user's local time, 0 is Sunday
  int minute = 0;                        ///< of the day
};

/// Does every condition of `rule` hold? `enabled` is not one of them. A condition about something
/// that is not known does not hold: when the calendar is away, callers meet the ordinary greeting.
bool Holds(const CallAnsweringRule& rule, const RuleSituation& situation);

/// The enabled rule with the lowest priority number that holds (spec 02 section 10.2); nullptr:
/// take a message. Of two with the same priority the first in the list. The caller has asked before
/// whether rules are on (features.h) and whether the mailbox has a primary address.
const CallAnsweringRule* FirstMatch(const std::vector<CallAnsweringRule>& rules,
                                    const RuleSituation& situation);

/// Are these the same number? After the separators and '+', they are equal, or the shorter has at
/// least seven digits and is the end of the longer: people write numbers without country code.
bool SameNumber(std::string_view a, std::string_view b);

/// Everything that is wrong with a mailbox' rules: limits, names, priorities, conditions and keys.
/// Fields are "call_answering_rules[i]..." `extensions`: the user's own, of which extensions_dialed
/// may name some.
Problems CheckRules(const std::vector<CallAnsweringRule>& rules,
                    const std::vector<std::string>& extensions);

}  // namespace um::domain

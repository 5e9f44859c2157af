// Outdialling: may this number be called, and which digits go to the PBX? One decision for
// transfers, outgoing calls, auto attendants and call answering rules, with every step in words.
// Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/domain/number_mask.h"
#include "mailbox/domain/problem.h"

namespace um::domain {

/// One line of a dial plan's rules (spec 02 section 15.1). Several lines of one group name are one
/// group; which groups may be used is said elsewhere, by name (DialingAuthorization).
struct DialingRule {
  std::string group;  ///< 1..32 characters; upper and lower case are the same
  NumberMask number_mask;
  NumberMask dialed_number;
  std::string comment;
};
/// The most rules of one list.
inline constexpr size_t kMaxDialingRules = 1000;

/// Makes a rule of what was entered. nullopt if anything is wrong; then all of it is added to
/// `problems`, under `field` + ".group", ".number_mask", ".dialed_number", ".comment".
std::optional<DialingRule> ParseDialingRule(std::string_view group, std::string_view number_mask,
                                            std::string_view dialed_number,
                                            std::string_view comment, const std::string& field,
                                            Problems& problems);

/// Adds to `problems` every name of `allowed` that is none of `rules`' groups, or is there twice.
void CheckAllowedGroups(const std::vector<std::string>& allowed,
                        const std::vector<DialingRule>& rules, const std::string& field,
                        Problems& problems);

/// What a dial plan knows about dialling. An empty code is one that is not set.
struct DialingPlan {
  int number_of_digits_in_extension = 4;
  std::string country_or_region_code;
  std::string outside_line_access_code;
  std::string international_access_code;
  std::string national_number_prefix;
  std::vector<DialingRule> configured_in_country_or_region_groups;
  std::vector<DialingRule> configured_international_groups;
  /// Some enabled IP gateway of the plan has outcalls_allowed.
  bool outcalls_allowed = true;
};

/// Who dials, and what that one may: of the mailbox policy, of the auto attendant, or of the dial
/// plan for callers who have not signed in (spec 02 section 15.4). Nothing is allowed until it is.
struct DialingAuthorization {
  std::string source;  ///< for people: "mailbox policy Sales"
  bool allow_dial_plan_subscribers = false;
  bool allow_extensions = false;
  std::vector<std::string> allowed_in_country_or_region_groups;
  std::vector<std::string> allowed_international_groups;
};

/// What a user's policy permits who called another dial plan than the policy's (spec 02 section
/// 8.6): a list whose groups exist in the called plan counts as far as they do; a list none of
/// whose groups exists there is replaced by what that plan allows anyone.
DialingAuthorization ForCalledPlan(DialingAuthorization policy, const DialingAuthorization& anyone,
                                   const DialingPlan& called);

/// Transfers do not need a gateway that allows outgoing calls; calls of our own do.
enum class DialPurpose { kTransfer, kOutgoingCall };

enum class DialOutcome { kRefused, kSubscriber, kExtension, kNumber };

/// What happened in a step; `umctl number test` prints the text.
enum class DialStepKind {
  kNormalized,
  kClassified,
  kCompleted,  ///< by dial codes
  kTried,      ///< a rule that does not match
  kMatched,    ///< a rule that does
  kPermitted,
  kBlocked,
  kResult,  ///< always the last: the dial string, or why there is none
};
std::string_view ToString(DialStepKind kind);  ///< "normalized"

struct DialStep {
  DialStepKind kind;
  std::string text;
};

struct DialDecision {
  DialOutcome outcome = DialOutcome::kRefused;
  std::string dial_string;      ///< digits; empty if refused
  std::string group;            ///< of the rule that gave it
  std::vector<DialStep> steps;  ///< never empty
};

/// Decides about `number`, digits as dialled or with a leading '+', separators allowed (spec 02
/// section 15.3). `is_subscriber` tells whether an extension of the plan is a mailbox's.
///
/// 1. Separators go. Letters and SIP addresses are refused.
/// 2. As many digits as an extension has: an extension, and never a number of the outside. A
///    subscriber's needs allow_dial_plan_subscribers or allow_extensions, any other's the latter.
/// 3. '+' or the international access code in front, with the plan's own country code: an
///    in-country number. With another: international. Neither: in-country; or, while the plan has
///    no international access code, unknown. An in-country number is searched among the in-country
///    groups only, so that no "*" there opens the world; an international one among the
///    international groups only; an unknown one among both, in-country first.
/// 4. Dial codes come before masks: the number is completed to what the PBX needs (outside line,
///    then national prefix or international access code), and the masks see that. If no rule takes
///    it, they see the number as it was dialled: callers who dialled the codes themselves, and
///    masks that were written for numbers without them.
/// 5. The first rule in the list's order whose group is allowed and whose mask matches gives the
///    dial string. No rule: refused.
/// 6. An outgoing call needs plan.outcalls_allowed.
DialDecision Dial(std::string_view number, const DialingPlan& plan,
                  const DialingAuthorization& authorization, DialPurpose purpose,
                  const std::function<bool(std::string_view extension)>& is_subscriber);

}  // namespace um::domain

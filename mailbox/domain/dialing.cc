#include "mailbox/domain/dialing.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/status.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/numbers.h"

namespace um::domain {
namespace {

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  const std::string key = FoldName(name);
  return std::ranges::any_of(names, [&](const std::string& n) { return FoldName(n) == key; });
}

bool HasGroup(const std::vector<DialingRule>& rules, std::string_view group) {
  const std::string key = FoldName(group);
  return std::ranges::any_of(rules, [&](const DialingRule& r) { return FoldName(r.group) == key; });
}

/// `text` without `prefix` in front; nullopt if it does not begin so, or if nothing is left, or if
/// the prefix is not set.
std::optional<std::string_view> After(std::string_view prefix, std::string_view text) {
  if (prefix.empty() || !text.starts_with(prefix) || text.size() == prefix.size()) {
    return std::nullopt;
  }
  return text.substr(prefix.size());
}

enum class Reach { kInCountry, kInternational, kUnknown };

std::string_view Describe(Reach reach) {
  switch (reach) {
    case Reach::kInCountry:
      return "an in-country number";
    case Reach::kInternational:
      return "an international number";
    case Reach::kUnknown:
      return "a number, in-country or international (no international_access_code is set)";
  }
  return "";
}

/// One list of groups, and who opens them.
struct RuleList {
  std::string_view name;
  std::string_view property;
  const std::vector<DialingRule>& rules;
  const std::vector<std::string>& allowed;
};

/// One decision while it is being made.
class Decision {
 public:
  Decision(const DialingPlan& plan, const DialingAuthorization& authorization)
      : plan_(plan), authorization_(authorization) {}

  DialDecision Decide(std::string_view number, DialPurpose purpose,
                      const std::function<bool(std::string_view)>& is_subscriber) {
    const auto normalized = NormalizeNumber(number);
    if (!normalized.ok()) return Refuse(Message(normalized.status()));
    Add(DialStepKind::kNormalized, *normalized);
    const bool is_extension = CheckExtension(*normalized, plan_.number_of_digits_in_extension).ok();
    if (is_extension ? !DecideExtension(*normalized, is_subscriber(*normalized))
                     : !DecideNumber(*normalized)) {
      return Refuse("not allowed to be called");
    }
    if (purpose == DialPurpose::kOutgoingCall && !plan_.outcalls_allowed) {
      Add(DialStepKind::kBlocked, "no enabled IP gateway of the dial plan has outcalls_allowed");
      return Refuse("no IP gateway allows outgoing calls");
    }
    Add(DialStepKind::kResult, "dials " + decision_.dial_string);
    return std::move(decision_);
  }

 private:
  void Add(DialStepKind kind, std::string text) {
    decision_.steps.push_back({kind, std::move(text)});
  }

  DialDecision Refuse(const std::string& why) {
    Add(DialStepKind::kResult, "refused: " + why);
    decision_.outcome = DialOutcome::kRefused;
    decision_.dial_string.clear();
    decision_.group.clear();
    return std::move(decision_);
  }

  bool DecideExtension(const std::string& extension, bool is_subscriber) {
    Add(DialStepKind::kClassified,
        is_subscriber ? "the extension of a subscriber of this dial plan"
                      : fmt::format("an extension: it has the dial plan's {} digits",
                                    plan_.number_of_digits_in_extension));
    const DialingAuthorization& a = authorization_;
    const bool as_subscriber = is_subscriber && a.allow_dial_plan_subscribers;
    if (!as_subscriber && !a.allow_extensions) {
      Add(DialStepKind::kBlocked,
          fmt::format("{} has {}allow_extensions off", a.source,
                      is_subscriber ? "allow_dial_plan_subscribers and " : ""));
      return false;
    }
    Add(DialStepKind::kPermitted,
        fmt::format("{} has {} on", a.source,
                    as_subscriber ? "allow_dial_plan_subscribers" : "allow_extensions"));
    decision_.outcome = is_subscriber ? DialOutcome::kSubscriber : DialOutcome::kExtension;
    decision_.dial_string = extension;
    return true;
  }

  bool DecideNumber(const std::string& number) {
    const std::string dialed = number.substr(number.starts_with('+') ? 1 : 0);
    const auto [reach, completed] = Complete(number);
    if (Search(reach, completed)) return true;
    if (dialed != completed) {
      Add(DialStepKind::kCompleted, dialed + ": as dialled, no dial codes added");
      if (Search(reach, dialed)) return true;
    }
    Add(DialStepKind::kBlocked,
        fmt::format("no rule of a group that {} allows takes the number", authorization_.source));
    return false;
  }

  /// Steps 3 and 4 of Dial().
  std::pair<Reach, std::string> Complete(const std::string& number) {
    const std::string& access = plan_.international_access_code;
    const std::string& outside = plan_.outside_line_access_code;
    const auto global = number.starts_with('+') ? After("+", number) : After(access, number);
    Reach reach = access.empty() && !global ? Reach::kUnknown : Reach::kInCountry;
    std::string completed = outside;
    std::string codes;
    const auto prepend = [&](std::string_view code, std::string_view name) {
      if (!code.empty()) codes += fmt::format(", {} {}", name, code);
    };
    prepend(outside, "outside_line_access_code");
    if (!global) {
      completed += number;
    } else if (const auto national = After(plan_.country_or_region_code, *global)) {
      prepend(plan_.national_number_prefix, "national_number_prefix");
      completed += plan_.national_number_prefix;
      completed += *national;
    } else {
      reach = Reach::kInternational;
      prepend(access, "international_access_code");
      completed += access;
      completed += *global;
    }
    if (reach == Reach::kInCountry && LeavesCountry(number, completed)) {
      reach = Reach::kInternational;
    }
    Add(DialStepKind::kClassified, std::string(Describe(reach)));
    Add(DialStepKind::kCompleted,
        completed + (codes.empty() ? ": no dial codes apply" : ": with " + codes.substr(2)));
    return {reach, completed};
  }

  /// Would the network take an in-country number for an international one? "+34 0044..." and, where
  /// the national prefix is 0, "+49 044..." are written to look like the former and be the latter.
  bool LeavesCountry(const std::string& number, const std::string& completed) const {
    const std::string& access = plan_.international_access_code;
    if (access.empty()) return false;
    const std::string outside = plan_.outside_line_access_code + access;
    const bool plus = number.starts_with('+');
    const std::string_view dialed = std::string_view(number).substr(plus ? 1 : 0);
    return completed.starts_with(outside) || dialed.starts_with(outside) ||
           (plus && dialed.starts_with(access));
  }

  bool Search(Reach reach, const std::string& number) {
    const RuleList in_country{"in-country", "allowed_in_country_or_region_groups",
                              plan_.configured_in_country_or_region_groups,
                              authorization_.allowed_in_country_or_region_groups};
    const RuleList international{"international", "allowed_international_groups",
                                 plan_.configured_international_groups,
                                 authorization_.allowed_international_groups};
    return (reach != Reach::kInternational && SearchList(in_country, number)) ||
           (reach != Reach::kInCountry && SearchList(international, number));
  }

  bool SearchList(const RuleList& list, const std::string& number) {
    if (list.rules.empty()) {
      Add(DialStepKind::kTried, fmt::format("the dial plan has no {} rules", list.name));
    }
    for (size_t i = 0; i < list.rules.size(); ++i) {
      const DialingRule& rule = list.rules[i];
      const std::string name =
          fmt::format("{} rule {} of group {} ({} -> {})", list.name, i + 1, rule.group,
                      rule.number_mask.text(), rule.dialed_number.text());
      const auto captures = rule.number_mask.Match(number);
      if (!captures) {
        Add(DialStepKind::kTried, fmt::format("{} does not match {}", name, number));
        continue;
      }
      Add(DialStepKind::kMatched, fmt::format("{} matches {}", name, number));
      if (!Contains(list.allowed, rule.group)) {
        Add(DialStepKind::kBlocked, fmt::format("{} does not have {} in {}", authorization_.source,
                                                rule.group, list.property));
        continue;
      }
      std::string filled = rule.dialed_number.Fill(*captures);
      if (filled.empty()) {
        Add(DialStepKind::kBlocked, "the rule leaves nothing to dial");
        continue;
      }
      Add(DialStepKind::kPermitted,
          fmt::format("{} has {} in {}", authorization_.source, rule.group, list.property));
      decision_.outcome = DialOutcome::kNumber;
      decision_.dial_string = std::move(filled);
      decision_.group = rule.group;
      return true;
    }
    return false;
  }

  const DialingPlan& plan_;
  const DialingAuthorization& authorization_;
  DialDecision decision_;
};

}  // namespace

std::optional<DialingRule> ParseDialingRule(std::string_view group, std::string_view number_mask,
                                            std::string_view dialed_number,
                                            std::string_view comment, const std::string& field,
                                            Problems& problems) {
  const size_t before = problems.size();
  AddProblem(problems, field + ".group", CheckName(group, kMaxDialingGroupName));
  AddProblem(problems, field + ".comment", CheckText(comment, kMaxRuleName));
  auto mask = NumberMask::Parse(number_mask);
  AddProblem(problems, field + ".number_mask", mask.status());
  auto dialed = NumberMask::Parse(dialed_number);
  AddProblem(problems, field + ".dialed_number", dialed.status());
  if (mask.ok() && dialed.ok()) {
    AddProblem(problems, field + ".dialed_number", CheckPair(*mask, *dialed));
  }
  if (problems.size() != before) return std::nullopt;
  return DialingRule{std::string(group), *std::move(mask), *std::move(dialed),
                     std::string(comment)};
}

void CheckAllowedGroups(const std::vector<std::string>& allowed,
                        const std::vector<DialingRule>& rules, const std::string& field,
                        Problems& problems) {
  std::set<std::string> known;
  for (const DialingRule& rule : rules) known.insert(FoldName(rule.group));
  std::set<std::string> seen;
  for (size_t i = 0; i < allowed.size(); ++i) {
    const std::string path = fmt::format("{}[{}]", field, i);
    const std::string key = FoldName(allowed[i]);
    if (!known.contains(key)) {
      problems.push_back(
          {path, "the dial plan has no dialing rule of group " + Quoted(allowed[i])});
    } else if (!seen.insert(key).second) {
      problems.push_back({path, Quoted(allowed[i]) + " is there twice"});
    }
  }
}

DialingAuthorization ForCalledPlan(DialingAuthorization policy, const DialingAuthorization& anyone,
                                   const DialingPlan& called) {
  const auto adapt = [](std::vector<std::string>& groups, const std::vector<std::string>& instead,
                        const std::vector<DialingRule>& rules) {
    const bool any = !groups.empty();
    std::erase_if(groups, [&](const std::string& group) { return !HasGroup(rules, group); });
    if (any && groups.empty()) groups = instead;
  };
  adapt(policy.allowed_in_country_or_region_groups, anyone.allowed_in_country_or_region_groups,
        called.configured_in_country_or_region_groups);
  adapt(policy.allowed_international_groups, anyone.allowed_international_groups,
        called.configured_international_groups);
  return policy;
}

std::string_view ToString(DialStepKind kind) {
  switch (kind) {
    case DialStepKind::kNormalized:
      return "normalized";
    case DialStepKind::kClassified:
      return "classified";
    case DialStepKind::kCompleted:
      return "completed";
    case DialStepKind::kTried:
      return "tried";
    case DialStepKind::kMatched:
      return "matched";
    case DialStepKind::kPermitted:
      return "permitted";
    case DialStepKind::kBlocked:
      return "blocked";
    case DialStepKind::kResult:
      return "result";
  }
  return "";
}

DialDecision Dial(std::string_view number, const DialingPlan& plan,
                  const DialingAuthorization& authorization, DialPurpose purpose,
                  const std::function<bool(std::string_view extension)>& is_subscriber) {
  return Decision(plan, authorization).Decide(number, purpose, is_subscriber);
}

}  // namespace um::domain

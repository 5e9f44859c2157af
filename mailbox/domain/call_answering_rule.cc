#include "mailbox/domain/call_answering_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mailbox/domain/names.h"
#include "mailbox/domain/numbers.h"

namespace um::domain {
namespace {

constexpr int kMinutesPerDay = 24 * 60;
constexpr size_t kMaxEmail = 254;  // RFC 5321 section 4.5.3.1.3, without the angle brackets

/// Calls the function for the alternative that is there.
template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

bool IsCaller(const CallerId& id, const RuleSituation& situation) {
  return std::visit(Overloaded{[&](const CallerNumber& caller) {
                                 return SameNumber(caller.number, situation.caller_number);
                               },
                               [&](const CallerContact& caller) {
                                 const std::string key = FoldName(caller.email);
                                 return std::ranges::any_of(situation.caller_emails,
                                                            [&](const std::string& email) {
                                                              return FoldName(email) == key;
                                                            });
                               },
                               [&](const AnyContact&) { return situation.caller_is_contact; }},
                    id);
}

bool IsIn(const TimeOfDay& time, const RuleSituation& situation) {
  if (time.kind != TimeOfDay::Kind::kCustom) {
    const bool wanted = time.kind == TimeOfDay::Kind::kWorkingHours;
    return situation.in_working_hours == wanted;
  }
  if (situation.weekday < 0 || situation.weekday > 6) return false;
  const auto has_day = [&](int day) { return (time.days >> day & 1) != 0; };
  const bool today = has_day(situation.weekday);
  if (time.start < time.end) {
    return today && situation.minute >= time.start && situation.minute < time.end;
  }
  const bool yesterday = has_day((situation.weekday + 6) % 7);
  return (today && situation.minute >= time.start) || (yesterday && situation.minute < time.end);
}

/// Collects the problems of one rule.
class RuleCheck {
 public:
  RuleCheck(const CallAnsweringRule& rule, std::string path, Problems& problems)
      : rule_(rule), path_(std::move(path)), problems_(problems) {}

  void Check(const std::vector<std::string>& extensions) {
    AddProblem(problems_, path_ + ".name", CheckRuleName());
    if (rule_.priority < 1 || rule_.priority > static_cast<int>(kMaxRules)) {
      Add(".priority", fmt::format("{} is not 1 to {}", rule_.priority, kMaxRules));
    }
    CheckCallers();
    CheckExtensions(extensions);
    if (rule_.schedule_status > 15) {
      Add(".schedule_status", fmt::format("{} is not 0 to 15", rule_.schedule_status));
    }
    if (rule_.time_of_day) CheckTime(*rule_.time_of_day);
    CheckKeys();
  }

 private:
  void Add(const std::string& field, std::string text) {
    problems_.push_back({path_ + field, std::move(text)});
  }

  /// A rule's name is the user's: punctuation is welcome.
  absl::Status CheckRuleName() const {
    if (rule_.name.empty()) return Invalid("a rule needs a name");
    if (rule_.name.find_first_of("\r\n\t") != std::string::npos) {
      return Invalid(Quoted(rule_.name) + " has a control character");
    }
    return CheckText(rule_.name, kMaxRuleName);
  }

  void CheckNumber(const std::string& field, const std::string& number) {
    AddProblem(problems_, path_ + field, NormalizeNumber(number).status());
  }

  void CheckEmail(const std::string& field, const std::string& email) {
    const size_t at = email.find('@');
    const bool good = email.size() <= kMaxEmail && at != 0 && at != std::string::npos &&
                      at + 1 < email.size() && email.find('@', at + 1) == std::string::npos &&
                      email.find_first_of(" \t\r\n") == std::string::npos &&
                      CheckText(email, kMaxEmail).ok();
    if (!good) Add(field, Quoted(email) + " is no mail address");
  }

  void CheckCallers() {
    size_t persons = 0;
    size_t any_contact = 0;
    for (const CallerId& id : rule_.caller_ids) {
      ++(std::holds_alternative<AnyContact>(id) ? any_contact : persons);
    }
    if (persons > kMaxCallerIds) {
      Add(".caller_ids", fmt::format("{} callers, {} are allowed", persons, kMaxCallerIds));
      return;
    }
    if (any_contact > 1) Add(".caller_ids", "\"any contact\" is there more than once");
    for (size_t i = 0; i < rule_.caller_ids.size(); ++i) {
      const std::string field = fmt::format(".caller_ids[{}]", i);
      std::visit(Overloaded{[&](const CallerNumber& c) { CheckNumber(field, c.number); },
                            [&](const CallerContact& c) { CheckEmail(field, c.email); },
                            [](const AnyContact&) {}},
                 rule_.caller_ids[i]);
    }
  }

  void CheckExtensions(const std::vector<std::string>& extensions) {
    std::set<std::string_view> seen;
    for (size_t i = 0; i < rule_.extensions_dialed.size(); ++i) {
      const std::string& extension = rule_.extensions_dialed[i];
      const std::string field = fmt::format(".extensions_dialed[{}]", i);
      if (!seen.insert(extension).second) {
        Add(field, Quoted(extension) + " is there twice");
      } else if (std::ranges::find(extensions, extension) == extensions.end()) {
        Add(field, Quoted(extension) + " is no extension of the user");
      }
    }
  }

  void CheckTime(const TimeOfDay& time) {
    if (time.kind != TimeOfDay::Kind::kCustom) return;
    if (time.days == 0 || time.days > 0x7F) Add(".time_of_day.days", "no day is named");
    if (time.start < 0 || time.start >= kMinutesPerDay) {
      Add(".time_of_day.start", "a day's minutes are 0 to 1439");
    }
    if (time.end < 1 || time.end > kMinutesPerDay) {
      Add(".time_of_day.end", "an end is minute 1 to 1440 of a day");
    }
    if (time.start == time.end) Add(".time_of_day.end", "the end is the start");
  }

  void CheckKeys() {
    if (rule_.key_mappings.size() > kMaxRuleKeys) {
      Add(".key_mappings",
          fmt::format("{} keys, {} are allowed", rule_.key_mappings.size(), kMaxRuleKeys));
      return;
    }
    std::set<char> keys;
    for (size_t i = 0; i < rule_.key_mappings.size(); ++i) {
      const RuleKey& key = rule_.key_mappings[i];
      const std::string field = fmt::format(".key_mappings[{}]", i);
      if (key.key < '1' || key.key > '9') {
        Add(field + ".key", Quoted({&key.key, 1}) + " is not 1 to 9");
      } else if (!keys.insert(key.key).second) {
        Add(field + ".key", fmt::format("key {} is there twice", key.key));
      }
      AddProblem(problems_, path_ + field + ".label", CheckText(key.label, kMaxName));
      if (key.label.empty()) Add(field + ".label", "the menu needs a label to speak");
      CheckAction(field, key.action);
    }
  }

  void CheckAction(const std::string& field, const RuleAction& action) {
    std::visit(Overloaded{[&](const FindMe& find) { CheckFindMe(field + ".find_me", find); },
                          [&](const TransferToNumber& transfer) {
                            CheckNumber(field + ".transfer_to_number", transfer.number);
                          },
                          [&](const TransferToContact& transfer) {
                            CheckEmail(field + ".transfer_to_contact", transfer.email);
                          },
                          [](const LeaveMessage&) {}},
               action);
  }

  void CheckFindMe(const std::string& field, const FindMe& find) {
    const auto check_seconds = [&](const char* name, int seconds) {
      if (seconds < 1 || seconds > 120) {
        Add(field + name, fmt::format("{} seconds: 1 to 120 are allowed", seconds));
      }
    };
    CheckNumber(field + ".number", find.number);
    check_seconds(".ring_seconds", find.ring_seconds);
    if (find.second_number.empty()) return;
    CheckNumber(field + ".second_number", find.second_number);
    check_seconds(".second_ring_seconds", find.second_ring_seconds);
  }

  const CallAnsweringRule& rule_;
  std::string path_;
  Problems& problems_;
};

}  // namespace

bool SameNumber(std::string_view a, std::string_view b) {
  constexpr size_t kEnough = 7;
  auto first = NormalizeNumber(a);
  auto second = NormalizeNumber(b);
  if (!first.ok() || !second.ok()) return false;
  for (std::string* number : {&*first, &*second}) {
    if (number->starts_with('+')) number->erase(0, 1);
  }
  if (first->size() < second->size()) std::swap(*first, *second);
  return *first == *second || (second->size() >= kEnough && first->ends_with(*second));
}

bool Holds(const CallAnsweringRule& rule, const RuleSituation& situation) {
  if (rule.check_automatic_replies && !situation.automatic_replies) return false;
  if (rule.schedule_status != 0 && (rule.schedule_status & situation.schedule_status) == 0) {
    return false;
  }
  if (rule.time_of_day && !IsIn(*rule.time_of_day, situation)) return false;
  const auto& extensions = rule.extensions_dialed;
  if (!extensions.empty() &&
      std::ranges::find(extensions, situation.extension_dialed) == extensions.end()) {
    return false;
  }
  return rule.caller_ids.empty() || std::ranges::any_of(rule.caller_ids, [&](const CallerId& id) {
           return IsCaller(id, situation);
         });
}

const CallAnsweringRule* FirstMatch(const std::vector<CallAnsweringRule>& rules,
                                    const RuleSituation& situation) {
  const CallAnsweringRule* first = nullptr;
  for (const CallAnsweringRule& rule : rules) {
    const bool sooner = first == nullptr || rule.priority < first->priority;
    if (rule.enabled && sooner && Holds(rule, situation)) first = &rule;
  }
  return first;
}

Problems CheckRules(const std::vector<CallAnsweringRule>& rules,
                    const std::vector<std::string>& extensions) {
  const std::string list = "call_answering_rules";
  Problems problems;
  if (rules.size() > kMaxRules) {
    problems.push_back({list, fmt::format("{} rules, {} are allowed", rules.size(), kMaxRules)});
    return problems;
  }
  std::set<std::string> names;
  std::set<int> priorities;
  for (size_t i = 0; i < rules.size(); ++i) {
    const std::string path = fmt::format("{}[{}]", list, i);
    RuleCheck(rules[i], path, problems).Check(extensions);
    if (!names.insert(FoldName(rules[i].name)).second) {
      problems.push_back({path + ".name", Quoted(rules[i].name) + " is there twice"});
    }
    if (!priorities.insert(rules[i].priority).second) {
      problems.push_back(
          {path + ".priority", fmt::format("{} is another rule's too", rules[i].priority)});
    }
  }
  return problems;
}

}  // namespace um::domain

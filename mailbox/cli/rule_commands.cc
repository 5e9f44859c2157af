// What stands in lists inside objects: call answering rules, dialing rules, menus.
#include <absl/strings/str_join.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <sstream>

#include "common/config/rules.h"
#include "mailbox/cli/commands.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/objects.h"
#include "mailbox/cli/rule_tables.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

namespace v1 = um::organisation::v1;
using google::protobuf::Message;
constexpr size_t kMostTableBytes = 4 << 20;
constexpr char kRules[] = "call_answering_rules";

v1::Mailbox& AsMailbox(Message& message) { return static_cast<v1::Mailbox&>(message); }

v1::CallAnsweringRule* Find(v1::Mailbox& mailbox, const std::string& name) {
  for (v1::CallAnsweringRule& rule : *mailbox.mutable_call_answering_rules()) {
    if (rule.name() == name) return &rule;
  }
  return nullptr;
}

v1::CallAnsweringRule& FindOrDie(v1::Mailbox& mailbox, const std::string& name) {
  if (v1::CallAnsweringRule* rule = Find(mailbox, name)) return *rule;
  Die(fmt::format(
      "mailbox {} has no call answering rule '{}'; umctl mailbox rule list {} shows them",
      Printable(mailbox.id()), Printable(name), Printable(mailbox.id())));
}

void ListRules(const Client& client, const std::string& mailbox, const Output& output) {
  v1::Mailbox all;
  *all.mutable_call_answering_rules() =
      client.Get(Kind::kMailbox, mailbox).object().mailbox().call_answering_rules();
  if (output.yaml) {
    fputs(config::ToYaml(all).c_str(), stdout);
    return;
  }
  for (v1::CallAnsweringRule& rule : *all.mutable_call_answering_rules()) {
    config::FillDefaults(rule);
  }
  if (output.json) {
    puts(ToJson(all).c_str());
    return;
  }
  if (all.call_answering_rules().empty()) {
    fmt::print("Mailbox {} has no call answering rules.\n", Printable(mailbox));
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::CallAnsweringRule& rule : all.call_answering_rules()) {
    std::string menu;
    for (const v1::RuleKey& key : rule.key_mappings()) {
      menu += (menu.empty() ? "" : ", ") + key.key() + " " + key.label();
    }
    rows.push_back({fmt::format("{}", rule.priority()), Printable(rule.name()),
                    rule.enabled() ? "enabled" : "disabled", Printable(menu)});
  }
  std::sort(rows.begin(), rows.end());
  fputs(Table({"PRIORITY", "NAME", "STATUS", "MENU"}, rows, TerminalWidth()).c_str(), stdout);
}

/// What the verbs of call answering rules share.
struct RuleArguments {
  std::string mailbox;
  std::string rule;
  PropertyValues values;
  ChangeOptions options;
  Output output;
};

CLI::App& AddRuleVerb(CommandLine& line, CLI::App& rules, const char* name, const char* help,
                      const std::shared_ptr<RuleArguments>& arguments, bool with_rule = true) {
  CLI::App& verb = *rules.add_subcommand(name, help);
  AddName(line, verb, Kind::kMailbox, arguments->mailbox, "MAILBOX")->required();
  if (!with_rule) return verb;
  verb.add_option("NAME", arguments->rule, "The rule's name")->required()->type_name("");
  AddDryRun(verb, arguments->options);
  AddExpectedVersion(verb, arguments->options);
  return verb;
}

void AddRule(const Client& client, const RuleArguments& a) {
  ChangeObject(client, Kind::kMailbox, a.mailbox, kRules, a.options, [&](Message& message) {
    v1::Mailbox& mailbox = AsMailbox(message);
    if (Find(mailbox, a.rule)) {
      Die(fmt::format("mailbox {} has a rule '{}' already; umctl mailbox rule set changes it",
                      Printable(mailbox.id()), Printable(a.rule)));
    }
    v1::CallAnsweringRule& rule = *mailbox.add_call_answering_rules();
    google::protobuf::FieldMask mask;
    CarryOrDie(a.values, rule, mask);
    rule.set_name(a.rule);
  });
}

void RemoveRule(const Client& client, const RuleArguments& a) {
  ChangeObject(client, Kind::kMailbox, a.mailbox, kRules, a.options, [&](Message& message) {
    v1::Mailbox& mailbox = AsMailbox(message);
    auto& rules = *mailbox.mutable_call_answering_rules();
    FindOrDie(mailbox, a.rule);
    rules.erase(std::find_if(rules.begin(), rules.end(), [&](const v1::CallAnsweringRule& rule) {
      return rule.name() == a.rule;
    }));
  });
}

void EnableRule(const Client& client, const RuleArguments& a, bool enabled) {
  ChangeObject(client, Kind::kMailbox, a.mailbox, kRules, a.options, [&](Message& message) {
    FindOrDie(AsMailbox(message), a.rule).set_enabled(enabled);
  });
}

template <class Rows>
Rows ReadTable(const std::string& file, std::vector<std::string> (*read)(std::istream&, Rows&)) {
  std::istringstream in(ReadWhole(file, kMostTableBytes));
  Rows rows;
  const std::vector<std::string> problems = read(in, rows);
  if (problems.empty()) return rows;
  Die(fmt::format("{} cannot be read:\n  {}", file, absl::StrJoin(problems, "\n  ")));
}

/// What import and export of a table share.
struct TableArguments {
  std::string object;
  std::string file = "-";
  bool other = false;  ///< international rules; the menu after hours
  bool add = false;
  bool force = false;
  ChangeOptions options;
};

CLI::App& AddTableVerb(CommandLine& line, CLI::App& parent, const char* name, const char* help,
                       Kind kind, const char* other, const char* other_help,
                       const std::shared_ptr<TableArguments>& a) {
  CLI::App& verb = *parent.add_subcommand(name, help);
  AddName(line, verb, kind, a->object)->required();
  verb.add_flag(other, a->other, other_help);
  return verb;
}

void AddImport(CLI::App& verb, const std::shared_ptr<TableArguments>& a) {
  verb.add_option("FILE", a->file, "The CSV file; - for standard input")->required()->type_name("");
  verb.add_flag("--add", a->add, "Adds to what is there, instead of taking its place");
  AddDryRun(verb, a->options);
  AddExpectedVersion(verb, a->options);
}

void AddExport(CLI::App& verb, const std::shared_ptr<TableArguments>& a) {
  verb.add_option("-o,--output", a->file, "Where to; - for standard output")->type_name("FILE");
  verb.add_flag("--force", a->force, "Replace a file that exists");
}

template <class Rows>
void Take(Rows& list, const Rows& rows, bool add) {
  if (!add) list.Clear();
  list.MergeFrom(rows);
}

void ImportDialingRules(const Client& client, const TableArguments& a) {
  const auto rules = ReadTable(a.file, ReadDialingRules);
  ChangeObject(client, Kind::kDialPlan, a.object,
               a.other ? "international_rules" : "in_country_or_region_rules", a.options,
               [&](Message& message) {
                 auto& plan = static_cast<v1::DialPlan&>(message);
                 Take(a.other ? *plan.mutable_international_rules()
                              : *plan.mutable_in_country_or_region_rules(),
                      rules, a.add);
               });
}

void ExportDialingRules(const Client& client, const TableArguments& a) {
  const v1::DialPlan plan = client.Get(Kind::kDialPlan, a.object).object().dial_plan();
  WriteWhole(
      a.file,
      DialingRulesCsv(a.other ? plan.international_rules() : plan.in_country_or_region_rules()),
      a.force);
}

void ListDialingRules(const Client& client, const TableArguments& a) {
  const v1::DialPlan plan = client.Get(Kind::kDialPlan, a.object).object().dial_plan();
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const DialingRules& rules, const char* where) {
    for (const v1::DialingRule& rule : rules) {
      rows.push_back({where, Printable(rule.group()), rule.number_mask(), rule.dialed_number(),
                      Printable(rule.comment())});
    }
  };
  add(plan.in_country_or_region_rules(), "in country");
  add(plan.international_rules(), "international");
  if (rows.empty()) {
    fmt::print("Dial plan {} has no dialing rules: only extensions can be called.\n",
               Printable(plan.name()));
    return;
  }
  fputs(Table({"WHERE", "GROUP", "MASK", "DIALS", "COMMENT"}, rows, TerminalWidth()).c_str(),
        stdout);
}

void ImportMenu(const Client& client, const TableArguments& a) {
  const auto menu = ReadTable(a.file, ReadMenu);
  ChangeObject(client, Kind::kAutoAttendant, a.object,
               a.other ? "after_hours_key_mapping" : "business_hours_key_mapping", a.options,
               [&](Message& message) {
                 auto& attendant = static_cast<v1::AutoAttendant&>(message);
                 Take(a.other ? *attendant.mutable_after_hours_key_mapping()
                              : *attendant.mutable_business_hours_key_mapping(),
                      menu, a.add);
               });
}

void ExportMenu(const Client& client, const TableArguments& a) {
  const v1::AutoAttendant attendant =
      client.Get(Kind::kAutoAttendant, a.object).object().auto_attendant();
  WriteWhole(a.file,
             MenuCsv(a.other ? attendant.after_hours_key_mapping()
                             : attendant.business_hours_key_mapping()),
             a.force);
}

}  // namespace

void AddMailboxRules(CLI::App& mailbox, CommandLine& line) {
  CLI::App& rules = *mailbox.add_subcommand("rule", "Call answering rules of a mailbox");
  rules.require_subcommand(1);
  rules.footer(
      "Examples:\n"
      "  umctl mailbox rule add 1001 Travelling --priority 1 \\\n"
      "      --key-mappings '[{key: 1, label: my mobile, find_me: {number: \"+15550100\"}}]'\n"
      "  umctl mailbox rule disable 1001 Travelling");
  const Client& client = line.client;
  const auto verb = [&](const char* name, const char* help, auto run) {
    auto a = std::make_shared<RuleArguments>();
    CLI::App& added = AddRuleVerb(line, rules, name, help, a);
    added.callback([&client, a, run] { run(client, *a); });
    return std::pair(&added, a);
  };
  auto a = std::make_shared<RuleArguments>();
  CLI::App& list = AddRuleVerb(line, rules, "list", "A mailbox' rules, by priority", a, false);
  AddOutput(list, a->output, "As the document has them");
  list.callback([&client, a] { ListRules(client, a->mailbox, a->output); });

  const auto& type = *v1::CallAnsweringRule::descriptor();
  const auto [add, added] = verb("add", "Add a rule", AddRule);
  AddProperties(line, *add, type, false, added->values);
  const auto [set, changed] =
      verb("set", "Change a rule", [](const Client& c, const RuleArguments& arguments) {
        ChangeObject(
            c, Kind::kMailbox, arguments.mailbox, kRules, arguments.options, [&](Message& message) {
              google::protobuf::FieldMask mask;
              CarryOrDie(arguments.values, FindOrDie(AsMailbox(message), arguments.rule), mask);
            });
      });
  AddProperties(line, *set, type, true, changed->values);
  verb("remove", "Remove a rule", RemoveRule);
  verb("enable", "Heed a rule",
       [](const Client& c, const RuleArguments& arguments) { EnableRule(c, arguments, true); });
  verb("disable", "Pass a rule over",
       [](const Client& c, const RuleArguments& arguments) { EnableRule(c, arguments, false); });
}

void AddDialingRules(CLI::App& dial_plan, CommandLine& line) {
  CLI::App& rules = *dial_plan.add_subcommand("rule", "Dialing rules of a dial plan, as CSV");
  rules.require_subcommand(1);
  rules.footer(
      "The file's first line is Name,NumberMask,DialedNumber,Comment. Example:\n"
      "  Local,9xxxxxxx,9*,seven digits\n"
      "Groups are allowed by name in a mailbox policy, an auto attendant or the dial plan:\n"
      "  umctl mailbox-policy set 'Main Default Policy' --add-allowed-in-country-or-region-groups "
      "Local");
  constexpr char kOther[] = "--international";
  constexpr char kOtherHelp[] = "The international rules, not those in the country";
  const Client& client = line.client;
  auto a = std::make_shared<TableArguments>();
  CLI::App& list = *rules.add_subcommand("list", "The rules, in the country and international");
  AddName(line, list, Kind::kDialPlan, a->object)->required();
  list.callback([&client, a] { ListDialingRules(client, *a); });
  a = std::make_shared<TableArguments>();
  CLI::App& in = AddTableVerb(line, rules, "import", "Take the rules of a file", Kind::kDialPlan,
                              kOther, kOtherHelp, a);
  AddImport(in, a);
  in.callback([&client, a] { ImportDialingRules(client, *a); });
  a = std::make_shared<TableArguments>();
  CLI::App& out = AddTableVerb(line, rules, "export", "Write the rules to a file", Kind::kDialPlan,
                               kOther, kOtherHelp, a);
  AddExport(out, a);
  out.callback([&client, a] { ExportDialingRules(client, *a); });
}

void AddMenus(CLI::App& auto_attendant, CommandLine& line) {
  CLI::App& menus = *auto_attendant.add_subcommand("menu", "The keys of a menu, as CSV");
  menus.require_subcommand(1);
  menus.footer(
      "Columns: key, description, extension, auto attendant, prompt file, phrases (a;b), mailbox\n"
      "to leave a message for, mailbox to transfer to. Examples:\n"
      "  1,Orders,,Orders Desk\n"
      "  2,Repairs,2041\n"
      "  timeout,Reception,2000");
  constexpr char kOther[] = "--after-hours";
  constexpr char kOtherHelp[] = "The menu while it is closed, not while it is open";
  const Client& client = line.client;
  auto a = std::make_shared<TableArguments>();
  CLI::App& in = AddTableVerb(line, menus, "import", "Take the menu of a file",
                              Kind::kAutoAttendant, kOther, kOtherHelp, a);
  AddImport(in, a);
  in.callback([&client, a] { ImportMenu(client, *a); });
  a = std::make_shared<TableArguments>();
  CLI::App& out = AddTableVerb(line, menus, "export", "Write the menu to a file",
                               Kind::kAutoAttendant, kOther, kOtherHelp, a);
  AddExport(out, a);
  out.callback([&client, a] { ExportMenu(client, *a); });
}

}  // namespace um::cli

#include "mailbox/cli/options.h"

#include <absl/strings/str_join.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "common/config/rules.h"
#include "common/config/values.h"
#include "mailbox/cli/changes.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

Hint HintFor(const FieldDescriptor& field) {
  const std::string& refers_to = config::RulesOf(field).refers_to();
  if (!refers_to.empty()) return {organisation::KindNamed(refers_to), {}};
  return {std::nullopt, ValuesOf(field)};
}

void AddProperty(CommandLine& line, CLI::App& verb, const FieldDescriptor& field, Edit::What what,
                 const std::string& prefix, const std::string& help, PropertyValues& values) {
  const bool file = config::IsPart(field);
  const CLI::callback_t take = [&values, &field, what, file](const CLI::results_t& given) {
    Edit edit{what, &field, {given.begin(), given.end()}};
    if (file) {
      for (std::string& value : edit.values) value = ValueOrFile(value);
    }
    values.edits.push_back(std::move(edit));
    return true;
  };
  CLI::Option* option = verb.add_option("--" + prefix + Dashed(field.name()), take, help);
  option->type_name(ValueLabel(field))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(config::RulesOf(field).required() ? "Required properties" : "Properties");
  line.hints[option] = HintFor(field);
}

void PrintWarnings(const admin::v1::ChangeResponse& response, const Where& where) {
  if (response.warnings().empty()) return;
  fputs("warning:\n", stderr);
  fputs(ProblemText(response.warnings(), where).c_str(), stderr);
}

bool HasBlockers(const admin::v1::ChangeResponse& response) {
  for (const auto& problem : response.problems()) {
    if (!problem.blockers().empty()) return true;
  }
  return false;
}

bool HasConflict(const admin::v1::ChangeResponse& response) {
  for (const auto& problem : response.problems()) {
    if (problem.current_version() != 0) return true;
  }
  return false;
}

}  // namespace

void AddOutput(CLI::App& verb, Output& output, const char* yaml_help) {
  CLI::Option* json = verb.add_flag("--json", output.json, "For programs, defaults filled in");
  if (yaml_help) verb.add_flag("--yaml", output.yaml, yaml_help)->excludes(json);
}

void AddDryRun(CLI::App& verb, ChangeOptions& options) {
  verb.add_flag("--dry-run", options.dry_run, "Only tell what would happen");
}

void AddExpectedVersion(CLI::App& verb, ChangeOptions& options) {
  verb.add_option("--expected-version", options.expected_version,
                  "Refuse if it has changed since this version, which show --json tells")
      ->type_name("NUMBER");
}

void AddWelcome(CLI::App& verb, admin::v1::Welcome& welcome) {
  CLI::Option* none = verb.add_flag_callback(
      "--no-welcome", [&welcome] { welcome.set_none(true); },
      "Mail no welcome; there is no PIN until one is set or reset");
  verb.add_option_function<std::string>(
          "--notify", [&welcome](const std::string& address) { welcome.set_address(address); },
          "Where the welcome mail with the first PIN goes. Default: the mailbox' own address")
      ->type_name("ADDRESS")
      ->excludes(none);
}

CLI::Option* AddName(CommandLine& line, CLI::App& verb, Kind kind, std::string& name,
                     const char* label) {
  const char* help = kind == Kind::kMailbox ? "Its id, extension or mail address" : "Its name";
  CLI::Option* option = verb.add_option(label, name, help)->type_name("");
  line.hints[option] = {kind, {}};
  return option;
}

void AddProperties(CommandLine& line, CLI::App& verb, const Descriptor& type, bool changes,
                   PropertyValues& values) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!IsOption(field) || (changes && config::RulesOf(field).immutable())) continue;
    AddProperty(line, verb, field, Edit::What::kSet, "", HelpOf(field), values);
    if (!changes || !IsValueList(field)) continue;
    AddProperty(line, verb, field, Edit::What::kAdd, "add-", "Adds to the list.", values);
    AddProperty(line, verb, field, Edit::What::kRemove, "remove-", "Takes out of the list.",
                values);
  }
  if (!changes) return;
  CLI::Option* unset = verb.add_option("--unset", values.unset,
                                       "Gives the property its default again; repeat it, or a,b");
  unset->type_name("PROPERTY")->allow_extra_args(false);
  Hint hint;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const config::v1::Rules& rules = config::RulesOf(field);
    if (IsOption(field) && !rules.immutable() && !rules.required()) {
      hint.values.push_back(Dashed(field.name()));
    }
  }
  line.hints[unset] = std::move(hint);
}

void CarryOrDie(PropertyValues values, google::protobuf::Message& object,
                google::protobuf::FieldMask& mask) {
  std::vector<std::string> problems = AddUnset(values.unset, *object.GetDescriptor(), values.edits);
  for (std::string& problem : Carry(values.edits, object, mask)) {
    problems.push_back(std::move(problem));
  }
  if (!problems.empty()) {
    Die("the command cannot be carried out:\n  " + absl::StrJoin(problems, "\n  "), 2);
  }
}

void DieIfRefused(const Answer& answer, const Where& where, bool cascades) {
  PrintWarnings(answer.response, where);
  if (answer.done) return;
  std::string text =
      "nothing was done, because:\n" + ProblemText(answer.response.problems(), where);
  if (HasBlockers(answer.response)) {
    text += cascades ? "Change or delete these first; --cascade takes along what cannot do without "
                       "it, but never mailboxes.\n"
                     : "Change or delete these first.\n";
  }
  if (HasConflict(answer.response)) text += "Look at what it is now, and try again.\n";
  text.pop_back();
  Die(text);
}

void Commit(const Client& client, const admin::v1::ChangeRequest& request) {
  const Answer answer = client.Change(request);
  const bool deletes =
      std::ranges::any_of(request.operations(), &admin::v1::Operation::has_delete_);
  DieIfRefused(answer, WhereInOptions(request), deletes);
  fputs(DiffText(answer.response.changed(), Coloured()).c_str(), stdout);
  if (answer.response.changed().empty()) {
    puts(request.dry_run() ? "Nothing would change." : "Nothing to change.");
  } else if (request.dry_run()) {
    puts("Dry run: nothing was changed.");
  }
}

}  // namespace um::cli

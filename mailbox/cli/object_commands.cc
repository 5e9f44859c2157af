// The verbs of every kind of object, made from the schema.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "common/config/comments.h"
#include "mailbox/cli/bulk.h"
#include "mailbox/cli/commands.h"
#include "mailbox/cli/objects.h"
#include "mailbox/domain/names.h"

namespace um::cli {
namespace {

/// A kind's examples for help: how to make one, how to change it.
struct Examples {
  const char* create;
  const char* set;
  const char* name;
};
Examples ExamplesOf(Kind kind) {
  switch (kind) {
    case Kind::kDialPlan:
      return {"umctl dial-plan create Main --number-of-digits-in-extension 4",
              "umctl dial-plan set Main --max-call-duration-minutes 40 --operator-extension 1000\n"
              "  umctl dial-plan set Main --add-access-telephone-numbers '+1 425 555 0100'\n"
              "  umctl dial-plan set Main --in-country-or-region-rules @rules.yaml",
              "Main"};
    case Kind::kIpGateway:
      return {"umctl ip-gateway create pbx --networks 192.0.2.10 --dial-plan Main",
              "umctl ip-gateway set pbx --add-networks 192.0.2.11 --ticket required", "pbx"};
    case Kind::kHuntGroup:
      return {
          "umctl hunt-group create sales --ip-gateway pbx --dial-plan Main --pilot-identifier 2000",
          "umctl hunt-group set sales --pilot-identifier 2001", "sales"};
    case Kind::kMailboxPolicy:
      return {"umctl mailbox-policy create Staff --dial-plan Main --min-pin-length 8",
              "umctl mailbox-policy set Staff --pin-lifetime-days unlimited --unset min-pin-length",
              "Staff"};
    case Kind::kAutoAttendant:
      return {"umctl auto-attendant create Reception --dial-plan Main --pilot-identifiers 2100",
              "umctl auto-attendant set Reception --business-hours-key-mapping \\\n"
              "      '[{key: 1, description: Sales, transfer_to_extension: 2041}]' "
              "--business-hours-key-mapping-enabled true",
              "Reception"};
    case Kind::kMailbox:
      return {
          "umctl mailbox create ann --display-name 'Ann Archer' --email ann@example.com \\\n"
          "      --extension 1001 --policy 'Main Default Policy'",
          "umctl mailbox set 1001 --calling-line-ids +14255550123,+14255550124", "1001"};
    case Kind::kPrompt:
      break;
  }
  return {"umctl prompt import dial-plan/Main welcome.wav", "", "dial-plan/Main/welcome.wav"};
}

std::string ExampleText(const std::string& example) { return "Example:\n  " + example; }

void AddList(CLI::App& object, Kind kind, CommandLine& line) {
  CLI::App& list = *object.add_subcommand("list", "All, or some, in a table");
  auto options = std::make_shared<ListOptions>();
  list.add_option("--search", options->search, "Only with this in a name, address or number")
      ->type_name("TEXT");
  list.add_option("--refers-to", options->refers_to,
                  "Only what refers to an object: 'dial-plan Main'")
      ->type_name("'KIND NAME'");
  list.add_option_function<std::string>(
          "-o", [options](const std::string& how) { options->wide = how == "wide"; },
          "wide: more columns")
      ->check(CLI::IsMember({"wide"}))
      ->type_name("wide");
  list.add_option("--limit", options->limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("NUMBER")
      ->capture_default_str();
  list.add_flag("--all", options->all, "All of them");
  if (kind == Kind::kIpGateway) {
    list.add_flag("--simulators", options->simulators, "Test tools too");
  }
  AddOutput(list, options->output, "As a document that umctl apply takes");
  list.footer(fmt::format("Examples:\n  umctl {0} list\n  umctl {0} list --search new -o wide",
                          VerbOf(kind)));
  const Client& client = line.client;
  list.callback([&client, kind, options] { ListObjects(client, kind, *options); });
}

/// What a verb on one object is given.
struct ObjectArguments {
  std::string name;
  std::string to;
  PropertyValues values;
  ChangeOptions options;
  Output output;
  bool cascade = false;
  bool flag = false;
  std::string file;
  std::string policy;
  admin::v1::Welcome welcome;
};
using Arguments = std::shared_ptr<ObjectArguments>;

void AddShow(CLI::App& object, Kind kind, CommandLine& line) {
  auto a = std::make_shared<ObjectArguments>();
  CLI::App& show = *object.add_subcommand("show", "All properties, and what refers to it");
  AddName(line, show, kind, a->name)->required();
  AddOutput(show, a->output, "What is set, as the document has it");
  show.footer(ExampleText(fmt::format("umctl {} show {}", VerbOf(kind), ExamplesOf(kind).name)));
  const Client& client = line.client;
  show.callback([&client, kind, a] { ShowObject(client, kind, a->name, a->output); });
}

/// What is made along with an object, unless it is not wanted.
void AddCompanion(admin::v1::ChangeRequest& request, Kind kind, const ObjectArguments& a) {
  if (kind == Kind::kDialPlan && !a.flag) {
    auto& policy = AddCreate(request, Kind::kMailboxPolicy, domain::DefaultPolicyName(a.name));
    policy.mutable_mailbox_policy()->set_dial_plan(a.name);
  }
  if (kind == Kind::kIpGateway && !a.to.empty()) {
    auto& group = *AddCreate(request, Kind::kHuntGroup, a.name).mutable_hunt_group();
    group.set_ip_gateway(a.name);
    group.set_dial_plan(a.to);
  }
}

void Create(const Client& client, Kind kind, const ObjectArguments& a) {
  admin::v1::ChangeRequest request;
  request.set_dry_run(a.options.dry_run);
  auto& object = AddCreate(request, kind, a.name);
  google::protobuf::FieldMask mask;
  CarryOrDie(a.values, organisation::MutablePartOf(object), mask);
  AddCompanion(request, kind, a);
  *request.mutable_welcome() = a.welcome;
  Commit(client, request);
}

void AddCreateVerb(CLI::App& object, Kind kind, CommandLine& line) {
  auto a = std::make_shared<ObjectArguments>();
  CLI::App& create = *object.add_subcommand("create", "Make one");
  create
      .add_option(kind == Kind::kMailbox ? "ID" : "NAME", a->name,
                  kind == Kind::kMailbox ? "Its id for ever: a mail address or an alias"
                                         : "Its name: 1 to 64 characters")
      ->required()
      ->type_name("");
  if (kind == Kind::kDialPlan) {
    create.add_flag("--no-policy", a->flag, "Do not make the mailbox policy 'NAME Default Policy'");
  }
  if (kind == Kind::kIpGateway) {
    CLI::Option* plan =
        create.add_option("--dial-plan", a->to,
                          "Makes a hunt group of its name too: all its calls belong to this plan");
    plan->type_name("DIAL-PLAN");
    line.hints[plan] = {Kind::kDialPlan, {}};
  }
  AddDryRun(create, a->options);
  if (kind == Kind::kMailbox) AddWelcome(create, a->welcome);
  AddProperties(line, create, TypeOf(kind), false, a->values);
  create.footer(ExampleText(ExamplesOf(kind).create));
  const Client& client = line.client;
  create.callback([&client, kind, a] { Create(client, kind, *a); });
}

void AddSet(CLI::App& object, Kind kind, CommandLine& line) {
  auto a = std::make_shared<ObjectArguments>();
  CLI::App& set = *object.add_subcommand("set", "Change properties");
  AddName(line, set, kind, a->name)->required();
  AddDryRun(set, a->options);
  AddExpectedVersion(set, a->options);
  AddProperties(line, set, TypeOf(kind), true, a->values);
  set.footer("Lists: repeat the option, or a,b. Parts: YAML, or @FILE. Examples:\n  " +
             std::string(ExamplesOf(kind).set));
  const Client& client = line.client;
  set.callback([&client, kind, a] { SetObject(client, kind, a->name, a->values, a->options); });
}

void AddDelete(CLI::App& object, Kind kind, CommandLine& line) {
  auto a = std::make_shared<ObjectArguments>();
  CLI::App& gone = *object.add_subcommand("delete", "Delete it");
  AddName(line, gone, kind, a->name)->required();
  gone.add_flag(
      "--cascade", a->cascade,
      "What cannot do without it goes too (but never a mailbox), and what can gives it up; "
      "else it is refused");
  AddDryRun(gone, a->options);
  AddExpectedVersion(gone, a->options);
  gone.footer(ExampleText(
      fmt::format("umctl {} delete {} --dry-run", VerbOf(kind), ExamplesOf(kind).name)));
  const Client& client = line.client;
  gone.callback([&client, kind, a] {
    const std::string name = kind == Kind::kPrompt
                                 ? Underscored(a->name.substr(0, a->name.find('/'))) +
                                       a->name.substr(std::min(a->name.find('/'), a->name.size()))
                                 : a->name;
    DeleteObject(client, kind, name, a->cascade, a->options);
  });
}

void AddRename(CLI::App& object, Kind kind, CommandLine& line) {
  auto a = std::make_shared<ObjectArguments>();
  CLI::App& rename =
      *object.add_subcommand("rename", "Another name; all that refers to it follows");
  AddName(line, rename, kind, a->name)->required();
  rename.add_option("NEW", a->to, "Its new name")->required()->type_name("");
  AddDryRun(rename, a->options);
  AddExpectedVersion(rename, a->options);
  rename.footer(ExampleText(
      fmt::format("umctl {} rename {} 'New name'", VerbOf(kind), ExamplesOf(kind).name)));
  const Client& client = line.client;
  rename.callback([&client, kind, a] { RenameObject(client, kind, a->name, a->to, a->options); });
}

CLI::App& AddStatusVerb(CLI::App& object, Kind kind, CommandLine& line, const char* name,
                        const char* help, const Arguments& a) {
  CLI::App& verb = *object.add_subcommand(name, help);
  AddName(line, verb, kind, a->name);
  AddDryRun(verb, a->options);
  AddExpectedVersion(verb, a->options);
  return verb;
}

/// `mailbox enable --csv FILE` brings many new ones.
void AddCsv(CLI::App& enable, CommandLine& line, const Arguments& a) {
  enable.add_option("--csv", a->file, "Makes a mailbox of every row of this file")
      ->type_name("FILE");
  CLI::Option* policy =
      enable.add_option("--policy", a->policy, "The policy of people, and of rows without one");
  policy->type_name("MAILBOX-POLICY");
  line.hints[policy] = {Kind::kMailboxPolicy, {}};
  enable.footer(
      "The file's first line names properties; without id, the mail address is it:\n"
      "  id,display_name,email,extension,policy\n"
      "  ann,Ann Archer,ann@example.com,1001,Main Default Policy\n"
      "Up to 100,000 rows and 16 MB are one change, done as a whole or not at all; a larger file\n"
      "is checked as a whole and then done in several. Each user is mailed a welcome with the "
      "first\n"
      "PIN, slowly; umctl queue list shows what waits. Examples:\n"
      "  umctl mailbox enable 1001\n"
      "  umctl mailbox enable --csv people.csv --policy 'Main Default Policy' --dry-run\n"
      "  umctl mailbox enable --from-directory ann bela --policy 'Main Default Policy'");
}

void AddStatusVerbs(CLI::App& object, Kind kind, CommandLine& line) {
  const Client& client = line.client;
  auto a = std::make_shared<ObjectArguments>();
  const bool mailbox = kind == Kind::kMailbox;
  CLI::App& enable =
      AddStatusVerb(object, kind, line, "enable",
                    mailbox ? "Its calls are answered again; or new ones (--csv, --from-directory)"
                            : "It takes calls again",
                    a);
  if (mailbox) AddWelcome(enable, a->welcome);
  if (mailbox) AddCsv(enable, line, a);
  const auto whom = mailbox ? AddFromDirectory(enable) : std::make_shared<PeopleToEnable>();
  enable.callback([&client, kind, a, whom] {
    if (!a->name.empty() + !a->file.empty() + whom->asked() != 1) Die("name one object", 2);
    if (!a->file.empty()) {
      return EnableMailboxes(client, {a->file, a->policy, a->options.dry_run, a->welcome});
    }
    if (whom->asked()) {
      return EnablePeople(client, *whom, a->policy, a->options.dry_run, a->welcome);
    }
    SetStatus(client, kind, a->name, "enabled", a->options, a->welcome);
  });
  auto b = std::make_shared<ObjectArguments>();
  CLI::App& disable = AddStatusVerb(
      object, kind, line, "disable",
      mailbox ? "Its calls are not answered; all it has is kept" : "It takes no calls", b);
  disable.get_option("NAME")->required();
  if (kind == Kind::kIpGateway) {
    disable.add_flag("--no-new-calls", b->flag, "Let calls in progress end");
  }
  disable.callback([&client, kind, b] {
    SetStatus(client, kind, b->name, b->flag ? "no_new_calls" : "disabled", b->options);
  });
}

void AddKind(CLI::App& cli, Kind kind, CommandLine& line) {
  CLI::App& object = *cli.add_subcommand(VerbOf(kind), config::CommentOf(TypeOf(kind)));
  object.require_subcommand(1);
  AddList(object, kind, line);
  AddShow(object, kind, line);
  if (kind == Kind::kPrompt) {
    AddPromptFiles(object, line);
  } else {
    AddCreateVerb(object, kind, line);
    AddSet(object, kind, line);
  }
  if (kind != Kind::kPrompt && kind != Kind::kMailbox) AddRename(object, kind, line);
  if (kind == Kind::kIpGateway || kind == Kind::kAutoAttendant || kind == Kind::kMailbox) {
    AddStatusVerbs(object, kind, line);
  }
  AddDelete(object, kind, line);
  if (kind == Kind::kMailbox) {
    AddMailboxRules(object, line);
    AddMailboxKeeping(object, line);
  }
  if (kind == Kind::kDialPlan) AddDialingRules(object, line);
  if (kind == Kind::kAutoAttendant) AddMenus(object, line);
  object.footer(ExampleText(ExamplesOf(kind).create));
  object.group("Objects");  // last: its verbs would be of this group too
}

}  // namespace

void AddObjectCommands(CLI::App& cli, CommandLine& line) {
  for (const Kind kind : organisation::kKinds) AddKind(cli, kind, line);
}

}  // namespace um::cli

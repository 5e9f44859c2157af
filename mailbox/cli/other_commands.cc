// The command lines of documents, explanations and messages.
#include <CLI/CLI.hpp>

#include "mailbox/cli/bulk.h"
#include "mailbox/cli/commands.h"
#include "mailbox/cli/document.h"
#include "mailbox/cli/explain.h"
#include "mailbox/cli/messages.h"

namespace um::cli {
namespace {

void AddApply(CLI::App& cli, const Client& client) {
  auto options = std::make_shared<ApplyOptions>();
  CLI::App& apply = *cli.add_subcommand("apply", "Make the organisation what a document says");
  apply.add_option("-f,--file", options->file, "The YAML document; - for standard input")
      ->required()
      ->type_name("FILE");
  apply.add_flag("--prune", options->prune, "Delete what the document does not have");
  apply.add_flag("--dry-run", options->dry_run, "Only show the differences");
  apply.add_flag("-y,--yes", options->yes, "Delete without asking");
  AddWelcome(apply, options->welcome);
  apply.footer(
      "Differences are shown first: + is created, ~ changed, - deleted. All is done, or nothing.\n"
      "Applying a document twice changes nothing. Examples:\n"
      "  umctl apply -f organisation.yaml --dry-run\n"
      "  umctl export -o org.yaml; editor org.yaml; umctl apply -f org.yaml --prune");
  apply.callback([&client, options] { ApplyDocument(client, *options); });
}

void AddExport(CLI::App& cli, const Client& client) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App& verb = *cli.add_subcommand("export", "Write the organisation as a document");
  verb.add_option("-o,--output", options->file, "Where to; - for standard output")
      ->type_name("FILE");
  verb.add_flag("--without-audio", options->without_audio, "Leave the prompts' recordings out");
  verb.add_flag("--force", options->force, "Replace a file that exists");
  verb.footer(
      "umctl apply reads it. PINs, users' greetings and contacts are never in it. Example:\n"
      "  umctl export -o organisation.yaml");
  verb.callback([&client, options] { ExportDocument(client, *options); });
}

void AddOrganisation(CLI::App& cli, const Client& client) {
  CLI::App& organisation = *cli.add_subcommand("organisation", "The organisations of this system");
  organisation.require_subcommand(1);
  auto json = std::make_shared<bool>(false);
  CLI::App& list = *organisation.add_subcommand("list", "All of them");
  list.add_flag("--json", *json, "For programs");
  list.callback([&client, json] { ListOrganisations(client, *json); });

  struct Arguments {
    std::string id, display_name;
    bool dry_run = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App& create = *organisation.add_subcommand("create", "A new, empty one");
  create.add_option("ID", a->id, "A short name for ever: letters, digits, - and _")
      ->required()
      ->type_name("");
  create.add_option("--display-name", a->display_name, "As people write it")->type_name("TEXT");
  create.add_flag("--dry-run", a->dry_run, "Only tell what would happen");
  create.footer("Example:\n  umctl organisation create example --display-name 'Example Ltd'");
  create.callback([&client, a] { CreateOrganisation(client, a->id, a->display_name, a->dry_run); });
}

void AddWhy(CLI::App& cli, CommandLine& line) {
  struct Arguments {
    std::string mailbox, feature;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App& why =
      *cli.add_subcommand("why", "What a mailbox can do, and what switches the rest off");
  AddName(line, why, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  why.add_option("FEATURE", a->feature, "One feature only, as the list names it")->type_name("");
  why.add_flag("--json", a->json, "For programs");
  why.footer("Examples:\n  umctl why 1001\n  umctl why 1001 play-on-phone");
  const Client& client = line.client;
  why.callback([&client, a] { ExplainMailbox(client, a->mailbox, a->feature, a->json); });
}

void AddNumber(CLI::App& cli, CommandLine& line) {
  struct Arguments {
    std::string plan, number, mailbox, auto_attendant;
    bool calling = false, json = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App& number = *cli.add_subcommand("number", "What becomes of telephone numbers");
  number.require_subcommand(1);
  CLI::App& test = *number.add_subcommand("test", "Step by step, what becomes of a number");
  AddName(line, test, Kind::kDialPlan, a->plan, "PLAN")->required();
  test.add_option("NUMBER", a->number, "The number")->required()->type_name("");
  CLI::Option* calling =
      test.add_flag("--calling", a->calling, "It calls, instead of being dialled");
  CLI::Option* mailbox = AddName(line, test, Kind::kMailbox, a->mailbox, "--as-mailbox")
                             ->description("The user who dials: the policy of this mailbox counts")
                             ->type_name("MAILBOX");
  AddName(line, test, Kind::kAutoAttendant, a->auto_attendant, "--as-auto-attendant")
      ->description("A caller of this auto attendant dials")
      ->type_name("NAME")
      ->excludes(mailbox)
      ->excludes(calling);
  mailbox->excludes(calling);
  test.add_flag("--json", a->json, "For programs");
  test.footer(
      "Without --as-..., it is a caller of an access number who has not signed in. Examples:\n"
      "  umctl number test Main 0014255550123 --as-mailbox 1001\n"
      "  umctl number test Main +14255550123 --calling");
  const Client& client = line.client;
  test.callback([&client, a] {
    admin::v1::TestNumberRequest request;
    request.set_dial_plan(a->plan);
    request.set_number(a->number);
    request.set_calling(a->calling);
    if (!a->mailbox.empty()) request.set_mailbox(a->mailbox);
    if (!a->auto_attendant.empty()) request.set_auto_attendant(a->auto_attendant);
    TestNumber(client, request, a->json);
  });
}

void AddAudit(CLI::App& cli, CommandLine& line) {
  struct Arguments {
    std::string kind, name, since;
    uint32_t limit = 100;
    bool all = false, json = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App& audit = *cli.add_subcommand("audit", "Who changed what, newest first");
  CLI::Option* kind = audit.add_option("--kind", a->kind, "Only objects of a kind");
  kind->type_name("KIND");
  for (const Kind each : organisation::kKinds) line.hints[kind].values.push_back(VerbOf(each));
  std::vector<std::string> kinds = line.hints[kind].values;
  kind->check(CLI::IsMember(kinds));
  kind->type_name("KIND");
  audit.add_option("--name", a->name, "Only this object")->type_name("NAME")->needs(kind);
  audit.add_option("--since", a->since, "30min, 2h, 3d, or a time: 2026-01-31T12:00:00Z")
      ->type_name("TIME");
  audit.add_option("--limit", a->limit, "At most so many changes")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("NUMBER")
      ->capture_default_str();
  audit.add_flag("--all", a->all, "All of them");
  audit.add_flag("--json", a->json, "For programs");
  audit.footer("Examples:\n  umctl audit --since 2h\n  umctl audit --kind mailbox --name ann");
  const Client& client = line.client;
  audit.callback([&client, a] {
    admin::v1::ListAuditRequest request;
    request.set_kind(Underscored(a->kind));
    request.set_name(a->name);
    ShowAudit(client, request, a->since, a->all ? 0 : a->limit, a->json);
  });
}

}  // namespace

void AddDocumentCommands(CLI::App& cli, CommandLine& line) {
  AddOrganisation(cli, line.client);
  AddApply(cli, line.client);
  AddExport(cli, line.client);
}

void AddExplainCommands(CLI::App& cli, CommandLine& line) {
  AddWhy(cli, line);
  AddNumber(cli, line);
  AddAudit(cli, line);
}

void AddMessageCommands(CLI::App& cli, CommandLine& line) {
  const Client& client = line.client;
  CLI::App& message = *cli.add_subcommand("message", "See, fetch, mark and delete messages");
  message.require_subcommand(1);

  struct Arguments {
    std::string mailbox, id, file, format;
    uint32_t limit = 100;
    bool json = false, force = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App& list = *message.add_subcommand("list", "The messages of a mailbox, newest first");
  AddName(line, list, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  list.add_option("--limit", a->limit, "At most so many")
      ->check(CLI::Range(1, 1000))
      ->type_name("NUMBER")
      ->capture_default_str();
  list.add_flag("--json", a->json, "For programs");
  list.footer("Example:\n  umctl message list 1001");
  list.callback([&client, a] { ListMessages(client, a->mailbox, a->limit, a->json); });

  CLI::App& fetch = *message.add_subcommand("fetch", "A message's recording, or its mail");
  fetch.add_option("ID", a->id, "The message's id, as umctl message list shows it")
      ->required()
      ->type_name("");
  fetch
      .add_option("-o,--output", a->file,
                  "FILE.wav: as recorded; FILE.mp3; FILE.eml: the mail; - for standard output")
      ->required()
      ->type_name("FILE");
  fetch.add_option("--format", a->format, "wav, mp3 or eml, if the file's name does not say")
      ->check(CLI::IsMember({"wav", "mp3", "eml"}))
      ->type_name("FORMAT");
  fetch.add_flag("--force", a->force, "Replace a file that exists");
  fetch.footer("Example:\n  umctl message fetch 01KEZF7C00Z0G76XXPQJPKWS3W -o message.wav");
  fetch.callback([&client, a] { FetchMessage(client, a->id, a->file, a->format, a->force); });

  AddMessageRead(message, line);
  AddMessageDelete(message, line);

  CLI::App& status = *cli.add_subcommand("status", "How the node is: calls, recordings, mail");
  status.add_flag("--json", a->json, "For programs");
  status.callback([&client, a] { ShowStatus(client, a->json); });
}

}  // namespace um::cli

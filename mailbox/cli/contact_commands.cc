// The command lines of users' contacts: `umctl contact import|list|clear|test`.
#include <CLI/CLI.hpp>

#include "mailbox/cli/commands.h"
#include "mailbox/cli/contacts.h"

namespace um::cli {
namespace {

struct Arguments {
  std::string mailbox, text;
  bool dry_run = false, json = false;
};

void AddImport(CLI::App& contact, CommandLine& line) {
  const auto a = std::make_shared<Arguments>();
  CLI::App& import =
      *contact.add_subcommand("import", "Take a vCard file instead of what there is");
  AddName(line, import, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  import.add_option("FILE", a->text, "vCard 2.1, 3.0 or 4.0; at most 5 MB; - for standard input")
      ->required()
      ->type_name("");
  import.add_flag("--dry-run", a->dry_run, "Only tell what would be taken");
  import.footer(
      "Address books export such files (.vcf): Outlook, Google, iCloud, Nextcloud, telephones. "
      "All\n"
      "of them in one file, 10,000 at most. Again and again, from cron, keeps them fresh. What "
      "was\n"
      "left out is told with its line. Examples:\n"
      "  umctl contact import 1001 contacts.vcf\n"
      "  curl -sfn https://cloud.example.com/.../contacts/?export | umctl contact import ann -");
  import.callback(
      [&client = line.client, a] { ImportContacts(client, a->mailbox, a->text, a->dry_run); });
}

void AddList(CLI::App& contact, CommandLine& line) {
  const auto options = std::make_shared<ContactsOptions>();
  CLI::App& list = *contact.add_subcommand("list", "Whom the user knows");
  AddName(line, list, Kind::kMailbox, options->mailbox, "MAILBOX")->required();
  list.add_option("--search", options->search, "Only with this in a name, number or address")
      ->type_name("TEXT");
  list.add_option("--limit", options->limit, "At most so many")
      ->check(CLI::Range(1, 10'000))
      ->type_name("NUMBER")
      ->capture_default_str();
  list.add_flag("--all", options->all, "All of them");
  list.add_flag("--json", options->json, "For programs");
  list.footer("Example:\n  umctl contact list 1001 --search archer");
  list.callback([&client = line.client, options] { ListContacts(client, *options); });
}

void AddClear(CLI::App& contact, CommandLine& line) {
  const auto a = std::make_shared<Arguments>();
  CLI::App& clear = *contact.add_subcommand("clear", "Remove all of them");
  AddName(line, clear, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  clear.add_flag("--dry-run", a->dry_run, "Only tell how many there are");
  clear.footer("Example:\n  umctl contact clear 1001");
  clear.callback([&client = line.client, a] { ClearContacts(client, a->mailbox, a->dry_run); });
}

void AddTest(CLI::App& contact, CommandLine& line) {
  const auto a = std::make_shared<Arguments>();
  CLI::App& test = *contact.add_subcommand("test", "Whom a number or SIP address belongs to");
  AddName(line, test, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  test.add_option("NUMBER", a->text, "As the gateway sends it")->required()->type_name("");
  test.add_flag("--json", a->json, "For programs");
  test.footer(
      "Users of the organisation (umctl number test PLAN NUMBER --calling) and people of its\n"
      "directory (umctl directory show NUMBER) go before contacts. Examples:\n"
      "  umctl contact test 1001 +14255550123\n"
      "  umctl contact test 1001 bob@example.net");
  test.callback([&client = line.client, a] { TestContact(client, a->mailbox, a->text, a->json); });
}

}  // namespace

void AddContactCommands(CLI::App& cli, CommandLine& line) {
  CLI::App& contact = *cli.add_subcommand("contact", "By what names users know their callers");
  contact.require_subcommand(1);
  AddImport(contact, line);
  AddList(contact, line);
  AddClear(contact, line);
  AddTest(contact, line);
}

}  // namespace um::cli

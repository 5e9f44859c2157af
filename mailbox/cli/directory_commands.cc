// The command lines of directories.
#include <CLI/CLI.hpp>

#include "mailbox/cli/commands.h"
#include "mailbox/cli/directory.h"

namespace um::cli {
namespace {

void AddPeopleList(CLI::App& directory, const Client& client) {
  auto options = std::make_shared<PeopleOptions>();
  CLI::App& list = *directory.add_subcommand("list", "The people of the directory, by name");
  list.add_option("--search", options->search, "Only with this in a name, address or number")
      ->type_name("TEXT");
  list.add_flag("--without-mailbox", options->without_mailbox, "Only who has no mailbox");
  list.add_option("--limit", options->limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("NUMBER")
      ->capture_default_str();
  list.add_flag("--all", options->all, "All of them");
  list.add_flag("--json", options->json, "For programs");
  list.footer("Example:\n  umctl directory list --search archer --without-mailbox");
  list.callback([&client, options] { ListPeople(client, *options); });
}

void AddPerson(CLI::App& directory, const Client& client) {
  struct Arguments {
    std::string person;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App& show = *directory.add_subcommand("show", "One person");
  show.add_option("PERSON", a->person, "By alias, mail address, name, telephone number or id")
      ->required()
      ->type_name("");
  show.add_flag("--json", a->json, "For programs");
  show.footer("Examples:\n  umctl directory show ann\n  umctl directory show '+1 425 555 1001'");
  show.callback([&client, a] { ShowPerson(client, a->person, a->json); });
}

}  // namespace

std::shared_ptr<PeopleToEnable> AddFromDirectory(CLI::App& enable) {
  auto whom = std::make_shared<PeopleToEnable>();
  CLI::Option* people =
      enable.add_option("--from-directory", whom->people, "Makes mailboxes for people of LDAP");
  people->type_name("PERSON...");
  enable.add_flag("--everybody", whom->everybody, "Makes one for everybody of LDAP who has none")
      ->excludes(people);
  const auto for_one = [&](const char* name, std::string& value, const char* help) {
    enable.add_option(name, value, help)->type_name("TEXT")->needs(people);
  };
  for_one("--extension", whom->extension, "Of one person; else the end of the telephone number");
  for_one("--sip-resource-identifier", whom->sip_resource_identifier, "Of one person");
  for_one("--id", whom->id, "Of one person; else the alias");
  return whom;
}

void AddDirectoryCommands(CLI::App& cli, CommandLine& line) {
  const Client& client = line.client;
  CLI::App& directory = *cli.add_subcommand("directory", "People as the LDAP directory has them");
  directory.require_subcommand(1);
  directory.footer(
      "Mailboxes for them: umctl mailbox enable --from-directory ann --policy 'Main Default "
      "Policy'.\nA mailbox with a directory_id follows that person's name and mail address. Which "
      "servers are\nasked is said in um-mailbox.yaml (directories).");
  AddPeopleList(directory, client);
  AddPerson(directory, client);

  auto full = std::make_shared<bool>(false);
  CLI::App& refresh = *directory.add_subcommand("refresh", "Ask the directory now");
  refresh.add_flag("--full", *full, "Read everybody, not only what has changed");
  refresh.callback([&client, full] { RefreshDirectory(client, *full); });

  auto json = std::make_shared<bool>(false);
  CLI::App& status =
      *directory.add_subcommand("status", "How old the copy is, and mailboxes to look at");
  status.add_flag("--json", *json, "For programs");
  status.callback([&client, json] { ShowDirectories(client, *json); });
}

}  // namespace um::cli

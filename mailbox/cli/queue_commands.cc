// The command lines of `umctl queue`.
#include <CLI/CLI.hpp>

#include "mailbox/cli/commands.h"
#include "mailbox/cli/queue.h"

namespace um::cli {
namespace {

struct Arguments {
  QueueListOptions list;
  std::string id, address;
  bool all_failed = false;
};

CLI::Option* AddId(CLI::App& verb, std::string& id) {
  return verb.add_option("ID", id, "The mail's id, as umctl queue list shows it")->type_name("");
}

}  // namespace

void AddQueueCommands(CLI::App& cli, CommandLine& line) {
  const Client& client = line.client;
  CLI::App& queue = *cli.add_subcommand("queue", "What waits to be mailed, and what cannot be");
  queue.require_subcommand(1);
  auto a = std::make_shared<Arguments>();

  CLI::App& list = *queue.add_subcommand("list", "All of it, oldest first");
  list.add_flag("--failed", a->list.failed, "Only what the mail system refuses");
  list.add_option("--limit", a->list.limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("NUMBER")
      ->capture_default_str();
  list.add_flag("--all", a->list.all, "All of them");
  list.add_flag("--json", a->list.json, "For programs");
  list.footer("Examples:\n  umctl queue list\n  umctl queue list --failed");
  list.callback([&client, a] { ListQueue(client, a->list); });

  CLI::App& show =
      *queue.add_subcommand("show", "One mail: for whom, how often tried, and why not");
  AddId(show, a->id)->required();
  show.add_flag("--json", a->list.json, "For programs");
  show.footer("Example:\n  umctl queue show 01KEZF7C00Z0G76XXPQJPKWS3W");
  show.callback([&client, a] { ShowQueueItem(client, a->id, a->list.json); });

  CLI::App& retry = *queue.add_subcommand("retry", "Try again now");
  CLI::Option* id = AddId(retry, a->id);
  retry.add_flag("--all-failed", a->all_failed, "All that the mail system refused")->excludes(id);
  retry.footer(
      "A mail with a PIN gets another PIN each time. Examples:\n"
      "  umctl queue retry 01KEZF7C00Z0G76XXPQJPKWS3W\n  umctl queue retry --all-failed");
  retry.callback([&client, a] {
    if (a->id.empty() != a->all_failed) Die("name one mail, or say --all-failed", 2);
    RetryQueue(client, a->id);
  });

  CLI::App& redirect = *queue.add_subcommand("redirect", "Send it to another address");
  AddId(redirect, a->id)->required();
  redirect.add_option("ADDRESS", a->address, "Where to")->required()->type_name("");
  redirect.footer(
      "This mail alone; umctl mailbox set --email is for all to come. Example:\n"
      "  umctl queue redirect 01KEZF7C00Z0G76XXPQJPKWS3W ann@example.net");
  redirect.callback([&client, a] { RedirectQueueItem(client, a->id, a->address); });
}

}  // namespace um::cli

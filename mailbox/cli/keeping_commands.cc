// The command lines of usage, erasure and backups.
#include <CLI/CLI.hpp>

#include "mailbox/cli/commands.h"
#include "mailbox/cli/keeping.h"

namespace um::cli {
namespace {

struct ErasureArguments {
  std::string mailbox;
  std::vector<std::string> ids;
  ErasureOptions options;
};

void AddReason(CLI::App& verb, ErasureOptions& options) {
  verb.add_option("--reason", options.reason, "Why, for the audit; not what was said")
      ->type_name("TEXT");
  verb.add_flag("-y,--yes", options.yes, "Without asking");
}

}  // namespace

void AddMessageDelete(CLI::App& message, CommandLine& line) {
  auto a = std::make_shared<ErasureArguments>();
  CLI::App& gone = *message.add_subcommand("delete", "Delete messages for good, delivered or not");
  gone.add_option("ID", a->ids, "Messages' ids, as umctl message list shows them")
      ->required()
      ->type_name("");
  AddReason(gone, a->options);
  gone.footer(
      "Voxpost's own copies go: record, recording, place in the queue. The audit keeps who, when,\n"
      "why and the ids. What the mail system has is deleted there. Example:\n"
      "  umctl message delete 01KEZF7C00Z0G76XXPQJPKWS3W --reason 'asked for by the caller'");
  const Client& client = line.client;
  gone.callback([&client, a] { DeleteMessages(client, a->ids, a->options); });
}

void AddMailboxKeeping(CLI::App& mailbox, CommandLine& line) {
  const Client& client = line.client;
  struct Usage {
    std::string mailbox;
    bool json = false;
  };
  auto u = std::make_shared<Usage>();
  CLI::App& usage = *mailbox.add_subcommand("usage", "How full it is");
  AddName(line, usage, Kind::kMailbox, u->mailbox)->required();
  usage.add_flag("--json", u->json, "For programs");
  usage.footer(
      "Voxpost's own copies of voice messages count until they are deleted: "
      "message_retention_days\n"
      "after the mail system took them. Example:\n  umctl mailbox usage 1001");
  usage.callback([&client, u] { ShowUsage(client, u->mailbox, u->json); });

  auto a = std::make_shared<ErasureArguments>();
  CLI::App& erase = *mailbox.add_subcommand(
      "erase", "Delete its messages for good, delivered or not, greetings and contacts");
  AddName(line, erase, Kind::kMailbox, a->mailbox)->required();
  erase.add_option("--before", a->options.before, "Only those left before: 90d, or a time")
      ->type_name("TIME");
  AddReason(erase, a->options);
  erase.add_flag("--dry-run", a->options.dry_run, "Only tell how many there are");
  erase.footer(
      "Voxpost's own copies go, and, without --before, what the user has recorded for callers and\n"
      "the contacts. The mailbox stays, and so does what the mail system has. A mailbox that was\n"
      "deleted is named by its id. A call in progress leaves its message afterwards.\n"
      "Examples:\n"
      "  umctl mailbox erase 1001 --reason 'ticket 4711'\n"
      "  umctl mailbox erase ann --before 90d --dry-run");
  erase.callback([&client, a] { EraseMailbox(client, a->mailbox, a->options); });
}

void AddBackupCommands(CLI::App& cli, CommandLine& line) {
  CLI::App& backup = *cli.add_subcommand("backup", "Back up and restore the embedded store");
  backup.require_subcommand(1);
  struct Arguments {
    std::string folder, data_directory;
  };
  auto a = std::make_shared<Arguments>();
  const auto folder = [&](CLI::App& verb, const char* help) {
    verb.add_option("FOLDER", a->folder, help)->required()->type_name("");
  };
  CLI::App& create = *backup.add_subcommand("create", "Make one, while the node goes on");
  folder(create, "A folder that does not exist yet, where the node's own user may write");
  create.footer(
      "It has everything of one moment: messages, recordings, the queue, organisations, PINs, "
      "keys;\n"
      "not the configuration files. With PostgreSQL use pg_dump. Example, for cron:\n"
      "  umctl backup create /var/backups/voxpost/$(date +%F)");
  const Client& client = line.client;
  create.callback([&client, a] { CreateBackup(client, a->folder); });

  CLI::App& verify = *backup.add_subcommand("verify", "Read one whole; needs no node");
  folder(verify, "The backup");
  verify.callback([a] { VerifyBackup(a->folder); });

  CLI::App& restore = *backup.add_subcommand("restore", "Make a node's data directory of one");
  folder(restore, "The backup");
  restore.add_option("--data-directory", a->data_directory, "What um-mailbox.yaml calls so; empty")
      ->required()
      ->type_name("PATH");
  restore.footer(
      "um-mailbox must be stopped. What mail took after the backup was made is mailed once more, "
      "and\n"
      "what was erased after it is there again. Example:\n"
      "  umctl backup restore /var/backups/voxpost/2026-01-31 --data-directory /var/lib/voxpost");
  restore.callback([a] { RestoreBackup(a->folder, a->data_directory); });
}

}  // namespace um::cli

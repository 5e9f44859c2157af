// umctl: what an administrator asks of a running um-mailbox.
#include <CLI/CLI.hpp>

#include "common/base/version.h"
#include "mailbox/cli/commands.h"

namespace {

using um::cli::Client;

void AddMessage(CLI::App& cli, const Client& client) {
  CLI::App* message = cli.add_subcommand("message", "See and fetch messages");
  message->require_subcommand(1);

  static std::string extension;
  static uint32_t limit = 100;
  static bool json = false;
  CLI::App* list = message->add_subcommand("list", "The messages of a mailbox, newest first");
  list->add_option("EXTENSION", extension, "The mailbox' extension")->required();
  list->add_option("--limit", limit, "At most so many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  list->add_flag("--json", json, "As JSON");
  list->callback([&client] { um::cli::ListMessages(client, extension, limit, json); });

  static std::string id, file, format;
  static bool force = false;
  CLI::App* fetch = message->add_subcommand("fetch", "A message's recording, or its mail");
  fetch->add_option("ID", id, "The message's id, as `umctl message list` shows it")->required();
  fetch
      ->add_option("-o,--output", file,
                   "FILE.wav: as recorded; FILE.mp3; FILE.eml: the mail; - for standard output")
      ->required();
  fetch->add_option("--format", format, "wav, mp3 or eml, if the file's name does not say")
      ->check(CLI::IsMember({"wav", "mp3", "eml"}));
  fetch->add_flag("--force", force, "Replace a file that exists");
  fetch->callback([&client] { um::cli::FetchMessage(client, id, file, format, force); });
}

void AddStatus(CLI::App& cli, const Client& client) {
  static bool json = false;
  CLI::App* status = cli.add_subcommand("status", "How the node is: calls, recordings, mail");
  status->add_flag("--json", json, "As JSON");
  status->callback([&client] { um::cli::ShowStatus(client, json); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli("Asks a running um-mailbox on this machine about its messages and its state.");
  Client client{"/run/voxpost/admin.sock"};
  cli.add_option("--socket", client.socket, "The node's admin_socket")
      ->envname("VOXPOST_SOCKET")
      ->capture_default_str();
  cli.set_version_flag("--version", std::string("umctl ") + um::kVersion);
  cli.require_subcommand(1);
  cli.footer(
      "Examples:\n"
      "  umctl status\n"
      "  umctl message list 1001\n"
      "  umctl message fetch 01KEZF7C00Z0G76XXPQJPKWS3W -o message.wav");
  AddMessage(cli, client);
  AddStatus(cli, client);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  }
  return 0;
}

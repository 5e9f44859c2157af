// The command lines of `umctl message read|unread` and `umctl mwi`.
#include <CLI/CLI.hpp>

#include "mailbox/cli/commands.h"
#include "mailbox/cli/lamps.h"

namespace um::cli {
namespace {

struct Arguments {
  std::string mailbox, gateway;
  std::vector<std::string> ids;
  bool all = false, json = false;
};

CLI::Option* AddIds(CLI::App& verb, std::vector<std::string>& ids) {
  return verb.add_option("ID", ids, "Messages' ids, as umctl message list shows them")
      ->type_name("");
}

}  // namespace

void AddMessageRead(CLI::App& message, CommandLine& line) {
  const Client& client = line.client;
  auto a = std::make_shared<Arguments>();
  CLI::App& read = *message.add_subcommand("read", "Mark messages as heard");
  CLI::Option* ids = AddIds(read, a->ids);
  AddName(line, read, Kind::kMailbox, a->mailbox, "--all")
      ->description("All messages of a mailbox")
      ->type_name("MAILBOX")
      ->excludes(ids);
  read.footer(
      "The lamp of the user's telephone goes out with the last new message. Examples:\n"
      "  umctl message read 01KEZF7C00Z0G76XXPQJPKWS3W\n  umctl message read --all 1001");
  read.callback([&client, a] {
    if (a->ids.empty() == a->mailbox.empty()) Die("name messages, or say --all MAILBOX", 2);
    MarkMessages(client, a->ids, a->mailbox, true);
  });

  CLI::App& unread = *message.add_subcommand("unread", "Mark messages as new again");
  AddIds(unread, a->ids)->required();
  unread.footer("Example:\n  umctl message unread 01KEZF7C00Z0G76XXPQJPKWS3W");
  unread.callback([&client, a] { MarkMessages(client, a->ids, "", false); });
}

void AddLampCommands(CLI::App& cli, CommandLine& line) {
  const Client& client = line.client;
  CLI::App& mwi = *cli.add_subcommand("mwi", "Message lamps: what telephones are told");
  mwi.require_subcommand(1);
  auto a = std::make_shared<Arguments>();

  CLI::App& show = *mwi.add_subcommand("show", "What waits, what was told last, and what is next");
  AddName(line, show, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  show.add_flag("--json", a->json, "For programs");
  show.footer("Example:\n  umctl mwi show 1001");
  show.callback([&client, a] { ShowLamp(client, a->mailbox, a->json); });

  CLI::App& refresh = *mwi.add_subcommand("refresh", "Tell lamps once more, now");
  CLI::Option* mailbox = AddName(line, refresh, Kind::kMailbox, a->mailbox, "MAILBOX");
  CLI::Option* gateway = AddName(line, refresh, Kind::kIpGateway, a->gateway, "--gateway")
                             ->description("Those of the dial plans that this gateway serves")
                             ->type_name("GATEWAY")
                             ->excludes(mailbox);
  refresh.add_flag("--all", a->all, "All of them")->excludes(mailbox)->excludes(gateway);
  refresh.footer(
      "Every lamp is refreshed every six hours anyway, and when a gateway answers again. "
      "Examples:\n"
      "  umctl mwi refresh 1001\n  umctl mwi refresh --gateway pbx");
  refresh.callback([&client, a] {
    if (a->mailbox.empty() && a->gateway.empty() && !a->all) {
      Die("name a mailbox, or say --gateway GATEWAY or --all", 2);
    }
    RefreshLamps(client, a->mailbox, a->gateway, a->all);
  });
}

}  // namespace um::cli

// The command line of tokens.
#include <CLI/CLI.hpp>
#include <ctime>

#include "mailbox/cli/commands.h"
#include "mailbox/cli/explain.h"
#include "mailbox/cli/tokens.h"

namespace um::cli {

void AddTokens(CLI::App& cli) {
  CLI::App& token = *cli.add_subcommand("token", "Tokens for administration over the network");
  token.require_subcommand(1);
  auto a = std::make_shared<NewToken>();
  CLI::App& make = *token.add_subcommand("new", "Make one; no node is asked");
  make.add_option("NAME", a->name, "Whose it is: the grants of um-mailbox.yaml name it")
      ->required()
      ->type_name("");
  make.add_option("--expires", a->expires, "12h, 90d, 52w, or a time: 2027-01-31T12:00:00Z")
      ->type_name("TIME");
  make.add_option("-o,--output", a->file, "Write the token to a file instead of showing it")
      ->type_name("FILE");
  make.add_flag("--json", a->json, "For programs");
  make.footer(
      "The node's tokens_file takes the line, which is a hash: it tells nobody the token. A new\n"
      "line counts at once; a line that is taken out ends its token. Example:\n"
      "  umctl token new helpdesk --expires 90d -o helpdesk.token");
  make.callback([a] {
    if (!a->expires.empty()) {
      const auto time = UntilTime(a->expires, std::time(nullptr));
      if (!time) Die("--expires wants 12h, 90d, or a time like 2027-01-31T12:00:00Z", 2);
      a->expires = *time;
    }
    MakeToken(*a);
  });
}

}  // namespace um::cli

// umctl: what an administrator asks of a running um-mailbox, and tells it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>

#include "common/base/status.h"
#include "common/base/version.h"
#include "mailbox/cli/commands.h"
#include "mailbox/cli/help.h"
#include "mailbox/cli/terminal.h"

namespace {

constexpr char kFirstSteps[] =
    "First steps, from nothing to the first mailbox:\n"
    "  umctl organisation create example --display-name 'Example Ltd'\n"
    "  umctl dial-plan create Main --number-of-digits-in-extension 4\n"
    "  umctl ip-gateway create pbx --networks 192.0.2.10 --dial-plan Main\n"
    "  umctl mailbox create ann --display-name 'Ann Archer' --email ann@example.com \\\n"
    "      --extension 1001 --policy 'Main Default Policy' --no-welcome\n"
    "  umctl mailbox show 1001\n"
    "192.0.2.10 stands for your PBX. Let it send the calls that 1001 does not answer to um-proxy,\n"
    "leave a message, and see it: umctl message list 1001\n"
    "\n"
    "Every command has --help with its options and examples; umctl COMMAND --help lists more.\n"
    "What is the same for every command may stand in ~/.config/voxpost/umctl.yaml (socket, "
    "server,\n"
    "ca, cert, key, token_file, organisation).\n"
    "Changing commands have --dry-run. Exit status: 0 done, 1 failed, 2 asked wrongly.";

void AddGlobals(CLI::App& cli, um::cli::Client& client) {
  const auto add = [&](const char* name, const char* variable, std::string& value, const char* type,
                       const std::string& help) {
    return cli.add_option(name, value, help + " (or " + variable + ")")
        ->envname(variable)
        ->type_name(type);
  };
  um::cli::Reach& reach = client.reach;
  CLI::Option* socket = add("--socket", "VOXPOST_SOCKET", reach.socket, "PATH",
                            "A node here: its admin_socket, usually /run/voxpost/admin.sock");
  add("--server", "VOXPOST_SERVER", reach.server, "HOST:PORT", "A node elsewhere, by TLS")
      ->excludes(socket);
  add("--ca", "VOXPOST_CA", reach.ca, "FILE", "The CA of its certificate; default: the system's");
  add("--cert", "VOXPOST_CERT", reach.certificate, "FILE", "Who you are: your certificate");
  add("--key", "VOXPOST_KEY", reach.key, "FILE", "The certificate's key");
  add("--token-file", "VOXPOST_TOKEN_FILE", reach.token_file, "FILE",
      "Who you are: a file with your token");
  cli.add_option("--organisation", client.organisation,
                 "Which organisation, by id (or VOXPOST_ORGANISATION); needless if there is one")
      ->envname("VOXPOST_ORGANISATION")
      ->type_name("ID");
  cli.set_version_flag("--version", std::string("umctl ") + um::kVersion, "Print the version");
}

/// What is wrong with the command line, on standard error. @return the exit status
int Explain(const CLI::App& cli, const CLI::ParseError& error) {
  const CLI::App& verb = um::cli::Reached(cli);
  const auto remaining = cli.remaining(true);
  std::string path;
  for (const CLI::App* app = &verb; app; app = app->get_parent()) {
    path = app->get_name() + (path.empty() ? "" : " " + path);
  }
  if (!remaining.empty()) {
    fprintf(stderr, "umctl: %s\n", um::cli::UnknownText(verb, remaining.front()).c_str());
  } else if (verb.get_require_subcommand_min() > 0 && verb.get_subcommands().empty()) {
    path.resize(path.size() - verb.get_name().size());
    if (path.ends_with(' ')) path.pop_back();
    fputs(verb.help(path).c_str(), stderr);
    return 2;
  } else {
    fprintf(stderr, "umctl: %s\n", error.what());
  }
  fprintf(stderr, "%s --help tells more\n", path.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_DFL);
  CLI::App cli("Manages a running um-mailbox: its organisation, its messages, its state.", "umctl");
  const size_t width = um::cli::TerminalWidth();
  cli.formatter(um::cli::MakeHelp(width ? std::clamp<size_t>(width, 60, 120) : 100));
  cli.set_help_flag("-h,--help", "Print this help");
  cli.get_formatter()->label("Positionals", "Arguments");
  cli.group("Commands");
  cli.fallthrough();
  cli.require_subcommand(1);
  um::cli::CommandLine line;
  const absl::Status configured =
      um::cli::ReadConfiguration(line.client.reach, line.client.organisation);
  if (!configured.ok()) um::cli::Die(um::Message(configured), 2);
  AddGlobals(cli, line.client);
  AddDocumentCommands(cli, line);
  AddObjectCommands(cli, line);
  AddDirectoryCommands(cli, line);
  AddPinCommands(cli, line);
  AddGreetingCommands(cli, line);
  AddContactCommands(cli, line);
  AddExplainCommands(cli, line);
  AddMessageCommands(cli, line);
  AddLampCommands(cli, line);
  AddBackupCommands(cli, line);
  AddQueueCommands(cli, line);
  AddCallCommands(cli, line);
  um::cli::AddTokens(cli);
  AddCompletion(cli, line);
  cli.footer(kFirstSteps);  // last: commands take over the footer there is when they are made
  try {
    cli.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return cli.exit(asked);
  } catch (const CLI::ParseError& error) {
    return Explain(cli, error);
  }
  return 0;
}

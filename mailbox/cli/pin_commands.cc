// The command lines of PINs: `umctl pin show|reset|lock|unlock`.
#include <CLI/CLI.hpp>

#include "mailbox/cli/commands.h"
#include "mailbox/cli/pins.h"

namespace um::cli {
namespace {

void AddShow(CLI::App& pin, CommandLine& line) {
  struct Arguments {
    std::string mailbox;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  CLI::App& show =
      *pin.add_subcommand("show", "How a PIN is: age, lock, wrong ones; never the PIN");
  AddName(line, show, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  show.add_flag("--json", a->json, "For programs");
  show.footer("Example:\n  umctl pin show 1001");
  const Client& client = line.client;
  show.callback([&client, a] { ShowPin(client, a->mailbox, a->json); });
}

void AddReset(CLI::App& pin, CommandLine& line) {
  auto a = std::make_shared<PinReset>();
  CLI::App& reset = *pin.add_subcommand(
      "reset", "Another PIN; unlocks the mailbox, too. It is mailed, unless shown or given here");
  AddName(line, reset, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  CLI::Option* given =
      reset.add_option("--pin", a->pin,
                       "This PIN; it is not mailed. - reads it from standard input, or asks for it "
                       "twice without showing it. Digits on the command line can be seen by "
                       "everybody on this machine (ps), and stay in the shell's history");
  given->type_name("DIGITS");
  CLI::Option* generate =
      reset.add_flag_function("--generate", [](int64_t) {}, "A PIN by the policy: the default");
  CLI::Option* change =
      reset.add_option("--must-change", a->must_change,
                       "Whether the user must choose another PIN at the next sign-in; a generated "
                       "one must always be changed");
  change->type_name("true|false")->needs(given)->default_str("true");
  line.hints[change].values = {"true", "false"};
  CLI::Option* notify =
      reset.add_option("--notify", a->notify, "Mail it to this address, not to the mailbox' own");
  CLI::Option* no_mail =
      reset.add_flag("--no-mail", a->no_mail, "Mail nothing: with --show or --pin");
  CLI::Option* show =
      reset.add_flag("--show", a->show, "Print the generated PIN, once, instead of mailing it");
  notify->type_name("ADDRESS")->excludes(given)->excludes(no_mail)->excludes(show);
  given->excludes(generate)->excludes(show);
  reset.add_flag("--dry-run", a->dry_run, "Only tell whether it could be done");
  reset.add_flag("--json", a->json, "For programs");
  reset.footer(
      "The PIN there was is void at once. Examples:\n"
      "  umctl pin reset 1001\n"
      "  umctl pin reset 1001 --notify ann@home.example.com\n"
      "  umctl pin reset 1001 --show\n"
      "  umctl pin reset 1001 --pin - --must-change false");
  const Client& client = line.client;
  reset.callback([&client, a] { ResetPin(client, *a); });
}

void AddLock(CLI::App& pin, CommandLine& line, bool locked) {
  struct Arguments {
    std::string mailbox;
    bool dry_run = false;
  };
  auto a = std::make_shared<Arguments>();
  const std::string name = locked ? "lock" : "unlock";
  CLI::App& verb = *pin.add_subcommand(
      name, locked ? "No PIN opens the mailbox any more" : "The PIN opens the mailbox again");
  AddName(line, verb, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  verb.add_flag("--dry-run", a->dry_run, "Only tell whether it could be done");
  verb.footer("Example:\n  umctl pin " + name + " 1001");
  const Client& client = line.client;
  verb.callback([&client, a, locked] { LockPin(client, a->mailbox, locked, a->dry_run); });
}

}  // namespace

void AddPinCommands(CLI::App& cli, CommandLine& line) {
  CLI::App& pin = *cli.add_subcommand("pin", "PINs, by which users open their mailboxes by phone");
  pin.require_subcommand(1);
  AddShow(pin, line);
  AddReset(pin, line);
  AddLock(pin, line, true);
  AddLock(pin, line, false);
  pin.footer("Who did what to a PIN: umctl audit --kind mailbox --name ann");
}

}  // namespace um::cli

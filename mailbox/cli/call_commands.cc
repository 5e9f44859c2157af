// The command lines of `umctl call` and `umctl trace`.
#include <CLI/CLI.hpp>

#include "mailbox/cli/calls.h"
#include "mailbox/cli/commands.h"

namespace um::cli {
namespace {

struct Arguments {
  CallListOptions list;
  std::string name;
};

void AddName(CLI::App& verb, std::string& name) {
  verb.add_option("CALL", name, "Its id, its trace id or its SIP Call-ID")
      ->required()
      ->type_name("");
}

}  // namespace

void AddCallCommands(CLI::App& cli, CommandLine& line) {
  const Client& client = line.client;
  CLI::App& call = *cli.add_subcommand("call", "What became of calls");
  call.require_subcommand(1);
  auto a = std::make_shared<Arguments>();

  CLI::App& list = *call.add_subcommand("list", "Calls that are over, newest first");
  list.add_option("--mailbox", a->list.mailbox, "Of one user")->type_name("MAILBOX");
  list.add_option("--since", a->list.since, "30min, 2h, 3d, or a time: 2026-01-31T12:00:00Z")
      ->type_name("TIME");
  list.add_option("--limit", a->list.limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("NUMBER")
      ->capture_default_str();
  list.add_flag("--json", a->list.json, "For programs");
  list.footer("Examples:\n  umctl call list --since 2h\n  umctl call list --mailbox 1001");
  list.callback([&client, a] { ListCalls(client, a->list); });

  CLI::App& show = *call.add_subcommand("show", "One call: who, why, how it ended, how it sounded");
  AddName(show, a->name);
  show.add_flag("--json", a->list.json, "For programs");
  show.footer("Example:\n  umctl call show 01KEZF7C00Z0G76XXPQJPKWS3W");
  show.callback([&client, a] { ShowCall(client, a->name, a->list.json); });

  CLI::App& active = *call.add_subcommand("active", "Calls in progress on this node");
  active.add_flag("--json", a->list.json, "For programs");
  active.footer("Example:\n  umctl call active");
  active.callback([&client, a] { ListActiveCalls(client, a->list.json); });

  CLI::App& trace = *cli.add_subcommand("trace", "What happened in a call, step by step");
  AddName(trace, a->name);
  trace.add_flag("--json", a->list.json, "For programs");
  trace.footer("Example:\n  umctl trace 9f3a1b00-e7d1f6a4-1c8f2@192.0.2.10");
  trace.callback([&client, a] { TraceCall(client, a->name, a->list.json); });
}

}  // namespace um::cli

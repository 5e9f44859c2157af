// The command lines of users' own greetings: `umctl greeting set|list|fetch|remove|away`.
#include <CLI/CLI.hpp>

#include "mailbox/cli/commands.h"
#include "mailbox/cli/greetings.h"

namespace um::cli {
namespace {

using Change = std::shared_ptr<GreetingChange>;

/// One of a few values.
void AddChoice(CommandLine& line, CLI::App& verb, const char* label, std::string& value,
               const std::vector<std::string>& values, const char* help) {
  CLI::Option* choice =
      verb.add_option(label, value, help)->required()->check(CLI::IsMember(values))->type_name("");
  line.hints[choice].values = values;
}
/// MAILBOX RECORDING
void AddRecording(CommandLine& line, CLI::App& verb, const Change& change) {
  AddName(line, verb, Kind::kMailbox, change->mailbox, "MAILBOX")->required();
  AddChoice(line, verb, "RECORDING", change->kind, {"personal", "away", "name"},
            "personal, away or name");
}

void AddSet(CLI::App& greeting, CommandLine& line) {
  const auto a = std::make_shared<GreetingChange>();
  CLI::App& set = *greeting.add_subcommand("set", "Take a recording from a file");
  AddRecording(line, set, a);
  set.add_option("FILE", a->file, "WAV, MP3, Ogg (Opus, Vorbis), FLAC or GSM; at most 10 MB")
      ->required()
      ->type_name("");
  set.add_flag("--dry-run", a->dry_run, "Only tell whether it could be taken");
  set.footer(
      "It is made as loud as the system's prompts, and the silence around it is cut off. "
      "Greetings\n"
      "are as long as the policy's max_greeting_duration_minutes at most, names 10 s. After a\n"
      "greeting the system says how to leave a message; what 0 does (operator_number) the "
      "greeting\n"
      "must say itself. Examples:\n"
      "  umctl greeting set 1001 personal greeting.mp3\n"
      "  umctl greeting set 1001 name ann.wav");
  set.callback([&client = line.client, a] { SetGreeting(client, *a); });
}

void AddList(CLI::App& greeting, CommandLine& line) {
  struct Arguments {
    std::string mailbox;
    bool json = false;
  };
  const auto a = std::make_shared<Arguments>();
  CLI::App& list = *greeting.add_subcommand("list", "What is recorded, and what callers hear");
  AddName(line, list, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  list.add_flag("--json", a->json, "For programs");
  list.footer("Example:\n  umctl greeting list 1001");
  list.callback([&client = line.client, a] { ListGreetings(client, a->mailbox, a->json); });
}

void AddFetch(CLI::App& greeting, CommandLine& line) {
  const auto a = std::make_shared<GreetingChange>();
  CLI::App& fetch = *greeting.add_subcommand("fetch", "Write a recording to a file");
  AddRecording(line, fetch, a);
  fetch.add_option("-o,--output", a->file, "Where to; default: RECORDING.wav here")
      ->type_name("FILE");
  fetch.add_flag("--force", a->force, "Replace a file that exists");
  fetch.footer("As callers hear it, in G.711. Example:\n  umctl greeting fetch 1001 personal");
  fetch.callback([&client = line.client, a] { FetchGreeting(client, *a); });
}

void AddRemove(CLI::App& greeting, CommandLine& line) {
  const auto a = std::make_shared<GreetingChange>();
  CLI::App& remove = *greeting.add_subcommand("remove", "Delete a recording");
  AddRecording(line, remove, a);
  remove.add_flag("--dry-run", a->dry_run, "Only tell whether it could be done");
  remove.footer("Example:\n  umctl greeting remove 1001 personal");
  remove.callback([&client = line.client, a] { RemoveGreeting(client, *a); });
}

void AddAway(CLI::App& greeting, CommandLine& line) {
  const auto a = std::make_shared<GreetingChange>();
  CLI::App& away = *greeting.add_subcommand("away", "Whether callers hear the away greeting");
  AddName(line, away, Kind::kMailbox, a->mailbox, "MAILBOX")->required();
  AddChoice(line, away, "STATE", a->state, {"on", "off"}, "on or off");
  away.add_option("--until", a->until, "When it ends by itself: 12h, 14d, or a time")
      ->type_name("TIME");
  away.add_flag("--dry-run", a->dry_run, "Only tell whether it could be done");
  away.footer(
      "Without a recorded away greeting callers hear what they would otherwise. Examples:\n"
      "  umctl greeting away 1001 on --until 2026-12-31T18:00:00Z\n"
      "  umctl greeting away 1001 off");
  away.callback([&client = line.client, a] { SetAway(client, *a); });
}

}  // namespace

void AddGreetingCommands(CLI::App& cli, CommandLine& line) {
  CLI::App& greeting = *cli.add_subcommand("greeting", "What users have recorded for callers");
  greeting.require_subcommand(1);
  AddSet(greeting, line);
  AddList(greeting, line);
  AddFetch(greeting, line);
  AddRemove(greeting, line);
  AddAway(greeting, line);
}

}  // namespace um::cli

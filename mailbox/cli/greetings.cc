#include "mailbox/cli/greetings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "mailbox/cli/explain.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

constexpr size_t kMostFileBytes = 10'000'000;

std::string Heard(const v1::OwnGreetings& own) {
  if (own.heard() == "away") return "the away greeting";
  if (own.heard() == "personal") return "the personal greeting";
  for (const auto& each : own.recordings()) {
    if (each.kind() == "name") return "the system greeting with the recorded name";
  }
  return "the system greeting";
}

std::string AwayText(const v1::OwnGreetings& own) {
  if (!own.away()) return "off";
  if (own.away_until().empty()) return "on, until it is switched off";
  return fmt::format("on, until {} UTC", Time(own.away_until()));
}

/// After a change, and before one that is only tried.
void Tell(const v1::OwnGreetings& own, const std::string& done, bool dry_run) {
  const std::string mailbox = Printable(own.mailbox());
  if (dry_run) {
    fmt::print("{}: it could be done. Dry run: nothing was changed.\n", mailbox);
  } else {
    fmt::print("{}: {}. Callers hear {}.\n", mailbox, done, Heard(own));
  }
}

}  // namespace

void ListGreetings(const Client& client, const std::string& mailbox, bool json) {
  const v1::OwnGreetings own = client.Greetings(mailbox);
  if (json) return static_cast<void>(fputs(ToApiJson(own).c_str(), stdout));
  fmt::print("mailbox  {}\n", Printable(own.mailbox()));
  fmt::print("heard    {}\n", Heard(own));
  fmt::print("away     {}\n", AwayText(own));
  if (own.recordings().empty()) return static_cast<void>(puts("Nothing is recorded."));
  std::vector<std::vector<std::string>> rows;
  for (const auto& each : own.recordings()) {
    rows.push_back({each.kind(), Duration(each.length_ms()), Time(each.recorded()),
                    Printable(each.recorded_by())});
  }
  fputs(Table({"RECORDING", "LENGTH", "RECORDED (UTC)", "BY"}, rows, TerminalWidth()).c_str(),
        stdout);
}

void SetGreeting(const Client& client, const GreetingChange& change) {
  v1::SetGreetingRequest request;
  request.set_mailbox(change.mailbox);
  request.set_kind(change.kind);
  request.set_file(ReadWhole(change.file, kMostFileBytes));
  request.set_dry_run(change.dry_run);
  const v1::OwnGreetings own = client.SetGreeting(request);
  std::string length;
  for (const auto& each : own.recordings()) {
    if (each.kind() == change.kind) length = Duration(each.length_ms());
  }
  Tell(own, fmt::format("the recording \"{}\" is {} long", change.kind, length), change.dry_run);
}

void FetchGreeting(const Client& client, const GreetingChange& change) {
  const std::string file = change.file.empty() ? change.kind + ".wav" : change.file;
  if (file == "-" && isatty(STDOUT_FILENO)) {
    Die("this would put sound on your terminal; name a file with -o", 2);
  }
  WriteWhole(file, client.FetchGreeting(change.mailbox, change.kind), change.force);
  if (file != "-") fmt::print("{}\n", Printable(file));
}

void RemoveGreeting(const Client& client, const GreetingChange& change) {
  v1::RemoveGreetingRequest request;
  request.set_mailbox(change.mailbox);
  request.set_kind(change.kind);
  request.set_dry_run(change.dry_run);
  Tell(client.RemoveGreeting(request), fmt::format("the recording \"{}\" is removed", change.kind),
       change.dry_run);
}

void SetAway(const Client& client, const GreetingChange& change) {
  v1::SetAwayRequest request;
  request.set_mailbox(change.mailbox);
  request.set_away(change.state == "on");
  request.set_dry_run(change.dry_run);
  if (!change.until.empty()) {
    if (!request.away()) Die("--until says when away ends that is switched on", 2);
    const auto until = UntilTime(change.until, std::time(nullptr));
    if (!until) Die("--until wants 12h, 14d, or a time like 2026-12-31T18:00:00Z", 2);
    request.set_until(*until);
  }
  const v1::OwnGreetings own = client.SetAway(request);
  Tell(own, "away is " + AwayText(own), change.dry_run);
}

}  // namespace um::cli

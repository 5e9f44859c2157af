#include "mailbox/cli/lamps.h"

#include <fmt/format.h>

#include <cstdio>

#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

std::string Count(const v1::WaitingCount& count) {
  std::string text = fmt::format("{} new, {} heard", count.unheard(), count.heard());
  const uint64_t urgent = count.urgent_unheard() + count.urgent_heard();
  if (urgent > 0) {
    text += fmt::format("; urgent: {} new, {} heard", count.urgent_unheard(), count.urgent_heard());
  }
  return text;
}

std::string Told(const v1::Lamp& lamp) {
  if (lamp.told().empty()) return "nothing yet";
  return fmt::format("{}, to {} at {} UTC ({})", Count(lamp.told_count()),
                     Printable(lamp.told_gateway()), Time(lamp.told()), lamp.told_status());
}

std::string Next(const v1::Lamp& lamp) {
  if (lamp.next().empty()) return "the node has not looked at this mailbox yet";
  if (lamp.under_way()) return "being told now";
  const std::string when = Time(lamp.next()) + " UTC";
  if (!lamp.pending()) return "refreshed at " + when;
  if (lamp.attempts() == 0) return "the change is told at " + when;
  return fmt::format("the change is told at {}, after {} {} in vain", when, lamp.attempts(),
                     lamp.attempts() == 1 ? "attempt" : "attempts");
}

}  // namespace

void MarkMessages(const Client& client, const std::vector<std::string>& ids,
                  const std::string& mailbox, bool heard) {
  v1::MarkMessagesRequest request;
  for (const std::string& id : ids) request.add_ids(id);
  request.set_mailbox(mailbox);
  request.set_heard(heard);
  const uint64_t changed = client.MarkMessages(request).changed();
  const char* state = heard ? "heard" : "new";
  if (changed == 0) return fmt::print("Nothing changed: all of it was {} already.\n", state);
  fmt::print("{} {} {} now.\n", Thousands(changed), changed == 1 ? "message is" : "messages are",
             state);
}

void ShowLamp(const Client& client, const std::string& mailbox, bool json) {
  const v1::Lamp lamp = client.GetLamp(mailbox);
  if (json) return static_cast<void>(fputs(ToApiJson(lamp).c_str(), stdout));
  const auto line = [](const char* what, const std::string& value) {
    fmt::print("{:<14} {}\n", what, value);
  };
  line("mailbox", Printable(lamp.mailbox()));
  line("messages", Count(lamp.now()));
  for (const std::string& path : lamp.paths()) line("by way of", Printable(path));
  if (!lamp.blocked().empty()) line("NOT TOLD", Printable(lamp.blocked()));
  line("was told", Told(lamp));
  line("next", Next(lamp));
  if (!lamp.last_error().empty()) line("last error", Printable(lamp.last_error()));
}

void RefreshLamps(const Client& client, const std::string& mailbox, const std::string& gateway,
                  bool all) {
  v1::RefreshLampsRequest request;
  if (!mailbox.empty()) request.set_mailbox(mailbox);
  if (!gateway.empty()) request.set_ip_gateway(gateway);
  if (all) request.set_all(true);
  const uint64_t lamps = client.RefreshLamps(request).lamps();
  fmt::print("{} {} told once more, at the pace of lamps.per_second.\n", Thousands(lamps),
             lamps == 1 ? "lamp is" : "lamps are");
}

}  // namespace um::cli

#include "mailbox/cli/messages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "mailbox/cli/directory.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

std::string Caller(const v1::Message& message) {
  const std::string number =
      message.caller_number().empty() ? "withheld" : Printable(message.caller_number());
  return message.caller_name().empty()
             ? number
             : fmt::format("{} ({})", Printable(message.caller_name()), number);
}

std::string State(const v1::Message& message) {
  std::string state = message.state();
  if (state == "stored" && message.attempts() > 0) {
    state = fmt::format("stored, tried {}: {}", Times(message.attempts()),
                        Printable(message.last_error()));
  } else if (state == "undeliverable") {
    state += ": " + Printable(message.last_error());
  }
  return state;
}

/// Whether its user has heard it, and whether it is urgent; missed calls are neither.
std::string Mark(const v1::Message& message) {
  if (message.kind() != "voice") return "";
  return std::string(message.heard().empty() ? "new" : "heard") +
         (message.important() ? ", urgent" : "");
}

v1::Format FormatOf(const std::string& format, const std::string& file) {
  const size_t dot = file.rfind('.');
  const std::string name = !format.empty()            ? format
                           : dot == std::string::npos ? ""
                                                      : file.substr(dot + 1);
  if (name == "wav") return v1::FORMAT_WAV;
  if (name == "mp3") return v1::FORMAT_MP3;
  if (name == "eml") return v1::FORMAT_EML;
  Die("the file's name must end in .wav, .mp3 or .eml, or --format must say which", 2);
}

}  // namespace

void ListMessages(const Client& client, const std::string& mailbox, uint32_t limit, bool json) {
  const v1::ListMessagesResponse response = client.List(mailbox, limit);
  if (json) return static_cast<void>(fputs(ToApiJson(response).c_str(), stdout));
  if (response.messages().empty()) {
    printf("Mailbox %s has no messages.\n", Printable(mailbox).c_str());
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Message& message : response.messages()) {
    const bool voice = message.kind() == "voice";
    rows.push_back({message.id(), Time(message.started()),
                    voice ? Duration(message.duration_ms()) : "missed", Mark(message),
                    Caller(message), State(message)});
  }
  fputs(Table({"ID", "TIME (UTC)", "LENGTH", "MARK", "CALLER", "STATE"}, rows, TerminalWidth())
            .c_str(),
        stdout);
}

void FetchMessage(const Client& client, const std::string& id, const std::string& file,
                  const std::string& format, bool force) {
  const v1::Format wanted = FormatOf(format, file);
  if (file == "-") {
    if (isatty(STDOUT_FILENO) && wanted != v1::FORMAT_EML) {
      Die("this would put sound on your terminal; name a file with -o", 2);
    }
    return WriteWhole(file, client.Fetch(id, wanted).content(), force);
  }
  if (!force && access(file.c_str(), F_OK) == 0) {
    Die(fmt::format("{} exists; --force replaces it", file));
  }
  const std::string content = client.Fetch(id, wanted).content();
  WriteWhole(file, content, force);
  printf("%s: %zu bytes\n", file.c_str(), content.size());
}

void ShowStatus(const Client& client, bool json) {
  const v1::GetStatusResponse s = client.GetStatus();
  if (json) return static_cast<void>(fputs(ToApiJson(s).c_str(), stdout));
  fmt::print("node           {} (um-mailbox {}), up {}\n", s.node(), s.version(),
             Age(s.uptime_s()));
  fmt::print("calls          {} of at most {}\n", s.calls(), s.max_calls());
  fmt::print("mailboxes      {}, organisation read {} UTC\n", s.mailboxes(),
             Time(s.routing_loaded()));
  fmt::print("recordings     {}\n",
             s.spool_healthy() ? "kept safely"
                               : "NOT SAFE: the disk is full or failing, calls are refused");
  fmt::print(
      "mail           {} waiting, {} of them after failures; {} delivered; {} undeliverable\n",
      s.queued(), s.retrying(), s.delivered(), s.undeliverable());
  fmt::print("notices        {} waiting; {} undeliverable (welcome mails, new PINs)\n",
             s.notices_queued(), s.notices_undeliverable());
  ShowDirectoriesBriefly(client);
}

}  // namespace um::cli

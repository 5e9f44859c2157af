#include "mailbox/cli/keeping.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <filesystem>

#include "common/base/status.h"
#include "mailbox/cli/explain.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/terminal.h"
#include "mailbox/store/backup.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

std::string Messages(uint64_t count) {
  return count == 1 ? "1 message" : Thousands(count) + " messages";
}

std::string Greetings(uint64_t count) {
  return count == 1 ? "1 greeting" : Thousands(count) + " greetings";
}

std::string Contacts(uint64_t count) {
  return count == 1 ? "1 contact" : Thousands(count) + " contacts";
}

/// "3 messages", "3 messages, 1 greeting, the away switch, 12 contacts".
std::string What(const v1::ErasureResponse& response) {
  std::string what = Messages(response.erased());
  if (response.greetings() > 0) what += ", " + Greetings(response.greetings());
  if (response.away()) what += ", the away switch";
  if (response.contacts() > 0) what += ", " + Contacts(response.contacts());
  return what;
}

std::string Bytes(uint64_t bytes) {
  const auto mb = static_cast<double>(bytes) / 1e6;
  return mb < 1000 ? fmt::format("{:.1f} MB", mb) : fmt::format("{:.1f} GB", mb / 1000);
}

void MakeSure(const std::string& question, bool yes) {
  if (yes) return;
  if (!CanAsk()) Die("this deletes messages, and there is nobody to ask: add --yes");
  if (!Ask(question)) Die("nothing was done");
}

void Tell(const v1::ErasureResponse& response) {
  fmt::print("Erased {}.\n", What(response));
  if (response.under_way() > 0) {
    fmt::print("{} being handed to the mail system at that moment, and may arrive there.\n",
               response.under_way() == 1 ? "1 was" : fmt::format("{} were", response.under_way()));
  }
  puts(response.audited()
           ? "umctl audit has the proof. What the mail system took is there still, and backups "
             "made\n"
             "before have their copies."
           : "This organisation is of the configuration and has no audit: the node's log has the\n"
             "proof. What the mail system took is there still, and backups have their copies.");
}

/// An absolute path: the node does not know where umctl was called.
std::string Absolute(const std::string& folder) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(folder, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // it ended with a slash
  return path.string();
}

store::BackupSize OrDie(const absl::StatusOr<store::BackupSize>& size) {
  if (!size.ok()) Die(Printable(Message(size.status())));
  return *size;
}

}  // namespace

void ShowUsage(const Client& client, const std::string& mailbox, bool json) {
  const v1::Usage usage = client.GetUsage(mailbox);
  if (json) return static_cast<void>(fputs(ToApiJson(usage).c_str(), stdout));
  const auto of = [](uint64_t most, const std::string& text) {
    return most == 0 ? std::string("no limit") : "at most " + text;
  };
  fmt::print("mailbox        {}{}\n", Printable(usage.mailbox()),
             usage.full() ? " IS FULL: callers are told so, and leave missed calls" : "");
  fmt::print("messages       {}, {}\n", Thousands(usage.messages()),
             of(usage.max_messages(), Thousands(usage.max_messages())));
  fmt::print("audio          {}, {}\n", Duration(usage.audio_seconds() * 1000),
             of(usage.max_audio_seconds(), Duration(usage.max_audio_seconds() * 1000)));
}

void DeleteMessages(const Client& client, const std::vector<std::string>& ids,
                    const ErasureOptions& options) {
  MakeSure(fmt::format("Delete {} for good, delivered or not?", Messages(ids.size())), options.yes);
  v1::DeleteMessagesRequest request;
  for (const std::string& id : ids) request.add_ids(id);
  request.set_reason(options.reason);
  const v1::ErasureResponse response = client.DeleteMessages(request);
  Tell(response);
  if (response.erased() < ids.size()) {
    Die(fmt::format("{} of them {} not there", ids.size() - response.erased(),
                    ids.size() - response.erased() == 1 ? "was" : "were"));
  }
}

void EraseMailbox(const Client& client, const std::string& mailbox, const ErasureOptions& options) {
  v1::EraseMailboxRequest request;
  request.set_mailbox(mailbox);
  request.set_reason(options.reason);
  if (!options.before.empty()) {
    const auto time = SinceTime(options.before, std::time(nullptr));
    if (!time) Die("--before wants 12h, 90d, or a time like 2026-01-31T12:00:00Z", 2);
    request.set_before(*time);
  }
  request.set_dry_run(true);
  const v1::ErasureResponse planned = client.EraseMailbox(request);
  const bool nothing = planned.erased() == 0 && planned.greetings() == 0 && !planned.away() &&
                       planned.contacts() == 0;
  if (nothing) {
    fmt::print("Mailbox {} has no such messages.\n", Printable(planned.mailbox()));
    return;
  }
  const std::string waiting =
      planned.undelivered() == 0
          ? ""
          : fmt::format(", {} of which the mail system has not taken", planned.undelivered());
  if (options.dry_run) {
    fmt::print("Dry run: would erase {} of mailbox {}{}.\n", What(planned),
               Printable(planned.mailbox()), waiting);
    return;
  }
  MakeSure(fmt::format("Erase {} of mailbox {}{}?", What(planned), Printable(planned.mailbox()),
                       waiting),
           options.yes);
  request.set_dry_run(false);
  Tell(client.EraseMailbox(request));
}

void CreateBackup(const Client& client, const std::string& folder) {
  const std::string path = Absolute(folder);
  const v1::CreateBackupResponse made = client.CreateBackup(path);
  fmt::print(
      "{}: {} files, {}. Keep it as safe as the node's own disk: it has messages and keys.\n",
      Printable(path), Thousands(made.files()), Bytes(made.bytes()));
}

void VerifyBackup(const std::string& folder) {
  const store::BackupSize size = OrDie(store::Verify(Absolute(folder)));
  fmt::print("{} is whole: {} files, {}.\n", Printable(folder), Thousands(size.files),
             Bytes(size.bytes));
}

void RestoreBackup(const std::string& folder, const std::string& data_directory) {
  const auto restored = store::Restore(Absolute(folder), Absolute(data_directory));
  if (absl::IsUnavailable(restored.status())) {
    Die(Printable(Message(restored.status())) +
        ".\n  Stop um-mailbox first: systemctl stop um-mailbox");
  }
  if (restored.status().code() == absl::StatusCode::kFailedPrecondition) {
    Die(Printable(Message(restored.status())) +
        ".\n  Stop um-mailbox, move what is there to another folder, and try again.");
  }
  const store::BackupSize size = OrDie(restored);
  fmt::print("{}: {} files, {}. Start um-mailbox on it.\n", Printable(data_directory),
             Thousands(size.files), Bytes(size.bytes));
}

}  // namespace um::cli

// um-mailbox: answers calls, records, keeps and mails messages.
#include <fmt/format.h>

#include "common/base/status.h"
#include "common/config/load.h"
#include "common/log/log.h"
#include "common/process/process.h"
#include "mailbox/app.h"

namespace um {
namespace {

using config::v1::MailboxNode;

const process::Program kProgram{
    .name = "um-mailbox",
    .what = "answers calls for mailboxes, records messages, keeps them safe and mails them.",
    .config = "/etc/voxpost/um-mailbox.yaml"};

absl::StatusOr<MailboxNode> Load(const std::string& path) {
  MailboxNode config;
  UM_RETURN_IF_ERROR(config::LoadFile(path, config));
  UM_ASSIGN_OR_RETURN(config, WithDefaults(std::move(config), path));
  if (!config.log_level().empty() && !log::SetLevel(config.log_level())) {
    return absl::InvalidArgumentError(path + ": log_level: must be debug, info, warning or error");
  }
  return config;
}

int Fail(const absl::Status& status, int exit_status) {
  process::Complain(kProgram, status);
  return exit_status;
}

/// A call needs its RTP and RTCP sockets, its spool file and perhaps a connection; what the process
/// has besides calls is the rest.
void AllowFiles(uint32_t max_calls) {
  const uint64_t needed = uint64_t{4} * max_calls + 500;
  const uint64_t allowed = process::RaiseOpenFileLimit();
  if (allowed < needed) {
    log::Warning("files.limited", {{"allowed", allowed}, {"needed", needed}});
  }
}

int Run(const MailboxNode& config) {
  process::Signals signals;
  AllowFiles(config.max_calls());
  async::EpollLoop loop;
  auto app = App::Start(loop, config);
  if (!app.ok()) return Fail(app.status(), process::kFailed);
  signals.Run(loop, [&] { (*app)->Drain(); });
  app->reset();
  log::Info("mailbox.stopped");
  return 0;
}

int Main(int argc, char** argv) {
  const auto asked = process::ReadCommandLine(argc, argv, kProgram);
  if (const int* status = std::get_if<int>(&asked)) return *status;
  const auto& line = std::get<process::CommandLine>(asked);
  log::SetProgram(kProgram.name);
  const auto config = Load(line.config);
  if (!config.ok()) return Fail(config.status(), process::kMisguided);
  if (!line.check_only) return Run(*config);
  fmt::print("{} is good\n", line.config);
  return 0;
}

}  // namespace
}  // namespace um

int main(int argc, char** argv) { return um::Main(argc, argv); }

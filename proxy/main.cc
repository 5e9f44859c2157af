// um-proxy: tells every diverted call which mailbox node to go to.
#include <fmt/format.h>

#include "common/log/log.h"
#include "common/process/process.h"
#include "proxy/app.h"

namespace um::proxy {
namespace {

const process::Program kProgram{.name = "um-proxy",
                                .what = "tells every diverted call which mailbox node to go to.",
                                .config = "/etc/voxpost/um-proxy.yaml"};

int Fail(const absl::Status& status, int exit_status) {
  process::Complain(kProgram, status);
  return exit_status;
}

int Run(const Config& config) {
  process::Signals signals;
  process::RaiseOpenFileLimit();
  async::EpollLoop loop;
  auto app = App::Start(loop, config);
  if (!app.ok()) return Fail(app.status(), process::kFailed);
  signals.Run(loop, [&] { (*app)->Drain(); });
  app->reset();
  log::Info("proxy.stopped");
  return 0;
}

int Main(int argc, char** argv) {
  const auto asked = process::ReadCommandLine(argc, argv, kProgram);
  if (const int* status = std::get_if<int>(&asked)) return *status;
  const auto& line = std::get<process::CommandLine>(asked);
  const auto config = LoadConfig(line.config);
  if (!config.ok()) return Fail(config.status(), process::kMisguided);
  if (line.check_only) {
    fmt::print("{} is good\n", line.config);
    return 0;
  }
  log::SetProgram(kProgram.name);
  log::SetLevel(config->log_level);
  return Run(*config);
}

}  // namespace
}  // namespace um::proxy

int main(int argc, char** argv) { return um::proxy::Main(argc, argv); }

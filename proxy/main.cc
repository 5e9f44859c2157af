// um-proxy: tells every diverted call which mailbox node to go to.
#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "common/base/status.h"
#include "common/log/log.h"
#include "proxy/app.h"

namespace um::proxy {
namespace {

// Blocked in every thread, so that only the descriptor tells of them. Before any thread is started.
int OpenSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int Run(const Config& config) {
  const int signals = OpenSignals();
  async::EpollLoop loop;
  auto app = App::Start(loop, config);
  if (!app.ok()) {
    fmt::print(stderr, "um-proxy: {}\n", Message(app.status()));
    return 1;
  }
  int stops = 0;
  auto watch = loop.Add(signals, EPOLLIN, [&](uint32_t) {
    signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != sizeof info) return;
    log::Info("stop.requested", {{"signal", info.ssi_signo}});
    ++stops == 1 ? (*app)->Drain() : loop.Stop();  // the second time means now
  });
  loop.Run();
  watch.Reset();
  app->reset();
  close(signals);
  log::Info("proxy.stopped");
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App command("um-proxy: tells every diverted call which mailbox node to go to.");
  std::string file = "/etc/voxpost/um-proxy.yaml";
  bool check_only = false;
  command.set_version_flag("--version", std::string("um-proxy ") + UM_VERSION);
  command.add_option("--config", file, "The configuration file (YAML)")->capture_default_str();
  command.add_flag("--check-config", check_only, "Check the configuration file and exit");
  CLI11_PARSE(command, argc, argv);

  const auto config = LoadConfig(file);
  if (!config.ok()) {
    fmt::print(stderr, "um-proxy: {}\n", Message(config.status()));
    return 2;
  }
  if (check_only) {
    fmt::print("{}: good\n", file);
    return 0;
  }
  log::SetProgram("um-proxy");
  log::SetLevel(config->log_level);
  return Run(*config);
}

}  // namespace
}  // namespace um::proxy

int main(int argc, char** argv) { return um::proxy::Main(argc, argv); }

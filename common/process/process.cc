#include "common/process/process.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "common/base/status.h"
#include "common/base/version.h"
#include "common/log/log.h"

namespace um::process {
namespace {

int OpenSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

std::variant<CommandLine, int> ReadCommandLine(int argc, char** argv, const Program& program) {
  CLI::App cli(program.name + ": " + program.what, program.name);
  CommandLine line{.config = program.config};
  cli.add_option("-c,--config", line.config, "The configuration file (YAML)")
      ->capture_default_str();
  cli.add_flag("--check-config", line.check_only, "Check the configuration, and end");
  cli.set_version_flag("--version", fmt::format("{} {}", program.name, kVersion));
  cli.footer(
      "SIGTERM takes no more calls and ends when what was begun has ended; a second one, or\n"
      "SIGINT, ends at once.");
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : kMisguided;
  }
  return line;
}

void Complain(const Program& program, const absl::Status& status) {
  std::string text = Message(status);
  while (text.ends_with('\n')) text.pop_back();
  fmt::print(stderr, "{}: {}\n", program.name, text);
}

uint64_t RaiseOpenFileLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

Signals::Signals() : fd_(OpenSignals()) {}
Signals::~Signals() { close(fd_); }

void Signals::Run(async::EpollLoop& loop, const std::function<void()>& drain) {
  bool draining = false;
  const auto watch = loop.Add(fd_, EPOLLIN, [&](uint32_t) {
    signalfd_siginfo info;
    if (read(fd_, &info, sizeof info) != sizeof info) return;
    const bool at_once = info.ssi_signo == SIGINT || draining;
    log::Info("stop.requested", {{"signal", info.ssi_signo}, {"at_once", at_once}});
    if (at_once) return loop.Stop();
    draining = true;
    drain();
  });
  loop.Run();
}

}  // namespace um::process

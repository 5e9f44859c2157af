// um-mailbox: answers calls, records, keeps and mails messages.
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "common/async/epoll_loop.h"
#include "common/base/status.h"
#include "common/base/version.h"
#include "common/config/load.h"
#include "common/log/log.h"
#include "mailbox/app.h"
#include "mailbox/directory/directory.h"

namespace {

absl::StatusOr<um::config::v1::MailboxNode> Load(const std::string& path) {
  um::config::v1::MailboxNode config;
  UM_RETURN_IF_ERROR(um::config::LoadFile(path, config));
  return um::WithDefaults(std::move(config));
}

int Fail(const absl::Status& status) {
  std::string text = um::Message(status);
  while (text.ends_with('\n')) text.pop_back();
  fprintf(stderr, "um-mailbox: %s\n", text.c_str());
  return 1;
}

/// Blocks the signals that end the process in every thread to come; they are read from the
/// descriptor.
int BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int Run(const um::config::v1::MailboxNode& config) {
  const int signals = BlockSignals();
  um::async::EpollLoop loop;
  auto app = um::App::Start(loop, config);
  if (!app.ok()) return Fail(app.status());
  bool draining = false;
  auto watch = loop.Add(signals, EPOLLIN, [&](uint32_t) {
    signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != sizeof info) return;
    const bool drain = info.ssi_signo == SIGTERM && !draining;
    um::log::Info("mailbox.stopping", {{"drain", drain}});
    if (drain) {
      draining = true;
      (*app)->Drain();
    } else {
      loop.Stop();
    }
  });
  loop.Run();
  app->reset();
  um::log::Info("mailbox.stopped");
  watch.Reset();
  close(signals);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli("Answers calls for mailboxes, records messages, keeps them safe and mails them.");
  std::string path = "/etc/voxpost/um-mailbox.yaml";
  bool check = false;
  cli.add_option("-c,--config", path, "Configuration file")->capture_default_str();
  cli.add_flag("--check-config", check,
               "Read the configuration and the organisation, report problems, stop");
  cli.set_version_flag("--version", std::string("um-mailbox ") + um::kVersion);
  cli.footer(
      "SIGTERM takes no more calls and ends when those in progress have; SIGINT ends at once, "
      "keeping\n"
      "what was recorded.");
  CLI11_PARSE(cli, argc, argv);

  um::log::SetProgram("um-mailbox");
  const auto config = Load(path);
  if (!config.ok()) return Fail(config.status());
  if (!config->log_level().empty() && !um::log::SetLevel(config->log_level())) {
    return Fail(absl::InvalidArgumentError("log_level: must be debug, info, warning or error"));
  }
  if (!check) return Run(*config);
  const auto organisation = um::directory::LoadOrganisation(config->organisation());
  if (!organisation.ok()) return Fail(organisation.status());
  printf("%s and %s are good\n", path.c_str(), config->organisation().c_str());
  return 0;
}

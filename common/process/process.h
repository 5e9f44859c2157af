// What the main() of every server of ours has in common: its command line, and the signals that
// end it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "common/async/epoll_loop.h"

namespace um::process {

/// Exit statuses.
constexpr int kFailed = 1;     ///< it could not start
constexpr int kMisguided = 2;  ///< the command line or the configuration is wrong

struct Program {
  std::string name;    ///< "um-proxy"
  std::string what;    ///< what it does: a sentence
  std::string config;  ///< its usual configuration file
};

struct CommandLine {
  std::string config;       ///< the file to read
  bool check_only = false;  ///< look whether the configuration is good, and end
  bool operator==(const CommandLine&) const = default;
};

/// Reads -c/--config, --check-config, -h/--help and --version. The int is the status to exit with
/// now, after help, version, or a complaint on standard error.
std::variant<CommandLine, int> ReadCommandLine(int argc, char** argv, const Program& program);

/// "um-proxy: MESSAGE" on standard error.
void Complain(const Program& program, const absl::Status& status);

/// Allows this process as many open files as it may allow itself: calls and connections are files,
/// and the usual soft limit of 1,024 is for programs that use select(). Returns the limit now.
uint64_t RaiseOpenFileLimit();

/// SIGTERM and SIGINT as events of a loop.   Thread: the main one.
class Signals {
 public:
  /// Blocks both in this thread and in all that it starts later, so it comes before any other
  /// thread; and ignores SIGPIPE.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Runs the loop until it is stopped: the first SIGTERM calls `drain`, which stops the loop when
  /// what was begun has ended; a second one, or SIGINT, stops it at once.
  void Run(async::EpollLoop& loop, const std::function<void()>& drain);

 private:
  const int fd_;
};

}  // namespace um::process

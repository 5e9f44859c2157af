#include "common/process/process.h"

#include <signal.h>
#include <sys/resource.h>

#include <vector>

#include "common/log/log.h"
#include "tests/support/catch.h"

namespace um::process {
namespace {

const Program kProgram{.name = "um-x", .what = "is a test.", .config = "/etc/x.yaml"};

std::variant<CommandLine, int> Read(std::vector<std::string> words) {
  words.insert(words.begin(), "um-x");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return ReadCommandLine(static_cast<int>(argv.size()), argv.data(), kProgram);
}

CommandLine MustRead(const std::vector<std::string>& words) {
  const auto read = Read(words);
  REQUIRE(std::holds_alternative<CommandLine>(read));
  return std::get<CommandLine>(read);
}

TEST_CASE("a command line names the configuration, or the usual one is read") {
  CHECK(MustRead({}).config == "/etc/x.yaml");
  CHECK_FALSE(MustRead({}).check_only);
  CHECK(MustRead({"-c", "a.yaml"}).config == "a.yaml");
  CHECK(MustRead({"--config", "b.yaml", "--check-config"}).check_only);
}

TEST_CASE("help and version end well, a mistake ends with 2") {
  CHECK(Read({"--help"}) == std::variant<CommandLine, int>(0));
  CHECK(Read({"--version"}) == std::variant<CommandLine, int>(0));
  CHECK(Read({"--nosuch"}) == std::variant<CommandLine, int>(kMisguided));
  CHECK(Read({"--config"}) == std::variant<CommandLine, int>(kMisguided));
  CHECK(Read({"word"}) == std::variant<CommandLine, int>(kMisguided));
}

TEST_CASE("a process is allowed as many files as it may allow itself") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit low{.rlim_cur = 100, .rlim_max = before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
  CHECK(RaiseOpenFileLimit() == before.rlim_max);
  rlimit now{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &now) == 0);
  CHECK(now.rlim_cur == before.rlim_max);
}

TEST_CASE("the first SIGTERM drains, the second ends at once; SIGINT always does") {
  log::SetLevel(log::Level::kError);
  Signals signals;
  int drains = 0;
  async::EpollLoop loop;
  raise(SIGTERM);
  signals.Run(loop, [&] {
    ++drains;
    raise(SIGTERM);
  });
  CHECK(drains == 1);
  async::EpollLoop another;
  raise(SIGINT);
  signals.Run(another, [&] { ++drains; });
  CHECK(drains == 1);
}

}  // namespace
}  // namespace um::process

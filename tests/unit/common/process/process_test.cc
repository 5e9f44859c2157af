#include "common/process/process.h"

#include <signal.h>

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

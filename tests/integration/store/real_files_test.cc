// RealFiles: that the disk keeps the contract the fake one is built to.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "mailbox/store/files.h"
#include "tests/integration/store/temp_dir.h"
#include "tests/support/catch.h"

namespace um::store {
namespace {

using tests::TempDir;

TEST_CASE("a file is its holder's until it is closed") {
  TempDir dir;
  const auto files = RealFiles();
  const std::string path = dir.path() + "/a";
  auto file = files->Create(path);
  REQUIRE(file.ok());
  CHECK(absl::IsAlreadyExists(files->Create(path).status()));
  CHECK(absl::IsUnavailable(files->OpenLocked(path).status()));
  file->reset();
  auto again = files->OpenLocked(path);
  REQUIRE(again.ok());
  CHECK(absl::IsUnavailable(files->OpenLocked(path).status()));
  CHECK(absl::IsNotFound(files->OpenLocked(dir.path() + "/b").status()));
}

TEST_CASE("a lock does not pass to a program that is started") {
  TempDir dir;
  const auto files = RealFiles();
  auto file = files->Create(dir.path() + "/a");
  const pid_t child = fork();
  if (child == 0) {
    execlp("sleep", "sleep", "60", nullptr);
    _exit(127);
  }
  // When the child has become another program, closing our descriptor frees the lock.
  const std::string exe = "/proc/" + std::to_string(child) + "/exe";
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  while (std::filesystem::read_symlink(exe) == self) std::this_thread::yield();
  file->reset();
  CHECK(files->OpenLocked(dir.path() + "/a").ok());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST_CASE("bytes come back from where they were written") {
  TempDir dir;
  const auto files = RealFiles();
  const std::string path = dir.path() + "/a";
  auto file = *files->Create(path);
  REQUIRE(file->Append("hello").ok());
  REQUIRE(file->WriteAt(4, "0 world").ok());
  REQUIRE(file->Append("!").ok());
  REQUIRE(file->Sync().ok());
  CHECK(*file->ReadAll() == "hell0 world!");
  CHECK(*file->ReadAt(6, 5) == "world");
  CHECK(*file->ReadAt(6, 500) == "world!");
  CHECK(file->ReadAt(600, 5)->empty());
  REQUIRE(file->Truncate(4).ok());
  CHECK(*files->Read(path) == "hell");
  struct stat info;
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("directories are made, listed and synced; names change and vanish") {
  TempDir dir;
  const auto files = RealFiles();
  const std::string deep = dir.path() + "/x/y/z";
  REQUIRE(files->MakeDirectories(deep).ok());
  REQUIRE(files->MakeDirectories(deep).ok());
  REQUIRE(files->Create(deep + "/a").ok());
  REQUIRE(files->Rename(deep + "/a", deep + "/b").ok());
  REQUIRE(files->SyncDirectory(deep).ok());
  CHECK(*files->List(deep) == std::vector<std::string>{"b"});
  CHECK(*files->Exists(deep + "/b"));
  CHECK_FALSE(*files->Exists(deep + "/a"));
  REQUIRE(files->Remove(deep + "/b").ok());
  CHECK(absl::IsNotFound(files->Remove(deep + "/b")));
  CHECK(absl::IsNotFound(files->List(dir.path() + "/none").status()));
  CHECK(*files->FreeBytes(deep) > 0);
  CHECK_FALSE(files->MakeDirectories("/proc/none/such").ok());
}

TEST_CASE("of many who create or take one name, one at a time has it") {
  TempDir dir;
  const auto files = RealFiles();
  const std::string path = dir.path() + "/a";
  std::atomic<int> holders = 0, rounds = 0;
  std::atomic<bool> crowded = false;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 300; ++n) {
        auto file = i % 2 ? files->Create(path) : files->OpenLocked(path);
        if (!file.ok()) continue;
        if (++holders > 1) crowded = true;
        ++rounds;
        --holders;  // first: once the name is gone, the next may have it
        files->Remove(path).IgnoreError();
      }
    });
  }
  threads.clear();
  CHECK_FALSE(crowded);
  CHECK(rounds > 0);
}

}  // namespace
}  // namespace um::store

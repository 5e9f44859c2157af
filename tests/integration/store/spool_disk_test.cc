// The spool on a real disk with real processes: kill -9, two processes on one directory, two
// hundred calls at once.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "common/async/epoll_loop.h"
#include "mailbox/store/disk_spool.h"
#include "tests/integration/store/temp_dir.h"
#include "tests/support/catch.h"
#include "tests/support/fake_loop.h"
#include "tests/unit/mailbox/store/recordings.h"

namespace um::tests {
namespace {

using domain::Saved;
using namespace std::chrono_literals;

/// A um_spool_victim.
class Victim {
 public:
  Victim(const std::string& directory, int calls) : directory_(directory) {
    int in[2], out[2];
    REQUIRE(pipe2(in, O_CLOEXEC) == 0);
    REQUIRE(pipe2(out, O_CLOEXEC) == 0);
    const std::string program =
        (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "um_spool_victim")
            .string();
    const std::string count = std::to_string(calls);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      execl(program.c_str(), program.c_str(), directory.c_str(), count.c_str(), nullptr);
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    to_ = in[1];
    from_ = fdopen(out[0], "r");
    char line[64];
    for (int i = 0; i < calls; ++i) {
      REQUIRE(fgets(line, sizeof line, from_));
      ids_.emplace_back(line, 26);
    }
  }
  ~Victim() {
    Kill();
    close(to_);
    fclose(from_);
  }

  /// kill -9. How much each call had said [bytes].
  uint64_t Kill() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      pid_ = -1;
    }
    return Said();
  }
  uint64_t Said() const {
    uint64_t said = 0;
    std::ifstream(directory_ + "/said", std::ios::binary).read(reinterpret_cast<char*>(&said), 8);
    return said;
  }
  void WaitUntilSaid(uint64_t bytes) const {
    while (Said() < bytes) std::this_thread::sleep_for(1ms);  // another process' clock
  }
  /// Asks for the seal of all calls and waits until `n` were kept.
  void Seal(int n) {
    REQUIRE(write(to_, "\n", 1) == 1);
    for (int i = 0; i < n; ++i) REQUIRE(fgetc(from_) == 'S');
  }
  const std::vector<std::string>& ids() const { return ids_; }

 private:
  const std::string directory_;
  pid_t pid_ = -1;
  int to_ = -1;
  FILE* from_ = nullptr;
  std::vector<std::string> ids_;
};

/// What a process is made of; its loop turns as long as the test wants.
struct Process {
  explicit Process(const std::string& directory) {
    auto opened = store::OpenSqlite(directory);
    REQUIRE(opened.ok());
    messages = *std::move(opened);
    auto spooled =
        store::DiskSpool::Open(loop, workers, *files, *messages,
                               {.directory = directory + "/spool"}, [this] { ++stored; });
    REQUIRE(spooled.ok());
    spool = *std::move(spooled);
  }
  template <class F>
  void Until(F condition) {
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < limit);
      loop.Step(5ms);
    }
  }
  async::WorkerPool workers{2};
  async::EpollLoop loop;
  std::unique_ptr<store::Files> files = store::RealFiles();
  std::unique_ptr<store::MessageStore> messages;
  std::atomic<int> stored = 0;
  std::unique_ptr<store::DiskSpool> spool;
};

TEST_CASE("kill -9 while recording costs at most the last second") {
  std::mt19937 random(std::random_device{}());
  for (int round = 0; round < 4; ++round) {
    TempDir dir;
    Victim victim(dir.path(), 3);
    victim.WaitUntilSaid(16000);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(random() % 900));  // the instant is the input
    const uint64_t said = victim.Kill();
    Process after(dir.path());
    after.Until([&] { return after.stored == 3; });
    const auto list = after.messages->List("acme", "1001", 100);
    REQUIRE(list->size() == 3);
    for (uint32_t i = 0; i < 3; ++i) {
      const std::string audio = *after.messages->Audio(victim.ids()[i]);
      INFO("said " << said << ", kept " << audio.size());
      CHECK(audio.size() + 8000 >= said);
      CHECK(Speech(60s, i).starts_with(audio));
      CHECK(after.messages->Get(victim.ids()[i])->duration ==
            domain::Milliseconds(audio.size() / 8));
    }
  }
}

TEST_CASE("kill -9 at the moment of the promise loses nothing and repeats nothing") {
  for (int round = 0; round < 4; ++round) {
    TempDir dir;
    Victim victim(dir.path(), 4);
    victim.WaitUntilSaid(16000);
    victim.Seal(1 + round);  // the others are somewhere between seal and commit
    victim.Kill();
    Process after(dir.path());
    after.Until([&] { return after.messages->List("acme", "1001", 100)->size() == 4; });
    for (uint32_t i = 0; i < 4; ++i) {
      const std::string audio = *after.messages->Audio(victim.ids()[i]);
      CHECK(audio.size() >= 16000 - 800);
      CHECK(Speech(60s, i).starts_with(audio));
    }
    CHECK(after.messages->Count()->queued == 4);
  }
}

TEST_CASE("a second process leaves the first one's calls alone, and takes them over when it dies") {
  TempDir dir;
  Victim victim(dir.path(), 2);
  victim.WaitUntilSaid(16000);
  FakeLoop loop;  // the sweeps are minutes apart
  async::WorkerPool workers(1);
  const auto files = store::RealFiles();
  const auto messages = *store::OpenSqlite(dir.path());
  std::atomic<int> stored = 0;
  const auto spool = *store::DiskSpool::Open(
      loop, workers, *files, *messages, {.directory = dir.path() + "/spool"}, [&] { ++stored; });
  const auto settle = [&] {
    for (int i = 0; i < 4; ++i) {
      std::atomic<bool> reached = false;
      workers.Submit([&] { reached = true, reached.notify_all(); });
      reached.wait(false);
      loop.RunFor(0s);
    }
  };
  settle();
  loop.RunFor(6min);
  settle();
  CHECK(stored == 0);
  const uint64_t said = victim.Kill();
  loop.RunFor(6min);
  settle();
  CHECK(stored == 2);
  CHECK(messages->Audio(victim.ids()[1])->size() + 8000 >= said);
}

/// Counts what the disk is asked for.
class CountingFiles final : public store::Files {
 public:
  explicit CountingFiles(std::unique_ptr<Files> files) : files_(std::move(files)) {}
  std::atomic<int> syncs = 0, writes = 0;

  absl::StatusOr<std::unique_ptr<store::File>> Create(const std::string& p) override {
    return Counted(files_->Create(p));
  }
  absl::StatusOr<std::unique_ptr<store::File>> OpenLocked(const std::string& p) override {
    return Counted(files_->OpenLocked(p));
  }
  absl::Status Rename(const std::string& a, const std::string& b) override {
    return files_->Rename(a, b);
  }
  absl::Status Remove(const std::string& p) override { return files_->Remove(p); }
  absl::Status MakeDirectories(const std::string& p) override { return files_->MakeDirectories(p); }
  absl::StatusOr<std::string> Read(const std::string& p) override { return files_->Read(p); }
  absl::StatusOr<bool> Exists(const std::string& p) override { return files_->Exists(p); }
  absl::StatusOr<std::vector<std::string>> List(const std::string& d) override {
    return files_->List(d);
  }
  absl::Status SyncDirectory(const std::string& d) override {
    ++syncs;
    return files_->SyncDirectory(d);
  }
  absl::StatusOr<int64_t> FreeBytes(const std::string& d) override { return files_->FreeBytes(d); }

 private:
  class CountingFile final : public store::File {
   public:
    CountingFile(CountingFiles& files, std::unique_ptr<store::File> file)
        : files_(files), file_(std::move(file)) {}
    absl::Status Append(std::string_view b) override {
      ++files_.writes;
      return file_->Append(b);
    }
    absl::Status WriteAt(uint64_t o, std::string_view b) override {
      ++files_.writes;
      return file_->WriteAt(o, b);
    }
    absl::Status Truncate(uint64_t s) override { return file_->Truncate(s); }
    absl::Status Sync() override {
      ++files_.syncs;
      return file_->Sync();
    }
    absl::StatusOr<std::string> ReadAll() override { return file_->ReadAll(); }
    absl::StatusOr<std::string> ReadAt(uint64_t o, size_t n) override {
      return file_->ReadAt(o, n);
    }

   private:
    CountingFiles& files_;
    const std::unique_ptr<store::File> file_;
  };
  absl::StatusOr<std::unique_ptr<store::File>> Counted(
      absl::StatusOr<std::unique_ptr<store::File>> file) {
    if (!file.ok()) return file;
    return std::make_unique<CountingFile>(*this, *std::move(file));
  }
  const std::unique_ptr<Files> files_;
};

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return t.tv_sec + t.tv_usec / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Figures {
  double cpu_ms_per_call_minute = 0, syncs_per_second = 0, lost_cpu = 0;
  std::vector<double> latency_ms;
  int kept = 0, wrong = 0;
};

/// `calls` recordings at once for `length`, in real time, then sealed `apart` from each other.
Figures RecordAtOnce(int calls, domain::Milliseconds length, async::Duration apart) {
  TempDir dir;
  async::WorkerPool workers(2);
  async::EpollLoop loop;
  CountingFiles files(store::RealFiles());
  const auto messages = *store::OpenSqlite(dir.path());
  const auto spool = *store::DiskSpool::Open(loop, workers, files, *messages,
                                             {.directory = dir.path() + "/spool"}, [] {});
  std::vector<domain::CallFacts> facts;
  std::vector<std::unique_ptr<domain::SpooledCall>> open_calls;
  std::vector<std::string> audio;
  for (int i = 0; i < calls; ++i) {
    facts.push_back(Facts());
    audio.push_back(Speech(length, static_cast<uint32_t>(i)));
  }
  Figures figures;
  for (const auto& f : facts) open_calls.push_back(spool->Begin(f));
  spool->Drain();
  const int syncs = files.syncs;
  const double cpu = CpuSeconds();
  const auto begun = std::chrono::steady_clock::now();
  std::atomic<bool> spoken = false;
  std::jthread media([&] {
    auto next = begun;
    for (size_t at = 0; at < audio[0].size(); at += 160) {
      for (int i = 0; i < calls; ++i) open_calls[i]->Append(Codes(audio[i]).subspan(at, 160));
      std::this_thread::sleep_until(next += 20ms);
    }
    spoken = true;
  });
  while (!spoken) loop.Step(10ms);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  figures.syncs_per_second = (files.syncs - syncs) / seconds;
  figures.cpu_ms_per_call_minute = (CpuSeconds() - cpu) * 1000 / (calls * seconds / 60);

  int told = 0;
  const auto seal = [&](int i) {
    const auto at = std::chrono::steady_clock::now();
    open_calls[i]->Seal([&, at](Saved saved) {
      ++told;
      figures.kept += saved == Saved::kStored;
      figures.latency_ms.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - at).count());
    });
  };
  for (int i = 0; i < calls; ++i) {
    seal(i);
    const auto until = std::chrono::steady_clock::now() + apart;
    while (std::chrono::steady_clock::now() < until) loop.Step(1ms);
  }
  while (told < calls) loop.Step(10ms);
  for (int i = 0; i < calls; ++i) {
    const auto stored = messages->Audio(facts[i].message_id);
    // Ends while it is loud, so that nothing is cut.
    figures.wrong += !stored.ok() || *stored != audio[i];
  }
  std::ranges::sort(figures.latency_ms);
  return figures;
}

TEST_CASE("two hundred recordings at once are stored bit for bit") {
  const Figures figures = RecordAtOnce(200, 2300ms, 0s);
  CHECK(figures.wrong == 0);
}

TEST_CASE("figures: two hundred recordings at once", "[.bench]") {
  for (const async::Duration apart : {0ms, 20ms}) {
    const Figures f = RecordAtOnce(200, 20300ms, apart);
    const auto at = [&](double p) {
      return f.latency_ms[static_cast<size_t>(p * (f.latency_ms.size() - 1))];
    };
    printf(
        "200 calls, sealed %d ms apart: %.0f syncs/s, %.1f ms CPU per call-minute, seal to answer"
        " p50 %.1f p99 %.1f max %.1f ms, %d of 200 answered kStored, %d wrong\n",
        static_cast<int>(apart / 1ms), f.syncs_per_second, f.cpu_ms_per_call_minute, at(0.5),
        at(0.99), at(1), f.kept, f.wrong);
  }
}

}  // namespace
}  // namespace um::tests

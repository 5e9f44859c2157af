// um_spool_victim DIRECTORY CALLS: a process that records until it is killed. Standard output has,
// for each call, the message id; then "S" once for each call sealed and kept, if a line on standard
// input asks for the seal. What was said so far is counted in DIRECTORY/said, a file mapped into
// memory, so that the count survives the kill.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "common/async/epoll_loop.h"
#include "mailbox/store/disk_spool.h"
#include "tests/unit/mailbox/store/recordings.h"

namespace um {
namespace {

using namespace std::chrono_literals;

std::atomic<uint64_t>* Counter(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, 4096) != 0) abort();
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) abort();
  return new (page) std::atomic<uint64_t>(0);
}

int Run(const std::string& directory, int calls) {
  async::WorkerPool workers(2);
  async::EpollLoop loop;
  const auto files = store::RealFiles();
  const auto messages = store::OpenSqlite(directory);
  if (!messages.ok()) return 1;
  const auto spool = store::DiskSpool::Open(loop, workers, *files, **messages,
                                            {.directory = directory + "/spool"}, [] {});
  if (!spool.ok()) return 1;
  std::atomic<uint64_t>* said = Counter(directory + "/said");
  std::vector<std::unique_ptr<domain::SpooledCall>> open_calls;
  std::vector<std::string> audio;
  for (int i = 0; i < calls; ++i) {
    const domain::CallFacts facts = tests::Facts();
    open_calls.push_back((*spool)->Begin(facts));
    audio.push_back(tests::Speech(60s, static_cast<uint32_t>(i)));
    (*spool)->Drain();
    printf("%s\n", facts.message_id.c_str());
  }
  fflush(stdout);
  std::jthread asked([&] {
    if (getchar() == EOF) return;
    loop.Post([&] {
      for (auto& call : open_calls)
        call->Seal([](domain::Saved) {
          if (write(1, "S", 1) != 1) abort();
        });
    });
  });
  std::jthread media([&](const std::stop_token& stop) {
    auto next = std::chrono::steady_clock::now();
    for (size_t at = 0; at < audio[0].size() && !stop.stop_requested(); at += 160) {
      for (int i = 0; i < calls; ++i)
        open_calls[i]->Append(tests::Codes(audio[i]).subspan(at, 160));
      *said = at + 160;
      std::this_thread::sleep_until(next += 20ms);
    }
  });
  loop.Run();  // until it is killed
  return 0;
}

}  // namespace
}  // namespace um

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return um::Run(argv[1], atoi(argv[2]));
}

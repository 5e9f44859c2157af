// A node with a disk in memory, a store in memory and virtual time, that can be killed and started
// again.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/worker_pool.h"
#include "common/base/ulid.h"
#include "mailbox/store/disk_spool.h"
#include "mailbox/store/spool_format.h"
#include "tests/support/catch.h"
#include "tests/support/fake_files.h"
#include "tests/support/fake_loop.h"
#include "tests/unit/mailbox/store/fake_message_store.h"
#include "tests/unit/mailbox/store/recordings.h"

namespace um::tests {

using domain::Saved;
using namespace std::chrono_literals;

class Node {
 public:
  explicit Node(store::SpoolOptions options = {.directory = "/spool"})
      : options_(std::move(options)) {
    store.dead = [this] { return files.crashed(); };
    Start();
  }
  ~Node() { Stop(); }

  void Start() {
    auto opened =
        store::DiskSpool::Open(loop, workers, files, store, options_, [this] { ++stored; });
    REQUIRE(opened.ok());
    spool = *std::move(opened);
    WaitForWorkers();  // the sweep of the start, or it finds what the test has just sealed, too
  }
  void Stop() { spool.reset(); }
  /// The process dies, and power with it if `kept` says so. Calls must be gone.
  void DieAndRestart(Kept kept, uint32_t seed = 0) {
    if (!files.crashed()) files.CrashAfter(0);
    Stop();
    loop.RunFor(0s);
    files.PowerLoss(kept, seed);
    Start();
    Settle();
  }

  /// Until writer, workers and loop have nothing left to do at this time.
  void Settle() {
    for (int i = 0; i < 4; ++i) {
      spool->Drain();
      WaitForWorkers();
      loop.RunFor(0s);
    }
  }
  void WaitForWorkers() {
    std::promise<void> reached;
    workers.Submit([&reached] { reached.set_value(); });
    reached.get_future().wait();
  }
  /// Lets virtual time pass in steps in which threads can keep up.
  void Pass(async::Duration d) {
    for (async::Duration step = 100ms; d > 0s; d -= step) {
      loop.RunFor(step);
      Settle();
    }
  }
  std::string PathOf(const domain::CallFacts& facts) const {
    return options_.directory + "/" + facts.message_id + ".spool";
  }
  std::vector<std::string> SpoolFiles() { return *files.List(options_.directory); }

  FakeLoop loop;
  FakeFiles files;
  FakeMessageStore store;
  std::atomic<int> stored = 0;
  async::WorkerPool workers{1};
  std::unique_ptr<store::DiskSpool> spool;

 private:
  const store::SpoolOptions options_;
};

}  // namespace um::tests

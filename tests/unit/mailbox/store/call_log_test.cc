#include "mailbox/store/call_log.h"

#include <future>
#include <mutex>

#include "tests/support/catch.h"
#include "tests/support/fake_loop.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {

/// Keeps what is written, unless it is away.
class FakeCallStore final : public store::CallStore {
 public:
  absl::Status Write(const std::vector<domain::CallRecord>& records) override {
    const std::lock_guard lock(mutex);
    if (away) return absl::UnavailableError("away");
    for (const auto& record : records) written.push_back(record.id);
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<store::StoredCall>> List(const Query&) override {
    return std::vector<store::StoredCall>();
  }
  absl::StatusOr<store::StoredCall> Find(const std::string&, const std::string&) override {
    return absl::NotFoundError("");
  }
  absl::StatusOr<int64_t> DeleteBefore(domain::WallTime time, int) override {
    const std::lock_guard lock(mutex);
    swept.push_back(time);
    return 0;
  }

  std::mutex mutex;
  bool away = false;
  std::vector<std::string> written;
  std::vector<domain::WallTime> swept;
};

struct Bench {
  FakeLoop loop;
  FakeCallStore store;
  async::WorkerPool workers{1};
  std::optional<store::CallLog> log;

  Bench() { log.emplace(loop, workers, store, store::CallLogOptions{.keep = 48h}); }
  void Add(const std::string& id) { log->Add({.id = id}); }
  /// Until the worker has done what it was given, and the loop what came of it.
  void Settle(async::Duration time = 0ms) {
    std::promise<void> reached;
    workers.Submit([&reached] { reached.set_value(); });
    reached.get_future().wait();
    loop.RunFor(time);
  }
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("records are written in order, on a worker") {
  Bench bench;
  bench.Add("1");
  bench.Add("2");
  bench.Settle(1ms);
  bench.Settle();
  CHECK(bench.store.written == Ids{"1", "2"});
}

TEST_CASE("while the store is away records wait, and are written when it is back") {
  Bench bench;
  bench.store.away = true;
  bench.Add("1");
  bench.Settle();
  bench.Add("2");
  bench.Settle();
  CHECK(bench.store.written.empty());
  {
    const std::lock_guard lock(bench.store.mutex);
    bench.store.away = false;
  }
  bench.Settle(6s);
  bench.Settle();
  CHECK(bench.store.written == Ids{"1", "2"});
}

TEST_CASE("the node's end writes what is left") {
  Bench bench;
  bench.store.away = true;
  bench.Add("1");
  bench.Settle();
  bench.store.away = false;
  bench.log.reset();
  CHECK(bench.store.written == Ids{"1"});
}

TEST_CASE("what is too old is looked for from time to time") {
  Bench bench;
  bench.Add("1");
  bench.Settle(31min);
  bench.Settle();
  REQUIRE(bench.store.swept.size() == 2);
  CHECK(bench.store.swept[1] - bench.store.swept[0] == 30min);
  CHECK(bench.loop.WallNow() - bench.store.swept[1] == 48h + 1min);
}

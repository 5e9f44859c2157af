// CallLog: writes call records beside the calls, and deletes those that are too old.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "common/async/loop.h"
#include "common/async/worker_pool.h"
#include "mailbox/store/call_store.h"

namespace um::store {

struct CallLogOptions {
  std::chrono::hours keep = std::chrono::hours(24 * 90);
  async::Duration retry = std::chrono::seconds(5);   ///< after a failure of the store
  async::Duration sweep = std::chrono::minutes(30);  ///< between looks for old records
};

/// One worker at a time writes what has come, several records in one transaction. While the store
/// is away records wait in memory, kMostWaiting at most; then the oldest are given up, with a line
/// in the log.
class CallLog {
 public:
  static constexpr size_t kMostWaiting = 10'000;

  /// All outlive it. Thread of construction, destruction and Add(): loop.
  CallLog(async::Loop& loop, async::WorkerPool& workers, CallStore& store,
          const CallLogOptions& options = {});
  /// Writes what is left, if the store takes it now.
  ~CallLog();
  /// Never blocks.
  void Add(domain::CallRecord record);

 private:
  void Start();
  void Work(domain::WallTime oldest);
  absl::Status WriteAll();
  void Sweep(domain::WallTime oldest);

  // Passed in.
  async::Loop& loop_;
  async::WorkerPool& workers_;
  CallStore& store_;
  const CallLogOptions options_;
  // State.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // the loop's thread
  async::Timer retry_;
  async::Timer sweep_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<domain::CallRecord> waiting_;  // guarded by mutex_, like all below
  bool working_ = false;
  bool sweep_due_ = true;
};

}  // namespace um::store

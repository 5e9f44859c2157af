// Expiry: deletes Voxpost's own copies of messages when their retention is over.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "absl/status/statusor.h"
#include "common/async/loop.h"
#include "common/async/worker_pool.h"
#include "mailbox/store/message_store.h"

namespace um::store {

struct ExpiryOptions {
  async::Duration first = std::chrono::minutes(1);  ///< after the start
  async::Duration every = std::chrono::hours(1);
  /// Messages looked at at a time, and the time in which others have the store before more are.
  int at_once = 200;
  async::Duration pause = std::chrono::milliseconds(100);
  /// How long erased messages' ids are remembered: a node that was away for longer would bring
  /// messages of its spool back.
  std::chrono::hours remember = std::chrono::hours(24 * 400);
};

/// Runs from time to time, on a worker. Only messages that mail has taken are deleted; an alert
/// tells of those it has refused. Any number of nodes may do this at once: each message is counted
/// by one of them.
class Expiry {
 public:
  /// `rules` is asked for at the beginning of each run, on a worker. All outlive it. Thread of
  /// construction and destruction: loop.
  Expiry(async::Loop& loop, async::WorkerPool& workers, MessageStore& store,
         std::function<domain::RetentionRules()> rules, const ExpiryOptions& options = {});
  /// Waits for the messages that are being deleted right now.
  ~Expiry();

 private:
  struct Run {
    domain::WallTime now;
    domain::RetentionRules rules;
    StoredCopy last;
    int64_t expired = 0;
  };
  void Next();
  /// True if there are more. Thread: worker.
  absl::StatusOr<bool> Page();
  absl::Status Finish();
  void OnPage(const absl::StatusOr<bool>& more);

  // Passed in.
  async::Loop& loop_;
  async::WorkerPool& workers_;
  MessageStore& store_;
  const std::function<domain::RetentionRules()> rules_;
  const ExpiryOptions options_;
  // State.
  std::unique_ptr<Run> run_;  // the worker's while working_, else the loop's; null: between runs
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // the loop's thread
  async::Timer timer_;
  std::mutex mutex_;
  std::condition_variable idle_;
  bool working_ = false;  // guarded by mutex_
};

}  // namespace um::store

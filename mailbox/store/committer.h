// Committer: brings sealed recordings into the store, on workers, as often as it takes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "common/async/loop.h"
#include "common/async/worker_pool.h"
#include "mailbox/domain/message.h"
#include "mailbox/store/files.h"
#include "mailbox/store/message_store.h"

namespace um::store {

/// A recording that has ended.
struct Sealed {
  domain::CallFacts facts;
  domain::Verdict verdict;
  std::optional<std::string> audio;  ///< nullopt: it is in the spool file
  int attempts = 0;
};

class Committer {
 public:
  /// `committed` is called after each commit, on a worker. Thread of construction and destruction:
  /// loop.
  Committer(async::Loop& loop, async::WorkerPool& workers, Files& files, MessageStore& store,
            std::string directory, std::function<void(const Sealed&)> committed);
  /// Waits for what is being stored right now; what waits is left to the next start.
  ~Committer();

  /// Stores it soon. A message that is being taken care of already is not taken twice.   Thread:
  /// any.
  void Add(Sealed sealed);
  /// True if the message is being taken care of.   Thread: any.
  bool Has(const std::string& id);
  /// What `stored` times are taken from.   Thread: loop.
  void SetNow(domain::WallTime now) { now_ = now.time_since_epoch().count(); }

 private:
  void Pump();
  void PumpLocked();
  void Run(Sealed sealed);
  absl::Status Store(const Sealed& sealed);
  absl::StatusOr<std::string> Audio(const Sealed& sealed);
  void RetryLater(Sealed sealed);
  void RetryDue();

  // Passed in.
  async::Loop& loop_;
  async::WorkerPool& workers_;
  Files& files_;
  MessageStore& store_;
  const std::string directory_;
  const std::function<void(const Sealed&)> committed_;
  // Of the loop's thread.
  std::multimap<async::Time, Sealed> later_;
  async::Timer retry_;
  std::shared_ptr<Committer*> self_;  // what is posted to the loop finds null when this has gone
  // Shared.
  std::atomic<int64_t> now_{0};
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Sealed> ready_;               // guarded by mutex_, like all below
  std::unordered_set<std::string> known_;  // ready, running or later
  int running_ = 0;
  bool stopping_ = false;
};

}  // namespace um::store

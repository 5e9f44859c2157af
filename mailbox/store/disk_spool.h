// DiskSpool: recordings on disk while they are made (FORMAT.md has the bytes), and their way into
// the store.
//
// recording --Seal--> sealed (fsync) --judge, Insert--> stored --mail accepted, retention over-->
// removed
//
// One writer thread does every file operation, in order, and syncs everything at least once a
// second (group commit).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/async/loop.h"
#include "common/async/worker_pool.h"
#include "mailbox/domain/ports.h"
#include "mailbox/store/files.h"
#include "mailbox/store/message_store.h"

namespace um::store {

struct SpoolOptions {
  std::string directory;
  async::Duration sync_every = std::chrono::milliseconds(500);
  async::Duration store_patience =
      std::chrono::seconds(2);  ///< after that Saved::kSealed is the answer
  async::Duration retention =
      std::chrono::hours(24);         ///< how long a delivered message's spool file is kept
  int64_t min_free_bytes = 64 << 20;  ///< less free space: not Healthy()
};

/// Destroying it seals everything that is open and waits until that is on the disk.   Thread: loop.
class DiskSpool : public domain::Spool {
 public:
  /// Starts the writer and recovers what is in the directory: every spool file that no process has
  /// locked is sealed at what was written, judged and stored like any other. `stored` is called
  /// (any thread) after each commit: the delivery queue has something new. Everything passed in
  /// outlives the spool. What is in the directory is looked at on a worker, now and every few
  /// minutes: another process on the same directory may have died meanwhile.
  static absl::StatusOr<std::unique_ptr<DiskSpool>> Open(async::Loop& loop,
                                                         async::WorkerPool& workers, Files& files,
                                                         MessageStore& store,
                                                         const SpoolOptions& options,
                                                         std::function<void()> stored);
  /// Waits until the disk has all that was appended, begun and ended before, or has refused it.
  /// Thread: any.
  virtual void Drain() = 0;
  /// Removes the spool files of messages that were erased; the sweep would, too. Blocking. Thread:
  /// any.
  virtual void RemoveErased(const std::vector<std::string>& message_ids) = 0;
};

}  // namespace um::store

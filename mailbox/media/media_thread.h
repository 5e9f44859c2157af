// MediaThread: serves many streams from one thread, every 10 ms half of them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "mailbox/media/stream.h"

namespace um::media {

/// Wakes up by time alone: reading each stream's socket once in 20 ms costs less than being woken
/// by each packet, and a recording is in no hurry. Sleeps without limit while it has no streams.
class MediaThread {
 public:
  explicit MediaThread(bool real_time);
  ~MediaThread();
  MediaThread(const MediaThread&) = delete;
  MediaThread& operator=(const MediaThread&) = delete;

  /// Serves `stream` until it is closed.   Thread: loop.
  void Add(std::shared_ptr<Stream> stream);
  /// Streams that are open.   Thread: any.
  int load() const { return load_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    std::shared_ptr<Stream> stream;
    int64_t slot = 0;  // in which it wants service
  };

  void Run();
  void TakeIncoming(int64_t slot);
  void ServeAll(int64_t slot);
  void Sleep(async::Time until);
  void Wake();

  const bool real_time_;
  int wake_;  // eventfd
  std::atomic<int> load_ = 0;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Stream>> incoming_;  // guarded by mutex_
  bool stop_ = false;                              // guarded by mutex_
  // The thread's own.
  std::vector<Entry> entries_;
  Batch batch_;
  std::thread thread_;
};

}  // namespace um::media

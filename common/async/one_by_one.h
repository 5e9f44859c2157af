// OneByOne: jobs that all wait for the same slow thing. One worker at a time does them, so that a
// thing that hangs does not take the other workers too.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "common/async/worker_pool.h"

namespace um::async {

class OneByOne {
 public:
  /// Runs a job on another thread; tests may run it at once.
  using Offload = std::function<void(std::function<void()>)>;

  /// @param most_waiting jobs
  OneByOne(Offload offload, size_t most_waiting)
      : offload_(std::move(offload)), most_waiting_(most_waiting) {}
  /// `workers` outlives it.
  OneByOne(WorkerPool& workers, size_t most_waiting)
      : OneByOne([&workers](std::function<void()> job) { workers.Submit(std::move(job)); },
                 most_waiting) {}
  /// Drops the jobs that wait, and waits for the one that runs.
  ~OneByOne();
  /// Jobs run in order. False: too many wait, and this one will not run.   Thread: any.
  bool Submit(std::function<void()> job);

 private:
  void Work();

  const Offload offload_;
  const size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_, like all below
  bool working_ = false;
};

}  // namespace um::async

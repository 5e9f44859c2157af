// WorkerPool: the threads on which everything that blocks runs; Offload: a coroutine's way there and back.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "common/async/loop.h"

namespace um::async {

class WorkerPool {
 public:
  explicit WorkerPool(int threads);
  /// Runs what was submitted to its end, then joins.
  ~WorkerPool();
  /// Runs `job` on one of the threads. Jobs start in order of submission.   Thread: any.
  void Submit(std::function<void()> job);

 private:
  void Work();
  std::mutex mutex_;
  std::condition_variable available_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  bool stopping_ = false;                   // guarded by mutex_
  std::vector<std::thread> threads_;
};

/// co_await Offload<R>(loop, pool, f): runs f on a worker and resumes here with its result. Cancelling abandons the
/// result, never the function: `f` owns all it touches (by value or shared_ptr).
template <class R>
class [[nodiscard]] Offload {
 public:
  Offload(Loop& loop, WorkerPool& pool, std::function<R()> f)
      : loop_(loop), pool_(pool), f_(std::move(f)), waiter_(loop) {}
  ~Offload() {
    if (slot_) slot_->waiter = nullptr;
  }
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    waiter_.Park(handle);
    slot_ = std::make_shared<Slot>();
    slot_->waiter = &waiter_;
    pool_.Submit([slot = slot_, f = std::move(f_), &loop = loop_]() mutable {
      auto result = std::make_shared<R>(f());
      loop.Post([slot = std::move(slot), result = std::move(result)] {
        slot->result = std::move(*result);
        if (slot->waiter) slot->waiter->Wake();
      });
    });
  }
  R await_resume() { return std::move(*slot_->result); }

 private:
  struct Slot {  // touched on the loop's thread only
    Waiter* waiter = nullptr;
    std::optional<R> result;
  };
  Loop& loop_;
  WorkerPool& pool_;
  std::function<R()> f_;
  Waiter waiter_;
  std::shared_ptr<Slot> slot_;
};

}  // namespace um::async

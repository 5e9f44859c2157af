#include "common/async/one_by_one.h"

#include <utility>

namespace um::async {

OneByOne::~OneByOne() {
  std::unique_lock lock(mutex_);
  waiting_.clear();
  idle_.wait(lock, [this] { return !working_; });
}

bool OneByOne::Submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_waiting_) return false;
    waiting_.push_back(std::move(job));
    if (std::exchange(working_, true)) return true;
  }
  offload_([this] { Work(); });
  return true;
}

void OneByOne::Work() {
  std::unique_lock lock(mutex_);
  while (!waiting_.empty()) {
    const std::function<void()> job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
  working_ = false;
  idle_.notify_all();  // under the lock: the destructor waits for it
}

}  // namespace um::async

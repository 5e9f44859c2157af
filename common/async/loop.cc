#include "common/async/loop.h"

#include <algorithm>

namespace um::async {

void Waiter::Wake() { PushBack(loop_.ready_); }
void Waiter::WakeNext() { PushFront(loop_.ready_); }

void Timer::Start(Duration delay) {
  Stop();
  position_ = loop_.timers_.emplace(loop_.Now() + std::max(delay, Duration::zero()), this);
  armed_ = true;
}

void Timer::Stop() {
  if (!std::exchange(armed_, false)) return;
  loop_.timers_.erase(position_);
}

void Loop::Post(std::function<void()> work) {
  bool was_empty;
  {
    const std::lock_guard lock(mutex_);
    was_empty = posted_.empty();
    posted_.push_back(std::move(work));
  }
  if (was_empty) Interrupt();
}

bool Loop::HasReady() {
  if (ready_.linked()) return true;
  const std::lock_guard lock(mutex_);
  return !posted_.empty();
}

void Loop::Drain() {
  while (ready_.linked()) {
    auto* waiter = static_cast<Waiter*>(ready_.front());
    waiter->Unlink();
    waiter->Resume();
  }
}

void Loop::Turn() {
  std::vector<std::function<void()>> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (auto& work : posted) {
    work();
    work = nullptr;  // what it holds goes before the next one runs
    Drain();
  }
  Drain();
  // Only timers due when the turn began, so that one which re-arms itself cannot starve the sockets.
  const Time now = Now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    Timer* timer = timers_.begin()->second;
    timers_.erase(timers_.begin());
    timer->armed_ = false;
    auto fire = timer->fire_;  // a copy: firing may destroy the timer
    fire();
    Drain();
  }
}

}  // namespace um::async

// Loop: one thread's clock, timers, posted work and ready coroutines. EpollLoop runs it in real time, FakeLoop
// (tests/support) in virtual time.
//
// Three rules carry the whole design of coroutines on it:
//   1. A suspended coroutine is a Waiter linked into at most one queue. Its destructor unlinks it, so destroying a
//      frame (cancellation) never leaves a resumption behind.
//   2. Nobody resumes a coroutine inline. Wake() moves the Waiter to the ready queue and only Drain() resumes, so
//      the frame being destroyed is never the frame being run.
//   3. Cleanup lives in destructors and is synchronous. Nobody catches "cancelled".
#pragma once

#include <chrono>
#include <coroutine>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "common/async/link.h"

namespace um::async {

using Duration = std::chrono::microseconds;
/// Monotonic time of a loop, since an arbitrary start.
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// Calendar time, for what people and other systems see.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;
using namespace std::chrono_literals;

class Loop;

/// One suspended coroutine.   Thread: its loop's.
class Waiter : public Link {
 public:
  explicit Waiter(Loop& loop) : loop_(loop) {}
  void Park(std::coroutine_handle<> handle) { handle_ = handle; }
  /// To the back of the ready queue.
  void Wake();
  /// To its front: for a race, so that the loser does not run once the race is decided.
  void WakeNext();
  void Resume() { std::exchange(handle_, {}).resume(); }

 private:
  Loop& loop_;
  std::coroutine_handle<> handle_;
};

/// Calls a function once, later. Destroying or stopping it cancels.   Thread: its loop's.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> fire) : loop_(loop), fire_(std::move(fire)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { Stop(); }
  /// Fires once, `delay` from now; replaces an earlier Start(). A delay of zero or less fires in the next turn.
  void Start(Duration delay);
  void Stop();
  bool running() const { return armed_; }

 private:
  friend class Loop;
  Loop& loop_;
  std::function<void()> fire_;
  bool armed_ = false;
  std::multimap<Time, Timer*>::iterator position_;
};

class Loop {
 public:
  Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  virtual ~Loop() = default;

  virtual Time Now() const = 0;
  virtual WallTime WallNow() const = 0;

  /// Runs `work` on the loop's thread, in order of posting, never inline.   Thread: any. The only member that is.
  void Post(std::function<void()> work);

 protected:
  /// Called by Post() from any thread when there was nothing posted before: make the loop turn.
  virtual void Interrupt() = 0;

  /// Runs what was posted, the timers due at Now(), and every coroutine that is ready or becomes so.
  void Turn();
  /// When the next timer is due; Time::max() if none is.
  Time NextTimer() const { return timers_.empty() ? Time::max() : timers_.begin()->first; }
  /// True if Turn() would run something without a timer coming due.
  bool HasReady();

 private:
  friend class Waiter;
  friend class Timer;
  void Drain();

  Link ready_;
  std::multimap<Time, Timer*> timers_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // guarded by mutex_
};

}  // namespace um::async

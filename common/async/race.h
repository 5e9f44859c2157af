// AnyOf: two tasks, the first to end wins, the other is destroyed before it can run again. After,
// NextWithin: what is mostly raced.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "common/async/loop.h"
#include "common/async/sync.h"
#include "common/async/task.h"

namespace um::async {

struct Unit {};

/// A Task<> as a Task<Unit>, for AnyOf.
inline Task<Unit> Lift(Task<> task) {
  co_await task;
  co_return Unit{};
}

namespace internal {

struct Race {
  Waiter parent;
  bool decided = false;
  explicit Race(Loop& loop) : parent(loop) {}
  void Finish() {
    if (!std::exchange(decided, true)) parent.WakeNext();
  }
};

template <class T>
Task<> Branch(Task<T> task, std::optional<T>& result, Race& race, std::exception_ptr& error) {
  try {
    result.emplace(co_await task);
  } catch (...) {
    error = std::current_exception();
  }
  race.Finish();
}

struct Decided {
  Race& race;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> handle) { race.parent.Park(handle); }
  void await_resume() {}
};

}  // namespace internal

/// Exactly one of the two results is engaged (none if the winner threw: the exception goes on).
template <class A, class B>
Task<std::pair<std::optional<A>, std::optional<B>>> AnyOf(Loop& loop, Task<A> a, Task<B> b) {
  std::optional<A> result_a;
  std::optional<B> result_b;
  std::exception_ptr error;
  {
    internal::Race race(loop);
    auto branch_a = internal::Branch(std::move(a), result_a, race, error);
    auto branch_b = internal::Branch(std::move(b), result_b, race, error);
    branch_a.handle().resume();
    if (!race.decided) branch_b.handle().resume();
    co_await internal::Decided{race};
  }  // the loser's frame dies here: its waiters unlink, its destructors run
  if (error) std::rethrow_exception(error);
  co_return std::pair<std::optional<A>, std::optional<B>>(std::move(result_a), std::move(result_b));
}

/// Until so much time has passed, for AnyOf.
inline Task<Unit> After(Loop& loop, Duration time) {
  co_await Sleep(loop, time);
  co_return Unit{};
}

namespace internal {
template <class T>
Task<T> NextOf(std::shared_ptr<Channel<T>> channel) {
  T value = co_await channel->Next();
  co_return value;
}
}  // namespace internal

/// The next value; nullopt: none has come in time.
template <class T>
Task<std::optional<T>> NextWithin(Loop& loop, std::shared_ptr<Channel<T>> channel, Duration time) {
  auto first = co_await AnyOf(loop, internal::NextOf(std::move(channel)), After(loop, time));
  co_return std::move(first.first);
}

}  // namespace um::async

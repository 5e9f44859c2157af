// Scope: owns top-level tasks. Destroying it cancels them all.
#pragma once

#include <exception>
#include <functional>
#include <list>
#include <utility>

#include "common/async/loop.h"
#include "common/async/task.h"

namespace um::async {

/// Thread: the loop's.
class Scope {
 public:
  /// `on_error` hears of an exception that ended a task; the other tasks go on.
  Scope(Loop& loop, std::function<void(std::exception_ptr)> on_error)
      : on_error_(std::move(on_error)), reaper_(loop, [this] { Reap(); }) {}

  /// Runs `task` up to its first suspension now. The task must own what it uses or outlive it.
  /// When it has ended it is destroyed in the loop's next turn, with what it was given.
  void Spawn(Task<> task) {
    tasks_.push_back(Root(std::move(task)));
    tasks_.back().handle().resume();
  }
  /// Tasks not yet ended.
  size_t size() {
    Reap();
    return tasks_.size();
  }
  void CancelAll() { tasks_.clear(); }

 private:
  Task<> Root(Task<> task) {
    try {
      co_await task;
    } catch (...) {
      on_error_(std::current_exception());
    }
    reaper_.Start(Duration::zero());  // a task cannot destroy itself
  }
  void Reap() {
    tasks_.remove_if([](const Task<>& task) { return task.handle().done(); });
  }

  std::function<void(std::exception_ptr)> on_error_;
  Timer reaper_;
  std::list<Task<>> tasks_;
};

}  // namespace um::async

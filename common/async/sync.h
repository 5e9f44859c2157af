// What a coroutine can wait for: Sleep, Event, Channel.   Thread: the loop's.
#pragma once

#include <deque>
#include <utility>

#include "common/async/loop.h"

namespace um::async {

/// co_await Sleep(loop, 20ms);
class [[nodiscard]] Sleep {
 public:
  Sleep(Loop& loop, Duration delay)
      : delay_(delay), waiter_(loop), timer_(loop, [this] { waiter_.Wake(); }) {}
  bool await_ready() const { return delay_ <= Duration::zero(); }
  void await_suspend(std::coroutine_handle<> handle) {
    waiter_.Park(handle);
    timer_.Start(delay_);
  }
  void await_resume() {}

 private:
  Duration delay_;
  Waiter waiter_;
  Timer timer_;
};

/// A latch: once set it stays set. Any number of coroutines may await it.
class Event {
 public:
  explicit Event(Loop& loop) : loop_(loop) {}
  void Set() {
    set_ = true;
    while (waiting_.linked()) static_cast<Waiter*>(waiting_.front())->Wake();
  }
  bool is_set() const { return set_; }

  class Awaiter {
   public:
    explicit Awaiter(Event& event) : event_(event), waiter_(event.loop_) {}
    bool await_ready() const { return event_.set_; }
    void await_suspend(std::coroutine_handle<> handle) {
      waiter_.Park(handle);
      waiter_.PushBack(event_.waiting_);
    }
    void await_resume() {}

   private:
    Event& event_;
    Waiter waiter_;
  };
  Awaiter operator co_await() { return Awaiter(*this); }

 private:
  Loop& loop_;
  Link waiting_;
  bool set_ = false;
};

/// A queue of values with one consumer at a time. What nobody takes stays in it.
template <class T>
class Channel {
 public:
  explicit Channel(Loop& loop) : loop_(loop) {}
  void Push(T value) {
    values_.push_back(std::move(value));
    if (waiting_.linked()) static_cast<Waiter*>(waiting_.front())->Wake();
  }
  void Clear() { values_.clear(); }
  size_t size() const { return values_.size(); }

  class Awaiter {
   public:
    explicit Awaiter(Channel& channel) : channel_(channel), waiter_(channel.loop_) {}
    bool await_ready() const { return !channel_.values_.empty(); }
    void await_suspend(std::coroutine_handle<> handle) {
      waiter_.Park(handle);
      waiter_.PushBack(channel_.waiting_);
    }
    T await_resume() {
      T value = std::move(channel_.values_.front());
      channel_.values_.pop_front();
      return value;
    }

   private:
    Channel& channel_;
    Waiter waiter_;
  };
  Awaiter Next() { return Awaiter(*this); }

 private:
  Loop& loop_;
  Link waiting_;
  std::deque<T> values_;
};

}  // namespace um::async

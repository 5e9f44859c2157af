// FakeLoop: a Loop in virtual time. Run() jumps from timer to timer; nothing sleeps.
#pragma once

#include "common/async/loop.h"

namespace um::tests {

class FakeLoop final : public async::Loop {
 public:
  async::Time Now() const override { return now_; }
  async::WallTime WallNow() const override {
    return async::WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 15)) +
           now_.time_since_epoch();
  }

  /// Virtual time since the loop was made.
  async::Duration elapsed() const { return now_.time_since_epoch(); }
  /// Runs everything that is due up to `elapsed() == until`, then stands there.
  void RunUntil(async::Duration until) {
    Settle();
    while (NextTimer() <= async::Time(until)) {
      now_ = NextTimer();
      Settle();
    }
    now_ = std::max(now_, async::Time(until));
  }
  void RunFor(async::Duration d) { RunUntil(elapsed() + d); }
  /// Runs until no timer is left.
  void RunToEnd() {
    Settle();
    while (NextTimer() != async::Time::max()) {
      now_ = NextTimer();
      Settle();
    }
  }
  /// True if nothing is left to happen by itself.
  bool idle() { return !HasReady() && NextTimer() == async::Time::max(); }

 private:
  void Interrupt() override {}
  void Settle() {
    do {
      Turn();
    } while (HasReady());
  }
  async::Time now_{};
};

}  // namespace um::tests

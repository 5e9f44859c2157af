// LogBudget: keeps a flood of bad input from becoming a flood of log lines.   Pure.
#pragma once

#include <utility>

#include "common/async/loop.h"

namespace um::net {

/// Allows so many lines a second and counts the rest.
class LogBudget {
 public:
  explicit LogBudget(int per_second) : per_second_(per_second) {}
  bool Allow(async::Time now) {
    if (now - since_ >= std::chrono::seconds(1)) {
      since_ = now;
      used_ = 0;
    }
    if (used_ < per_second_) {
      ++used_;
      return true;
    }
    ++suppressed_;
    return false;
  }
  /// Lines not written since the last call.
  int TakeSuppressed() { return std::exchange(suppressed_, 0); }

 private:
  const int per_second_;
  async::Time since_{};
  int used_ = 0;
  int suppressed_ = 0;
};

}  // namespace um::net

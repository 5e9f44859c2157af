// Backoff: how long to wait before the next attempt.   Pure.
#pragma once

#include <algorithm>

#include "common/async/loop.h"

namespace um::rpc {

/// Doubles from 100 ms to 2 s: a node that restarts is found again soon, one that is away costs
/// next to nothing.
class Backoff {
 public:
  async::Duration Next() {
    const async::Duration now = next_;
    next_ = std::min(next_ * 2, kMost);
    return now;
  }
  void Reset() { next_ = kFirst; }

 private:
  static constexpr async::Duration kFirst = std::chrono::milliseconds(100);
  static constexpr async::Duration kMost = std::chrono::seconds(2);
  async::Duration next_ = kFirst;
};

}  // namespace um::rpc

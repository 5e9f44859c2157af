// Pace: how fast one kind of mail may go, and how much of it at once.   Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace um::delivery {

/// Evenly spaced: after a pause there is no burst. Whoever calls knows the time, and sees to it
/// that nobody else calls at once.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  /// @param per_second 0: as fast as can be. @param at_once at least 1
  Pace(double per_second, int at_once)
      : between_(per_second > 0 ? std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(1 / per_second))
                                : Clock::duration::zero()),
        at_once_(at_once) {}

  /// How long until one may begin; zero: now. nullopt: when one that is under way has ended.
  std::optional<Clock::duration> Wait(Clock::time_point now) const {
    if (under_way_ >= at_once_) return std::nullopt;
    return std::max(next_ - now, Clock::duration::zero());
  }
  /// @return what Undo() wants to know
  Clock::time_point Begin(Clock::time_point now) {
    ++under_way_;
    before_ = next_;
    return next_ = now + between_;
  }
  void End() { --under_way_; }
  /// One that began came to nothing, as there was nothing to do: it does not count.
  void Undo(Clock::time_point begun) {
    --under_way_;
    if (next_ == begun) next_ = before_;
  }

 private:
  const Clock::duration between_;
  const int at_once_;
  int under_way_ = 0;
  Clock::time_point next_{};
  Clock::time_point before_{};
};

}  // namespace um::delivery

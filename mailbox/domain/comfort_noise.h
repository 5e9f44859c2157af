// Comfort noise: what a line sounds like on which nobody speaks (RFC 3389).   Pure.
#pragma once

#include <cstdint>
#include <span>

#include "mailbox/domain/clip.h"

namespace um::domain {

/// Noise that falls off towards high pitches, as rooms and lines have it. The same each time.
class ComfortNoise {
 public:
  static constexpr int kNone = 127;  ///< as good as silence

  /// @param level [-dBov] 0 to 127 (RFC 3389 section 3.1)
  void SetLevel(int level);
  void Fill(std::span<int16_t> samples);

 private:
  double amplitude_ = 0;
  double last_ = 0;
  uint32_t state_ = 1;
};

/// Three seconds of what callers hear of us while nothing is played, at -60 dBov: enough to know
/// that the line stands.
const Clip& QuietLine();

}  // namespace um::domain

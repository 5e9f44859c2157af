// ToneDetector: hears the tone after which a caller speaks.   Pure.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "mailbox/domain/g711.h"

namespace um::tests {

/// A person knows the tone from speech because it is one long pure note, and speaks when it is
/// over. So does this: nearly all energy at kFrequency for kPackets in a row, then silence.
class ToneDetector {
 public:
  /// Takes one packet of 20 ms of µ-law. True, once: the tone has been heard and is over.
  bool Hear(std::span<const uint8_t> codes) {
    const auto& linear = domain::G711Table(domain::Law::kMu);
    const double coefficient = 2 * std::cos(2 * M_PI * kFrequency / domain::kSampleRate);
    double energy = 0, s1 = 0, s2 = 0;  // Goertzel's
    for (const uint8_t code : codes) {
      const double x = linear[code];
      energy += x * x;
      const double s = x + coefficient * s1 - s2;
      s2 = s1;
      s1 = s;
    }
    const auto n = static_cast<double>(codes.size());
    const double at_frequency = 2 / n * (s1 * s1 + s2 * s2 - coefficient * s1 * s2);
    const bool silent = energy < kSilence * n;
    if (!silent && at_frequency > 0.9 * energy) {
      ++pure_;
    } else if (pure_ < kPackets) {
      pure_ = 0;
    } else if (silent) {
      pure_ = 0;
      return true;
    }
    return false;
  }

 private:
  static constexpr double kFrequency = 700;  // [Hz]
  static constexpr int kPackets = 10;
  static constexpr double kSilence = 33 * 33;  // mean square: -60 dBov
  int pure_ = 0;
};

}  // namespace um::tests

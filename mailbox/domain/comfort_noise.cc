#include "mailbox/domain/comfort_noise.h"

#include <cmath>
#include <vector>

namespace um::domain {

void ComfortNoise::SetLevel(int level) {
  // Of a sum of four uniform values in -1..1 the mean square is 4/3; the filter leaves a third.
  const double rms = 32768 * std::pow(10, -level / 20.0);
  amplitude_ = level >= kNone ? 0 : rms * 1.5;
}

void ComfortNoise::Fill(std::span<int16_t> samples) {
  for (int16_t& sample : samples) {
    double white = 0;
    for (int i = 0; i < 4; ++i) {
      state_ = state_ * 1664525 + 1013904223;
      white += static_cast<double>(state_ >> 8) / (1 << 23) - 1;
    }
    last_ += (white - last_) / 2;
    sample = static_cast<int16_t>(std::lround(amplitude_ * last_));
  }
}

const Clip& QuietLine() {
  static const Clip clip = [] {
    std::vector<int16_t> samples(size_t{3} * kSampleRate);
    ComfortNoise noise;
    noise.SetLevel(60);
    noise.Fill(samples);
    return Clip(std::move(samples));
  }();
  return clip;
}

}  // namespace um::domain

// What speech is to those who measure it: noise that swells and ebbs four times a second, between
// silences.   Pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

namespace um::tests {

/// @param dbov of the noise before it swells  @param samples of it, and of silence before and after
inline std::vector<int16_t> SwellingNoise(double dbov, size_t samples, size_t before,
                                          size_t after) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0, 32768 * std::pow(10, dbov / 20));
  std::vector<int16_t> out(before, 0);
  for (size_t i = 0; i < samples; ++i) {
    const double swell = std::abs(std::sin(static_cast<double>(i) * 0.00157 + 0.2));
    out.push_back(static_cast<int16_t>(std::clamp(normal(random) * swell, -32768.0, 32767.0)));
  }
  out.resize(out.size() + after, 0);
  return out;
}

inline int PeakOf(const std::vector<int16_t>& samples) {
  int peak = 0;
  for (const int16_t x : samples) peak = std::max(peak, std::abs(int{x}));
  return peak;
}

}  // namespace um::tests

// What a telephone's keys sound like (ITU-T Q.23), and noise to drown them in.   Pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "mailbox/domain/g711.h"

namespace um::tests {

using Samples = std::vector<int16_t>;  // 8000 a second

/// The amplitude of a sine of so many dBm0: 3.14 dBm0 is full scale (ITU-T G.711).
inline double AmplitudeOf(double dbm0) { return 32124 * std::pow(10, (dbm0 - 3.14) / 20); }

struct Tone {
  double ms = 80;
  double low_dbm0 = -12, high_dbm0 = -12;
  double detuned = 0;  ///< part of each frequency that is too much
};

inline Samples ToneOf(char key, Tone tone = {}) {
  constexpr std::string_view kKeys = "123A456B789C*0#D";
  constexpr double kLow[] = {697, 770, 852, 941}, kHigh[] = {1209, 1336, 1477, 1633};
  const size_t place = kKeys.find(key);
  const double low = 2 * M_PI * kLow[place / 4] * (1 + tone.detuned) / domain::kSampleRate;
  const double high = 2 * M_PI * kHigh[place % 4] * (1 + tone.detuned) / domain::kSampleRate;
  Samples out(static_cast<size_t>(tone.ms * domain::kSampleRate / 1000));
  for (size_t i = 0; i < out.size(); ++i) {
    const auto t = static_cast<double>(i);
    out[i] = static_cast<int16_t>(AmplitudeOf(tone.low_dbm0) * std::sin(low * t) +
                                  AmplitudeOf(tone.high_dbm0) * std::sin(high * t));
  }
  return out;
}

inline Samples Quiet(double ms) {
  return Samples(static_cast<size_t>(ms * domain::kSampleRate / 1000));
}

inline void Append(Samples& to, const Samples& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// White noise of this level [dBm0], added.
inline void AddNoise(Samples& to, double dbm0, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, AmplitudeOf(dbm0) / std::sqrt(2));
  for (int16_t& sample : to) {
    sample = static_cast<int16_t>(std::clamp(sample + noise(random), -32768.0, 32767.0));
  }
}

inline std::vector<uint8_t> Encoded(const Samples& samples, domain::Law law = domain::Law::kMu) {
  std::vector<uint8_t> out;
  for (const int16_t sample : samples) out.push_back(domain::EncodeG711(law, sample));
  return out;
}

}  // namespace um::tests

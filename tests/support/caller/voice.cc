#include "tests/support/caller/voice.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "mailbox/domain/g711.h"

namespace um::tests {
namespace {
constexpr double kSlowest = 0.8;
constexpr double kStep = 0.005;  // [of the recorded speed] from one caller to the next
constexpr int kNoise = 24;       // peak: -68 dBov
}  // namespace

std::vector<uint8_t> VoiceOf(int caller, std::span<const uint8_t> speech, int seconds) {
  const auto& linear = domain::G711Table(domain::Law::kMu);
  std::minstd_rand random(static_cast<unsigned>(caller) + 1);
  const double speed = kSlowest + kStep * (caller % 200);
  const auto size = static_cast<double>(speech.size());
  const auto at = [&](double position) {
    const auto index = static_cast<size_t>(position);
    const double part = position - static_cast<double>(index);
    return (1 - part) * linear[speech[index]] + part * linear[speech[(index + 1) % speech.size()]];
  };
  std::vector<uint8_t> codes(static_cast<size_t>(seconds) * domain::kSampleRate);
  for (size_t i = 0; i < codes.size(); ++i) {
    const double from_end = speed * static_cast<double>(codes.size() - i);
    const double position = size - std::fmod(from_end, size);
    const int noise = static_cast<int>(random() % (2 * kNoise + 1)) - kNoise;
    const double sample = at(position < size ? position : 0) + noise;
    codes[i] = domain::EncodeG711(domain::Law::kMu,
                                  static_cast<int16_t>(std::clamp(sample, -32000., 32000.)));
  }
  return codes;
}

}  // namespace um::tests

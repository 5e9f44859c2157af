#include "mailbox/prompts/synthesis.h"

#include <flite/flite.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <span>

#include "mailbox/domain/g711.h"

extern "C" cst_voice* register_cmu_us_slt(const char* voxdir);  // in no header of flite's

namespace um::prompts {
namespace {
constexpr int kVoiceRate = 2 * domain::kSampleRate;
constexpr int kReach = 31;  // taps on each side

/// A low-pass filter at 3.7 kHz of 16 kHz: a sinc under a Hann window.
std::array<double, 2 * kReach + 1> MakeFilter() {
  constexpr double kPi = 3.14159265358979;
  constexpr double kCutOff = 2 * 3700.0 / kVoiceRate;
  std::array<double, 2 * kReach + 1> taps;
  double sum = 0;
  for (int i = -kReach; i <= kReach; ++i) {
    const double x = kPi * kCutOff * i;
    const double window = 0.5 + 0.5 * std::cos(kPi * i / (kReach + 1));
    sum += taps[i + kReach] = (i == 0 ? 1 : std::sin(x) / x) * window;
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

/// Every second sample, without what 8 kHz cannot carry. flite's own conversion (2.2) copies
/// overlapping memory with memcpy.
std::vector<int16_t> Halve(std::span<const int16_t> in) {
  static const auto taps = MakeFilter();
  std::vector<int16_t> out;
  out.reserve(in.size() / 2 + 1);
  const auto size = static_cast<int64_t>(in.size());
  for (int64_t at = 0; at < size; at += 2) {
    double sum = 0;
    for (int64_t k = std::max<int64_t>(at - kReach, 0); k <= std::min(at + kReach, size - 1); ++k) {
      sum += taps[k - at + kReach] * in[k];
    }
    out.push_back(static_cast<int16_t>(std::lround(std::clamp(sum, -32768.0, 32767.0))));
  }
  return out;
}

cst_voice* LoadVoice() {
  flite_init();
  return register_cmu_us_slt(nullptr);
}

}  // namespace

std::vector<int16_t> Synthesise(const std::string& text) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  static cst_voice* const voice = LoadVoice();  // for the life of the process
  cst_wave* const wave = voice ? flite_text_to_wave(text.c_str(), voice) : nullptr;
  if (!wave) return {};
  std::vector<int16_t> samples;
  if (wave->sample_rate == kVoiceRate && wave->num_samples > 0) {
    samples = Halve({wave->samples, static_cast<size_t>(wave->num_samples)});
  }
  delete_wave(wave);
  return samples;
}

}  // namespace um::prompts

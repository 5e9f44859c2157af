#include "tests/unit/mailbox/prompts/measures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "mailbox/domain/g711.h"

namespace um::tests {
namespace {
constexpr double kFullScale = 32768;
constexpr double kSilence = -100;                   // [dBov]
constexpr size_t kMs = domain::kSampleRate / 1000;  // samples
constexpr size_t kFrame = 5 * kMs, kVicinity = 2 * kMs;
constexpr double kQuiet = -50;  // [dBov]

double Decibels(double ratio) { return ratio > 0 ? 20 * std::log10(ratio) : kSilence; }

double Rms(Audio audio) {
  double sum = 0;
  for (const int16_t x : audio) sum += double{1} * x * x;
  return audio.empty() ? 0 : std::sqrt(sum / static_cast<double>(audio.size()));
}

bool IsQuiet(Audio frame) { return Decibels(Rms(frame) / kFullScale) < kQuiet; }

/// The samples from the first to the last one that is not zero.
std::pair<size_t, size_t> NotZero(Audio audio) {
  const auto loud = [](int16_t x) { return x != 0; };
  const auto first = std::find_if(audio.begin(), audio.end(), loud) - audio.begin();
  const auto last = audio.rend() - std::find_if(audio.rbegin(), audio.rend(), loud);
  return {static_cast<size_t>(first), static_cast<size_t>(last)};
}
}  // namespace

double SpeechLevel(Audio audio) {
  constexpr int kThresholds = 15;   // 2^0 to 2^14
  constexpr double kMargin = 15.9;  // [dB] between the level and the threshold that goes with it
  constexpr double kTimeConstant = 0.03;  // [s] of the envelope
  constexpr int kHangover = domain::kSampleRate / 5;
  const double g = std::exp(-1 / (domain::kSampleRate * kTimeConstant));
  std::array<double, kThresholds> active{};
  std::array<int, kThresholds> since{};
  since.fill(kHangover);
  double p = 0, q = 0, energy = 0;
  for (const int16_t x : audio) {
    energy += double{1} * x * x;
    p = g * p + (1 - g) * std::abs(double{1} * x);
    q = g * q + (1 - g) * p;
    for (int j = 0; j < kThresholds; ++j) {
      since[j] = q >= (1 << j) ? 0 : since[j] + 1;
      if (since[j] < kHangover) ++active[j];
    }
  }
  if (energy == 0) return kSilence;
  double before_level = 0, before_excess = 0;
  for (int j = 0; j < kThresholds; ++j) {
    if (active[j] == 0) break;
    const double level = Decibels(std::sqrt(energy / active[j]) / kFullScale);
    const double excess = level - Decibels((1 << j) / kFullScale) - kMargin;
    if (excess <= 0) {
      const double part = j == 0 ? 0 : before_excess / (before_excess - excess);
      return j == 0 ? level : before_level + part * (level - before_level);
    }
    before_level = level;
    before_excess = excess;
  }
  return before_level;
}

double PeakLevel(Audio audio) {
  int peak = 0;
  for (const int16_t x : audio) peak = std::max(peak, std::abs(int{x}));
  return Decibels(peak / kFullScale);
}

int FlatTop(Audio audio) {
  const double near = kFullScale * std::pow(10, (PeakLevel(audio) - 1) / 20);
  int longest = 0, run = 0;
  for (size_t i = 0; i < audio.size(); ++i) {
    if (std::abs(int{audio[i]}) < near) {
      run = 0;
      continue;
    }
    run = i > 0 && audio[i] == audio[i - 1] ? run + 1 : 1;
    longest = std::max(longest, run);
  }
  return longest;
}

double SilenceBefore(Audio audio) {
  size_t at = 0;
  while (at < audio.size() && IsQuiet(audio.subspan(at, std::min(kFrame, audio.size() - at))))
    at += kMs;
  return static_cast<double>(std::min(at, audio.size()) / kMs);
}

double SilenceAfter(Audio audio) {
  const std::vector<int16_t> reversed(audio.rbegin(), audio.rend());
  return SilenceBefore(reversed);
}

int Step(Audio audio, size_t at) {
  const size_t begin = std::max(at, kVicinity + 1) - kVicinity;
  int step = 0;
  for (size_t i = begin; i < std::min(at + kVicinity, audio.size()); ++i) {
    step = std::max(step, std::abs(audio[i] - audio[i - 1]));
  }
  return step;
}

int EdgeStep(Audio audio) {
  const auto [begin, end] = NotZero(audio);
  if (begin >= end) return 0;
  // What is not silent from its very first sample on begins with a step.
  const int abrupt = std::max(std::abs(int{audio.front()}), std::abs(int{audio.back()}));
  return std::max({abrupt, Step(audio, begin), Step(audio, end)});
}

}  // namespace um::tests

#include "mailbox/prompts/shaping.h"

#include <algorithm>
#include <cmath>

#include "mailbox/domain/g711.h"

namespace um::prompts {
namespace {
constexpr size_t kRamp = 40;                         // samples: edges without a click
constexpr domain::Milliseconds kBeforeAndAfter{10};  // so the ramp ends before a plosive begins

/// Keeps peaks below the limit by turning the gain down around them, so smoothly that nobody hears
/// it.
void Limit(std::vector<double>& samples) {
  constexpr size_t kReach = 80;  // samples: 10 ms before and after a peak
  const double limit = 32768 * std::pow(10, kPeakLevel / 20);
  std::vector<double> gain(samples.size(), 1);
  for (size_t i = 0; i < samples.size(); ++i) {
    const double needed = limit / std::max(std::abs(samples[i]), limit);
    if (needed == 1) continue;
    const size_t begin = i > kReach ? i - kReach : 0;
    const size_t end = std::min(i + kReach, samples.size() - 1);
    for (size_t k = begin; k <= end; ++k) {
      const double distance = std::abs(double(k) - double(i)) / (kReach + 1);
      const double shape = 0.5 + 0.5 * std::cos(distance * 3.14159265358979);
      gain[k] = std::min(gain[k], 1 - (1 - needed) * shape);
    }
  }
  for (size_t i = 0; i < samples.size(); ++i) samples[i] *= gain[i];
}

size_t SamplesOf(domain::Milliseconds time) {
  return static_cast<size_t>(time.count()) * domain::kSampleRate / 1000;
}

}  // namespace

std::vector<int16_t> Shape(std::span<const int16_t> samples, Pauses pauses) {
  const std::span<const int16_t> audible = domain::Audible(samples, kBeforeAndAfter);
  if (audible.empty()) return {};
  std::vector<double> shaped(audible.begin(), audible.end());
  const double gain = std::pow(10, (kSpeechLevel - ActiveLevel(audible)) / 20);
  for (double& x : shaped) x *= gain;
  Limit(shaped);
  for (size_t i = 0; i < std::min(kRamp, shaped.size() / 2); ++i) {
    shaped[i] *= double(i) / kRamp;
    shaped[shaped.size() - 1 - i] *= double(i) / kRamp;
  }
  std::vector<int16_t> out(SamplesOf(pauses.before), 0);
  for (const double x : shaped) out.push_back(static_cast<int16_t>(std::lround(x)));
  out.resize(out.size() + SamplesOf(pauses.after), 0);
  return out;
}

}  // namespace um::prompts

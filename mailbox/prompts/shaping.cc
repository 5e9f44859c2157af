#include "mailbox/prompts/shaping.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mailbox/domain/g711.h"

namespace um::prompts {
namespace {
constexpr size_t kFrame = domain::kSampleRate / 100;  // 10 ms
constexpr double kActiveRange = 316.2;                // 25 dB
constexpr double kAudibleRange = 3162;      // 35 dB below the loudest frame a word still begins
constexpr double kInaudible = 32.8 * 32.8;  // -60 dBov
constexpr size_t kRamp = 40;                // samples: edges without a click

double Level(double mean_square) {
  return 10 * std::log10(mean_square / (32768.0 * 32768.0) + 1e-10);
}

/// Mean square of each 10 ms.
std::vector<double> Energies(std::span<const int16_t> samples) {
  std::vector<double> energies;
  for (size_t at = 0; at < samples.size(); at += kFrame) {
    const auto frame = samples.subspan(at, std::min(kFrame, samples.size() - at));
    double sum = 0;
    for (const int16_t x : frame) sum += double{1} * x * x;
    energies.push_back(sum / kFrame);
  }
  return energies;
}

/// The samples from the first to the last audible frame, and one frame more on each side: so the
/// ramp ends before a plosive begins.
std::span<const int16_t> Audible(std::span<const int16_t> samples) {
  const std::vector<double> energies = Energies(samples);
  if (energies.empty()) return {};
  const double floor =
      std::max(*std::max_element(energies.begin(), energies.end()) / kAudibleRange, kInaudible);
  const auto audible = [floor](double energy) { return energy >= floor; };
  const auto first = std::find_if(energies.begin(), energies.end(), audible);
  const auto last = std::find_if(energies.rbegin(), energies.rend(), audible);
  if (first == energies.end()) return {};
  const auto frames_before = static_cast<size_t>(first - energies.begin());
  const auto frames_until = static_cast<size_t>(energies.rend() - last);
  const size_t begin = (std::max(frames_before, size_t{1}) - 1) * kFrame;
  const size_t end = std::min((frames_until + 1) * kFrame, samples.size());
  return samples.subspan(begin, end - begin);
}

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

double ActiveLevel(std::span<const int16_t> samples) {
  const std::vector<double> energies = Energies(samples);
  if (energies.empty()) return -100;
  const double floor = *std::max_element(energies.begin(), energies.end()) / kActiveRange;
  double sum = 0;
  int frames = 0;
  for (const double energy : energies) {
    if (energy < floor) continue;
    sum += energy;
    ++frames;
  }
  return Level(sum / frames);
}

std::vector<int16_t> Shape(std::span<const int16_t> samples, Pauses pauses) {
  const std::span<const int16_t> audible = Audible(samples);
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

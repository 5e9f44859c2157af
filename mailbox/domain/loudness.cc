#include "mailbox/domain/loudness.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "mailbox/domain/g711.h"

namespace um::domain {
namespace {

constexpr Milliseconds kFrameLength{10};
constexpr size_t kFrame = kSampleRate / 100;
constexpr double kActiveRange = 316.2;      // 25 dB
constexpr double kAudibleRange = 3162;      // 35 dB below the loudest frame a word still begins
constexpr double kInaudible = 32.8 * 32.8;  // -60 dBov
constexpr double kMostGain = 15;            // [dB]
constexpr long kLimit = 27571;              // kPeakLevel
constexpr Milliseconds kMargin{100};        // around a recording's words
constexpr size_t kMostKnocks = 20;          // frames
constexpr double kKnock = 10;               // 10 dB

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

double FloorFor(double loudest) { return std::max(loudest / kAudibleRange, kInaudible); }

/// What no speech of this recording is louder than: the loudest frame, but for knocks: frames, a
/// fifth of a second of them at most, that are 10 dB above all others.
double LoudestSpeech(std::span<const double> energies) {
  std::vector<double> sorted(energies.begin(), energies.end());
  std::ranges::sort(sorted, std::greater());
  const double most = sorted.size() > kMostKnocks ? sorted[kMostKnocks] * kKnock : 0;
  if (most <= kInaudible) return sorted.front();
  return *std::ranges::find_if(sorted, [most](double energy) { return energy <= most; });
}

/// Of the frames from `loudest` down.
double LevelOf(std::span<const double> energies, double loudest) {
  double sum = 0;
  int frames = 0;
  for (const double energy : energies) {
    if (energy > loudest || energy < loudest / kActiveRange) continue;
    sum += energy;
    ++frames;
  }
  return Level(sum / frames);
}

/// Frames that are not below `floor`, and `more` around them.
std::span<const int16_t> Between(std::span<const int16_t> samples, std::span<const double> energies,
                                 double floor, size_t more) {
  const auto audible = [floor](double energy) { return energy >= floor; };
  const auto first = std::find_if(energies.begin(), energies.end(), audible);
  const auto last = std::find_if(energies.rbegin(), energies.rend(), audible);
  if (first == energies.end()) return {};
  const auto frames_before = static_cast<size_t>(first - energies.begin());
  const auto frames_until = static_cast<size_t>(energies.rend() - last);
  const size_t begin = (std::max(frames_before, more) - more) * kFrame;
  const size_t end = std::min((frames_until + more) * kFrame, samples.size());
  return samples.subspan(begin, end - begin);
}

/// Louder is one sample in two thousand at most of the frames from `loudest` down: neither a click
/// nor a knock keeps words quiet.
int PeakOf(std::span<const int16_t> samples, std::span<const double> energies, double loudest) {
  std::vector<size_t> of_size(32769);
  for (size_t i = 0; i < samples.size(); ++i) {
    if (energies[i / kFrame] <= loudest) ++of_size[static_cast<size_t>(std::abs(int{samples[i]}))];
  }
  size_t left = samples.size() / 2000;
  int peak = 32768;
  while (peak > 1 && of_size[static_cast<size_t>(peak)] <= left) {
    left -= of_size[static_cast<size_t>(peak--)];
  }
  return peak;
}

}  // namespace

double ActiveLevel(std::span<const int16_t> samples) {
  const std::vector<double> energies = Energies(samples);
  if (energies.empty()) return -100;
  return LevelOf(energies, *std::ranges::max_element(energies));
}

std::span<const int16_t> Audible(std::span<const int16_t> samples, Milliseconds margin) {
  const std::vector<double> energies = Energies(samples);
  if (energies.empty()) return {};
  const double floor = FloorFor(*std::ranges::max_element(energies));
  return Between(samples, energies, floor, static_cast<size_t>(margin / kFrameLength));
}

std::vector<int16_t> ForListeners(std::vector<int16_t> recording) {
  const std::vector<double> energies = Energies(recording);
  if (energies.empty()) return recording;
  const double loudest = LoudestSpeech(energies);
  const std::span<const int16_t> audible =
      Between(recording, energies, FloorFor(loudest), static_cast<size_t>(kMargin / kFrameLength));
  if (audible.empty()) return recording;
  const double wanted = std::min(kSpeechLevel - LevelOf(energies, loudest), kMostGain);
  const int peak = PeakOf(recording, energies, loudest);
  const double possible = kPeakLevel - 20 * std::log10(peak / 32768.0);
  const double gain = std::pow(10, std::min(wanted, possible) / 20);
  // In place: a recording may be long.
  const auto amplify = [gain](int16_t x) {
    return static_cast<int16_t>(std::clamp(std::lround(x * gain), -kLimit, kLimit));
  };
  std::ranges::transform(audible, recording.begin(), amplify);
  recording.resize(audible.size());
  return recording;
}

}  // namespace um::domain

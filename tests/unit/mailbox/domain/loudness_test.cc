#include "mailbox/domain/loudness.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "mailbox/domain/g711.h"
#include "tests/support/catch.h"

using namespace um::domain;

namespace {
using Samples = std::vector<int16_t>;
constexpr size_t kSecond = kSampleRate;

/// Noise that swells and ebbs four times a second, as speech does, for three seconds, between
/// silences.
Samples Words(double dbov, size_t before, size_t after) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0, 32768 * std::pow(10, dbov / 20));
  Samples out(before, 0);
  for (size_t i = 0; i < 3 * kSecond; ++i) {
    const double swell = std::abs(std::sin(static_cast<double>(i) * 0.00157 + 0.2));
    out.push_back(static_cast<int16_t>(std::clamp(normal(random) * swell, -32768.0, 32767.0)));
  }
  out.resize(out.size() + after, 0);
  return out;
}
int Peak(const Samples& samples) {
  int peak = 0;
  for (const int16_t x : samples) peak = std::max(peak, std::abs(int{x}));
  return peak;
}
const int kMaxPeak = int(std::ceil(32768 * std::pow(10, kPeakLevel / 20)));
}  // namespace

TEST_CASE("loud and quiet callers are mailed equally loud, and none clipped") {
  for (const double level : {-8.0, -20.0, -33.0}) {
    INFO("level " << level);
    const Samples mailed = ForListeners(Words(level, 0, 0));
    CHECK(ActiveLevel(mailed) == Approx(kSpeechLevel).margin(1));
    CHECK(Peak(mailed) <= kMaxPeak);
  }
}

TEST_CASE("a whisper is raised by 15 dB, and what cannot be heard is left as it is") {
  const Samples whisper = Words(-50, 0, 0);
  CHECK(ActiveLevel(ForListeners(whisper)) == Approx(ActiveLevel(whisper) + 15).margin(0.3));
  const Samples nothing = Words(-80, 100, 100);
  CHECK(ForListeners(nothing) == nothing);
  CHECK(ForListeners({}).empty());
}

TEST_CASE("the silence around the words is cut to a tenth of a second, that between them stays") {
  Samples two = Words(-20, 2 * kSecond, kSecond);
  const Samples more = Words(-20, 0, 4 * kSecond);
  two.insert(two.end(), more.begin(), more.end());
  const Samples mailed = ForListeners(two);
  // Three seconds, one, three, and a tenth on each side; the words swell up from little.
  CHECK(mailed.size() == Approx(7.2 * kSecond).margin(0.05 * kSecond));
  const auto loud = [](int16_t x) { return std::abs(x) > 500; };
  const auto first = std::find_if(mailed.begin(), mailed.end(), loud) - mailed.begin();
  CHECK(first == Approx(0.1 * kSecond).margin(0.05 * kSecond));
}

TEST_CASE("a click does not keep the words quiet, and is cut down") {
  Samples words = Words(-33, 0, 0);
  words[kSecond] = 32767;
  words[kSecond + 1] = -32768;
  // It makes the frame it is in the loudest, so that the level is not measured as well as without.
  const Samples mailed = ForListeners(words);
  CHECK(ActiveLevel(mailed) == Approx(kSpeechLevel).margin(3));
  CHECK(Peak(mailed) <= kMaxPeak);
}

#include "mailbox/domain/loudness.h"

#include <algorithm>
#include <cmath>

#include "mailbox/domain/g711.h"
#include "tests/support/catch.h"
#include "tests/support/swelling_noise.h"

using namespace um::domain;

namespace {
using Samples = std::vector<int16_t>;
constexpr size_t kSecond = kSampleRate;

Samples Words(double dbov, size_t before, size_t after) {
  return um::tests::SwellingNoise(dbov, 3 * kSecond, before, after);
}
const int kMaxPeak = int(std::ceil(32768 * std::pow(10, kPeakLevel / 20)));
}  // namespace

TEST_CASE("the active level does not count pauses") {
  const double without = ActiveLevel(Words(-20, 0, 0));
  CHECK(without == Approx(ActiveLevel(Words(-20, 8000, 16000))).margin(0.1));
  CHECK(ActiveLevel(Words(-40, 0, 0)) == Approx(without - 20).margin(0.3));
  CHECK(ActiveLevel({}) == -100);
  CHECK(ActiveLevel(Samples(1000, 0)) <= -99);
}

TEST_CASE("loud and quiet callers are mailed equally loud, and none clipped") {
  for (const double level : {-8.0, -20.0, -33.0}) {
    INFO("level " << level);
    const Samples mailed = ForListeners(Words(level, 0, 0));
    CHECK(ActiveLevel(mailed) == Approx(kSpeechLevel).margin(1));
    CHECK(um::tests::PeakOf(mailed) <= kMaxPeak);
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

TEST_CASE(
    "a knock or what is left of a key neither keeps the words quiet nor counts as the words") {
  for (const double level : {-30.0, -33.0, -40.0, -45.0}) {
    for (const size_t ms : {10, 40, 150}) {
      INFO("level " << level << ", knock of " << ms << " ms");
      const Samples words = Words(level, 0, 0);
      Samples knocked = words;
      const bool after = ms == 40;
      if (after) knocked.resize(knocked.size() + kSecond);  // the caller hangs up noisily
      const size_t at = after ? words.size() + 4000 : kSecond;
      for (size_t i = 0; i < ms * 8; ++i) knocked[at + i] = i % 8 < 4 ? 20000 : -20000;
      const Samples mailed = ForListeners(knocked);
      const Samples wanted = ForListeners(words);
      CHECK(mailed.size() >= words.size());
      // What the words became, with the knock and without.
      const auto second = std::span(mailed).subspan(2 * kSecond, kSecond / 2);
      const auto same = std::span(wanted).subspan(2 * kSecond, kSecond / 2);
      CHECK(ActiveLevel(second) == Approx(ActiveLevel(same)).margin(1));
      CHECK(um::tests::PeakOf(mailed) <= kMaxPeak);
    }
  }
}

TEST_CASE("a click does not keep the words quiet, and is cut down") {
  Samples words = Words(-33, 0, 0);
  words[kSecond] = 32767;
  words[kSecond + 1] = -32768;
  // It makes the frame it is in the loudest, so that the level is not measured as well as without.
  const Samples mailed = ForListeners(words);
  CHECK(ActiveLevel(mailed) == Approx(kSpeechLevel).margin(3));
  CHECK(um::tests::PeakOf(mailed) <= kMaxPeak);
}

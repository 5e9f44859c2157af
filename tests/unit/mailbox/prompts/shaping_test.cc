#include "mailbox/prompts/shaping.h"

#include <algorithm>
#include <cmath>

#include "tests/support/catch.h"
#include "tests/support/swelling_noise.h"

using namespace um::prompts;
using namespace std::chrono_literals;

namespace {
using Samples = std::vector<int16_t>;

Samples Words(double dbov, size_t before, size_t after) {
  return um::tests::SwellingNoise(dbov, 12'000, before, after);
}
const int kMaxPeak = int(std::ceil(32768 * std::pow(10, kPeakLevel / 20)));
}  // namespace

TEST_CASE("loud and quiet words come out equally loud and unclipped") {
  for (const double level : {-5.0, -20.0, -35.0, -45.0}) {
    const Samples shaped = Shape(Words(level, 3000, 5000), {});
    INFO("level " << level);
    CHECK(ActiveLevel(shaped) == Approx(kSpeechLevel).margin(1.0));
    CHECK(um::tests::PeakOf(shaped) <= kMaxPeak);
  }
}

TEST_CASE("single peaks are taken down, not the words around them") {
  Samples words = Words(-25, 0, 0);
  words[6000] = 32767;
  const Samples shaped = Shape(words, {});
  CHECK(um::tests::PeakOf(shaped) <= kMaxPeak);
  CHECK(ActiveLevel(shaped) == Approx(kSpeechLevel).margin(1.0));
}

TEST_CASE("the pauses around the words are exact") {
  for (const size_t silence : {size_t{0}, size_t{100}, size_t{20000}}) {
    const Samples shaped = Shape(Words(-20, silence, silence), {.before = 50ms, .after = 100ms});
    CHECK(std::all_of(shaped.begin(), shaped.begin() + 400, [](int16_t x) { return x == 0; }));
    CHECK(std::all_of(shaped.end() - 800, shaped.end(), [](int16_t x) { return x == 0; }));
    CHECK(std::abs(int(shaped.size()) - (12000 + 1200)) <= 400);
  }
}

TEST_CASE("a word that begins at its loudest keeps its beginning") {
  for (const size_t before : {size_t{800}, size_t{807}, size_t{879}}) {
    Samples burst(before, 0);
    for (int i = 0; i < 4000; ++i) {
      burst.push_back(static_cast<int16_t>(12000 * std::exp(-i / 2000.0) * (i % 2 ? 1 : -1)));
    }
    const Samples shaped = Shape(burst, {});
    const auto audible = std::find_if(shaped.begin(), shaped.end(), [](int x) { return x != 0; });
    REQUIRE(audible != shaped.end());
    CHECK(std::abs(int{*audible}) > um::tests::PeakOf(shaped) / 2);
  }
}

TEST_CASE("nothing audible becomes nothing") {
  CHECK(Shape({}, {}).empty());
  CHECK(Shape(Samples(8000, 0), {}).empty());
  CHECK(Shape(Samples(8000, 3), {}).empty());
}

TEST_CASE("a very short sound survives") {
  const Samples click(10, 20000);
  CHECK(!Shape(click, {}).empty());
}

#include "tests/unit/mailbox/prompts/measures.h"

#include "tests/support/catch.h"
#include "tests/support/tones.h"

using namespace um::tests;

namespace {
Samples Sine(double ms, double amplitude) {
  Samples out(static_cast<size_t>(ms * 8));
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] =
        static_cast<int16_t>(std::lround(amplitude * std::sin(2 * M_PI * 440 / 8000 * double(i))));
  }
  return out;
}
Samples Joined(std::initializer_list<Samples> parts) {
  Samples out;
  for (const Samples& part : parts) Append(out, part);
  return out;
}
constexpr double kSineBelowSquare = 3.01;  // [dB]
}  // namespace

TEST_CASE("a sine without pauses has the level of its root mean square") {
  for (const double dbov : {-10.0, -20.0, -30.0}) {
    const Samples sine = Sine(4000, 32768 * std::pow(10, dbov / 20));
    CHECK(SpeechLevel(sine) == Approx(dbov - kSineBelowSquare).margin(0.15));
    CHECK(PeakLevel(sine) == Approx(dbov).margin(0.1));
  }
  CHECK(SpeechLevel(Quiet(1000)) == -100);
  CHECK(PeakLevel(Quiet(1000)) == -100);
}

TEST_CASE("pauses within words count for the speech level, long ones do not") {
  const Samples word = Sine(1000, 3276.8);
  const double level = SpeechLevel(Joined({word, word, word}));
  // Of each pause 200 ms are still active, and what the envelope takes to fall: 3 s of sound
  // in 3.86 s.
  const Samples sentence = Joined({word, Quiet(1000), word, Quiet(3000), word, Quiet(2000)});
  CHECK(SpeechLevel(sentence) == Approx(level + 10 * std::log10(3 / 3.86)).margin(0.05));
  CHECK(SpeechLevel(Joined({word, Quiet(20), word})) == Approx(level).margin(0.3));
}

TEST_CASE("clipping shows after the level was turned down") {
  Samples loud = Sine(500, 60000 / 2);
  CHECK(FlatTop(loud) <= 2);
  for (int16_t& x : loud) x = static_cast<int16_t>(std::clamp<int>(x * 2, -32768, 32767) / 4);
  CHECK(FlatTop(loud) > kMostFlat);
}

TEST_CASE("silence at the ends is measured to the millisecond") {
  const Samples sound = Joined({Quiet(40), Sine(200, 10000), Quiet(125)});
  CHECK(SilenceBefore(sound) == Approx(36).margin(4));  // a frame that the sound has begun in
  CHECK(SilenceAfter(sound) == Approx(121).margin(4));
  CHECK(SilenceBefore(Quiet(300)) == 300);
}

TEST_CASE("a word that is cut off clicks, and one that fades does not") {
  Samples word = Sine(200, 10000);
  CHECK(EdgeStep(Joined({Quiet(20), Samples(word.begin() + 100, word.end()), Quiet(20)})) >
        kMostStep);
  CHECK(EdgeStep(Samples(word.begin() + 100, word.end())) > kMostStep);
  for (size_t i = 0; i < 80; ++i) {
    word[i] = static_cast<int16_t>(word[i] * int(i) / 800);
    word[word.size() - 1 - i] = static_cast<int16_t>(word[word.size() - 1 - i] * int(i) / 800);
  }
  CHECK(EdgeStep(Joined({Quiet(20), word, Quiet(20)})) < kMostStep);
  CHECK(EdgeStep(Quiet(20)) == 0);
}

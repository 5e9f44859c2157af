#include "mailbox/media/tone_keys.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/tones.h"

using namespace um::tests;
using um::domain::Law;
using um::media::ToneKeys;

namespace {

constexpr std::string_view kKeys = "0123456789*#ABCD";

/// What is heard in audio that comes in packets of 20 ms.
struct Ear {
  void Hear(const Samples& samples, Law law = Law::kMu) {
    const auto codes = Encoded(samples, law);
    for (size_t at = 0; at < codes.size(); at += 160) {
      Packet(std::span(codes).subspan(at, std::min<size_t>(160, codes.size() - at)), law);
    }
  }
  void Packet(std::span<const uint8_t> codes, Law law = Law::kMu) {
    tones.HearPacket(sequence++, timestamp, codes, law);
    timestamp += static_cast<uint32_t>(codes.size());
  }
  std::string keys;
  ToneKeys tones{[this](char key) { keys += key; }};
  int64_t sequence = 7;
  uint32_t timestamp = 0xFFFFFF00;
};

/// All keys, each once.
Samples AllKeys(Tone tone = {}, double pause_ms = 60) {
  Samples out = Quiet(pause_ms);
  for (const char key : kKeys) {
    Append(out, ToneOf(key, tone));
    Append(out, Quiet(pause_ms));
  }
  return out;
}

std::string KeysIn(const Samples& samples, Law law = Law::kMu) {
  Ear ear;
  ear.Hear(samples, law);
  return ear.keys;
}

}  // namespace

TEST_CASE("all sixteen keys are heard, once each, in both laws") {
  for (const Law law : {Law::kMu, Law::kA}) CHECK(KeysIn(AllKeys(), law) == kKeys);
}

TEST_CASE("40 ms of tone and 40 ms of pause are enough, however they lie") {
  for (size_t shift = 0; shift < 200; ++shift) {
    Samples all(shift);
    Append(all, AllKeys({.ms = 40}, 40));
    INFO(shift);
    REQUIRE(KeysIn(all) == kKeys);
  }
}

TEST_CASE("20 ms of tone is no key, however it lies") {
  for (size_t shift = 0; shift < 200; ++shift) {
    Samples all(shift);
    Append(all, AllKeys({.ms = 20}));
    INFO(shift);
    REQUIRE(KeysIn(all).empty());
  }
}

TEST_CASE("a key that is held long is one press, and a break of 10 ms in it makes no second") {
  Samples all = ToneOf('5', {.ms = 5000});
  CHECK(KeysIn(all) == "5");
  std::fill(all.begin() + 20000, all.begin() + 20080, int16_t{0});
  CHECK(KeysIn(all) == "5");
}

TEST_CASE("the frequencies may be off by 1.5 per cent, not by 3.5") {
  for (const double sign : {-1.0, 1.0}) {
    CHECK(KeysIn(AllKeys({.detuned = sign * 0.015})).starts_with("0123456789*#"));
    CHECK(KeysIn(AllKeys({.detuned = sign * 0.035})).empty());
  }
}

TEST_CASE("one frequency may be weaker than the other: the high one by 7 dB, the low one by 5") {
  CHECK(KeysIn(AllKeys({.low_dbm0 = -8, .high_dbm0 = -15})) == kKeys);
  CHECK(KeysIn(AllKeys({.low_dbm0 = -13, .high_dbm0 = -8})) == kKeys);
  CHECK(KeysIn(AllKeys({.low_dbm0 = -8, .high_dbm0 = -20})).empty());
  CHECK(KeysIn(AllKeys({.low_dbm0 = -18, .high_dbm0 = -8})).empty());
}

TEST_CASE("keys are heard from -3 to -30 dBm0, not at -45") {
  for (const double level : {-3.0, -6.0, -12.0, -20.0, -30.0}) {
    INFO(level);
    CHECK(KeysIn(AllKeys({.low_dbm0 = level, .high_dbm0 = level})) == kKeys);
  }
  CHECK(KeysIn(AllKeys({.low_dbm0 = -45, .high_dbm0 = -45})).empty());
}

TEST_CASE("noise 15 dB below the keys hides none, and noise alone is no key") {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    Samples noisy = AllKeys();
    AddNoise(noisy, -24, seed);  // a key of two tones of -12 has -9 dBm0
    INFO(seed);
    CHECK(KeysIn(noisy) == kKeys);
    Samples noise = Quiet(60'000);
    AddNoise(noise, -10, seed);
    CHECK(KeysIn(noise).empty());
  }
}

TEST_CASE("a lost packet within a tone neither ends it nor makes another press") {
  const auto codes = Encoded(ToneOf('7', {.ms = 200}));
  for (size_t lost = 0; lost < 10; ++lost) {
    Ear ear;
    ear.Hear(Quiet(100));
    for (size_t i = 0; i < 10; ++i) {
      if (i == lost) {
        ++ear.sequence;
        ear.timestamp += 160;
      } else {
        ear.Packet(std::span(codes).subspan(i * 160, 160));
      }
    }
    ear.Hear(Quiet(100));
    INFO(lost);
    CHECK(ear.keys == "7");
  }
}

TEST_CASE("a late packet is not heard twice") {
  const auto codes = Encoded(ToneOf('7', {.ms = 100}));
  Ear ear;
  ear.Hear(Quiet(100));
  for (int i = 0; i < 5; ++i) ear.Packet(std::span(codes).subspan(size_t(i) * 160, 160));
  ear.Hear(Quiet(60));
  ear.tones.HearPacket(3, 100, std::span(codes).first(160), Law::kMu);
  ear.tones.HearPacket(4, 260, std::span(codes).subspan(160, 160), Law::kMu);
  CHECK(ear.keys == "7");
}

TEST_CASE("a sender that is silent between two presses of one key makes two of them") {
  Ear ear;
  ear.Hear(ToneOf('7', {.ms = 100}));
  ear.timestamp += 4000;  // no packets for half a second
  ear.Hear(ToneOf('7', {.ms = 100}));
  CHECK(ear.keys == "77");
}

TEST_CASE("the audio says whether a key began, is held, or is over") {
  std::string keys;
  ToneKeys tones([&](char key) { keys += key; });
  Samples all = Quiet(50);
  Append(all, ToneOf('#', {.ms = 100}));
  Append(all, Quiet(100));
  const auto codes = Encoded(all);
  std::string heard;
  for (size_t at = 0; at + 80 <= codes.size(); at += 80) {  // 10 ms
    switch (tones.Hear(std::span(codes).subspan(at, 80), Law::kMu)) {
      case ToneKeys::Tone::kNone:
        heard += '.';
        break;
      case ToneKeys::Tone::kNew:
        heard += 'N';
        CHECK(at + 80 <= 400 + ToneKeys::kOnset);  // told in time for all of it to be removed
        break;
      case ToneKeys::Tone::kHeld:
        heard += 'h';
        break;
    }
  }
  CHECK(heard.find('N') != std::string::npos);
  CHECK(heard.find_first_not_of(".", heard.find_last_of('h') + 1) == std::string::npos);
  CHECK(heard.find_last_of('h') >= 14);  // until the tone ends at 150 ms
  CHECK(heard.find_last_of('h') <= 18);
  CHECK(keys == "#");
}

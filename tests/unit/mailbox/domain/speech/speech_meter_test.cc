#include "mailbox/domain/speech_meter.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace um::domain;

namespace {
using Samples = std::vector<double>;
constexpr double kPi = 3.14159265358979;

double Level(double dbov) { return 32768 * std::pow(10, dbov / 20); }

Samples Silence(double seconds) { return Samples(static_cast<size_t>(seconds * kSampleRate)); }
Samples Noise(double seconds, double dbov) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0, Level(dbov));
  Samples out = Silence(seconds);
  for (double& x : out) x = normal(random);
  return out;
}
Samples Hum(double seconds, double dbov, double hertz) {
  Samples out = Silence(seconds);
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = Level(dbov) * std::sqrt(2) * std::sin(2 * kPi * hertz * double(i) / kSampleRate);
  }
  return out;
}

/// One channel of a 16-bit PCM WAV file at 8 kHz; the test recordings at 48 kHz are averaged down.
/// Empty: not there.
Samples Recording(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string file((std::istreambuf_iterator<char>(in)), {});
  const size_t data = file.find("data");
  if (data == std::string::npos) return {};
  const auto u8 = [&](size_t at) { return static_cast<uint8_t>(file[at]); };
  const int channels = u8(22);
  const int step = (u8(24) | u8(25) << 8 | u8(26) << 16) / kSampleRate;
  Samples out;
  const size_t stride = size_t(2 * channels * step);
  for (size_t at = data + 8; at + stride <= file.size(); at += stride) {
    double sum = 0;
    for (int i = 0; i < step; ++i) {
      const size_t p = at + size_t(2 * channels * i);
      sum += static_cast<int16_t>(u8(p) | u8(p + 1) << 8);
    }
    out.push_back(sum / step);
  }
  return out;
}
const std::string kSounds = "/usr/share/asterisk/sounds/en_US_f_Allison/";
std::vector<Samples> Speech() {
  std::vector<Samples> out;
  for (const char* name :
       {"vm-intro", "vm-review", "vm-options", "demo-congrats", "vm-isunavail", "vm-goodbye"}) {
    out.push_back(Recording(kSounds + name + ".wav"));
  }
  for (const char* name : {"Front_Center", "Front_Left", "Rear_Right", "Side_Left"}) {
    out.push_back(Recording(std::string("/usr/share/sounds/alsa/") + name + ".wav"));
  }
  std::erase_if(out, [](const Samples& s) { return s.empty(); });
  return out;
}

Samples Louder(Samples in, double db) {
  for (double& x : in) x *= std::pow(10, db / 20);
  return in;
}
Samples operator+(Samples a, const Samples& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Samples Mix(Samples a, const Samples& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) a[i] += b[i];
  return a;
}
std::vector<uint8_t> Encode(const Samples& in, Law law = Law::kMu) {
  std::vector<uint8_t> out;
  for (const double x : in)
    out.push_back(EncodeG711(law, static_cast<int16_t>(std::clamp(x, -32768.0, 32767.0))));
  return out;
}
SpeechMeter Measure(const Samples& in, Law law = Law::kMu) {
  SpeechMeter meter(law);
  meter.Add(Encode(in, law));
  return meter;
}

/// What a person would call the extent of the speech: frames within 25 dB of the loudest one.
struct Extent {
  Milliseconds first{}, last{};
};
Extent Audible(const Samples& in) {
  constexpr size_t kFrame = 160;
  std::vector<double> energy;
  for (size_t at = 0; at + kFrame <= in.size(); at += kFrame) {
    double sum = 0;
    for (size_t i = 0; i < kFrame; ++i) sum += in[at + i] * in[at + i];
    energy.push_back(sum);
  }
  const double peak = *std::max_element(energy.begin(), energy.end());
  Extent extent{Milliseconds(-1), {}};
  for (size_t i = 0; i < energy.size(); ++i) {
    if (energy[i] < peak / 316) continue;
    if (extent.first.count() < 0) extent.first = Milliseconds(20 * i);
    extent.last = Milliseconds(20 * (i + 1));
  }
  return extent;
}
}  // namespace

TEST_CASE("silence, comfort noise, hum and steady noise are not speech") {
  for (const Law law : {Law::kMu, Law::kA}) {
    CHECK(Measure(Silence(5), law).speech() == 0ms);
    CHECK(Measure(Noise(5, -60), law).speech() == 0ms);
    for (const double level : {-48.0, -45.0, -40.0, -30.0, -20.0}) {
      INFO("level " << level);
      CHECK(Measure(Noise(5, level), law).speech() == 0ms);
      CHECK(Measure(Hum(5, level, 50), law).speech() == 0ms);
      CHECK(Measure(Hum(5, level, 60), law).speech() == 0ms);
      CHECK(Measure(Hum(5, level, 425), law).speech() == 0ms);  // a dial tone
    }
  }
}

TEST_CASE("noise that sets in later is speech for at most a second") {
  const SpeechMeter meter = Measure(Silence(3) + Noise(10, -40));
  CHECK(meter.speech() <= 1s);
  CHECK(meter.last_speech() <= 4s);
}

TEST_CASE("a constant offset is not energy") {
  CHECK(Measure(Samples(5 * kSampleRate, 2000.0)).speech() == 0ms);
}

TEST_CASE("real speech is found at once, whatever its level, and its end is exact") {
  const std::vector<Samples> recordings = Speech();
  if (recordings.empty()) WARN("no recordings are installed: nothing was measured");
  for (const Samples& speech : recordings) {
    for (const double gain : {6.0, 0.0, -6.0, -12.0}) {
      const Extent extent = Audible(speech);
      const Samples loud = Silence(2) + Louder(speech, gain) + Silence(3);
      const auto codes = Encode(loud);
      SpeechMeter meter(Law::kMu);
      Milliseconds found{-1};
      for (size_t at = 0; at + 160 <= codes.size(); at += 160) {
        meter.Add(std::span(codes).subspan(at, 160));
        if (found.count() < 0 && meter.speech() > 0ms) found = meter.length();
      }
      INFO("length " << speech.size() / 8 << ", gain " << gain << ", audible "
                     << extent.first.count() << " to " << extent.last.count() << ", found at "
                     << found.count() << ", last " << meter.last_speech().count());
      CHECK(found - 2s - extent.first <= 60ms);  // the end of the second frame, or of the third
      CHECK(meter.last_speech() - 2s >= extent.last - 60ms);
      CHECK(meter.last_speech() - 2s <= Milliseconds(speech.size() / 8));
      CHECK(meter.speech() * 3 >= extent.last - extent.first);
    }
  }
}

TEST_CASE("speech is found in noise") {
  for (const Samples& speech : Speech()) {
    const Extent extent = Audible(speech);
    const SpeechMeter meter = Measure(Mix(Silence(2) + speech + Silence(3), Noise(60, -45)));
    INFO("audible until " << extent.last.count() << ", last " << meter.last_speech().count());
    CHECK(meter.last_speech() - 2s >= extent.last - 100ms);
    CHECK(meter.last_speech() - 2s <= Milliseconds(speech.size() / 8) + 20ms);
  }
}

TEST_CASE("ten seconds of speech followed by silence last ten seconds") {
  for (const Samples& speech : Speech()) {
    const Extent extent = Audible(speech);
    const auto begin = speech.begin() + extent.first.count() * 8;
    const Samples loop(begin, speech.begin() + extent.last.count() * 8);
    Samples ten;
    while (ten.size() < 10 * kSampleRate) ten = ten + loop;
    // End where a word ends: a cut in a pause is not ten seconds of speech.
    const Samples cut(ten.end() - 10 * kSampleRate, ten.end());
    for (const double gain : {0.0, -10.0}) {
      const SpeechMeter meter = Measure(Louder(cut, gain) + Noise(6, -65));
      CHECK(meter.last_speech() + 100ms >= 9900ms);
      CHECK(meter.last_speech() + 100ms <= 10100ms);
    }
  }
}

TEST_CASE("clicks are not speech") {
  Samples clicks = Silence(10);
  for (size_t at = 8000 + 40; at + 80 < clicks.size(); at += 4000) {
    for (size_t i = 0; i < 80; ++i) clicks[at + i] = i % 2 ? 20000 : -20000;
  }
  CHECK(Measure(clicks).speech() == 0ms);
}

TEST_CASE("a lost packet in a noisy call does not make the noise speech") {
  Samples noise = Noise(10, -40);
  for (size_t at = 3 * 8000; at < 3 * 8000 + 480; ++at) noise[at] = 0;
  CHECK(Measure(noise).speech() == 0ms);
}

TEST_CASE("the answers do not depend on how the audio was cut into pieces") {
  std::mt19937 random(7);
  const auto codes =
      Encode(Noise(2, -60) + Hum(1, -20, 300) + Silence(1) + Noise(0.3, -20) + Silence(0.011));
  SpeechMeter whole(Law::kMu);
  whole.Add(codes);
  for (int round = 0; round < 20; ++round) {
    SpeechMeter pieces(Law::kMu);
    for (size_t at = 0; at < codes.size();) {
      const size_t n = std::min<size_t>(random() % 400, codes.size() - at);
      pieces.Add(std::span(codes).subspan(at, n));
      at += n;
    }
    CHECK(pieces.length() == whole.length());
    CHECK(pieces.speech() == whole.speech());
    CHECK(pieces.last_speech() == whole.last_speech());
  }
  CHECK(whole.length() == 4311ms);
  CHECK(whole.speech() >= 200ms);
}

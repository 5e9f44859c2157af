#include "mailbox/audio/files.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/support/catch.h"

namespace um::audio {
namespace {

using Samples = std::vector<int16_t>;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

absl::StatusOr<std::string> Mp3(std::span<const int16_t> samples) {
  return Encode(samples, domain::AudioFormat::kMp3);
}

// Real telephone speech: a phrase of Debian's asterisk-core-sounds-en-wav.
Samples Speech() {
  const std::string file = ReadFile("/usr/share/asterisk/sounds/en_US_f_Allison/vm-intro.wav");
  REQUIRE(file.size() > 44);
  Samples samples = Decode(file, 8000).value();
  REQUIRE(samples.size() > 16000);
  return samples;
}

// Normalised cross-correlation at lag 0: 1 is the same shape.
double Correlation(const Samples& a, const Samples& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    ab += double{1} * a[i] * b[i];
    aa += double{1} * a[i] * a[i];
    bb += double{1} * b[i] * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

// PCM in RIFF/WAVE, so that hostile headers can be made.
std::string Wav(uint32_t rate, uint16_t channels, std::string_view data) {
  std::string out = "RIFF";
  const auto put = [&out](uint32_t v, int n) {
    for (int i = 0; i < n; ++i) out += static_cast<char>(v >> (8 * i) & 0xFF);
  };
  put(static_cast<uint32_t>(36 + data.size()), 4);
  out += "WAVEfmt ";
  put(16, 4), put(1, 2), put(channels, 2), put(rate, 4), put(rate * channels * 2, 4),
      put(channels * 2u, 2), put(16, 2);
  out += "data";
  put(static_cast<uint32_t>(data.size()), 4);
  out += data;
  return out;
}

TEST_CASE("an MP3 of telephone speech sounds like its source and is sample for sample as long") {
  const Samples speech = Speech();
  const std::string mp3 = Mp3(speech).value();
  const Samples decoded = Decode(mp3, 8000).value();
  CHECK(decoded.size() == speech.size());
  CHECK(Correlation(speech, decoded) > 0.98);
  // 16 kbit/s is 2000 bytes a second; the tag and the codec's delay are a few frames.
  CHECK(mp3.size() < 2000 * speech.size() / 8000 + 1000);
}

TEST_CASE("an MP3's length is right wherever in a frame its source ends") {
  int exact = 0;
  const Samples speech = Speech();
  for (size_t length = 8000; length < 8000 + 576; length += 37) {
    const std::span<const int16_t> source(speech.data(), length);
    const size_t decoded = Decode(Mp3(source).value(), 8000).value().size();
    // FFmpeg's encoder cannot announce padding longer than a frame: at most 46 samples (6 ms) then
    // remain.
    CHECK(decoded >= length);
    CHECK(decoded <= length + 46);
    exact += decoded == length ? 1 : 0;
  }
  CHECK(exact >= 13);
}

TEST_CASE("an MP3 is the same bytes every time: a retried mail must be") {
  const Samples speech = Speech();
  CHECK(Mp3(speech).value() == Mp3(speech).value());
}

TEST_CASE("an MP3 carries the tag that tells players its exact length") {
  const std::string mp3 = Mp3(Samples(8000, 100)).value();
  CHECK((mp3.find("Xing") < 100 || mp3.find("Info") < 100));
}

TEST_CASE("recordings in the other formats are as long as they were and sound like it") {
  const Samples speech = Speech();
  const struct {
    domain::AudioFormat format;
    double correlation;
    size_t padding;  // samples that the file cannot say are none
    int bytes;       // a second
    std::string_view signature;
  } expected[] = {{domain::AudioFormat::kGsm, 0.97, 320, 1625, "RIFF"},
                  {domain::AudioFormat::kOpus, 0.9, 0, 2000, "OggS"}};
  for (const auto& e : expected) {
    CAPTURE(static_cast<int>(e.format));
    const std::string file = Encode(speech, e.format).value();
    CHECK(file == Encode(speech, e.format).value());
    CHECK(file.starts_with(e.signature));
    CHECK(file.size() < e.bytes * speech.size() / 8000 + 4000);
    const Samples decoded = Decode(file, 8000).value();
    CHECK(decoded.size() >= speech.size());
    CHECK(decoded.size() <= speech.size() + e.padding);
    CHECK(Correlation(speech, decoded) > e.correlation);
  }
  CHECK_FALSE(Encode(speech, domain::AudioFormat::kG711).ok());
}

TEST_CASE("a WAV of G.711 keeps every code and says which law it is") {
  std::string codes;
  for (int i = 0; i < 255; ++i) codes += static_cast<char>(i);  // an odd number: needs the pad byte
  for (const domain::Law law : {domain::Law::kMu, domain::Law::kA}) {
    const std::string wav = WavOfG711(law, codes);
    CHECK(wav.size() == 8 + 4 + 26 + 12 + 8 + 256);
    CHECK(wav.substr(20, 1) == (law == domain::Law::kMu ? "\7" : "\6"));
    CHECK(wav.find(codes) == 58);
    const Samples decoded = Decode(wav, 8000).value();
    CHECK(decoded.size() == 255);
    CHECK(decoded[0x80] == (law == domain::Law::kMu ? 32124 : 5504));  // ITU-T G.711 tables 1 and 2
  }
}

TEST_CASE("decoding resamples and mixes down") {
  std::string pcm;
  for (int i = 0; i < 48000; ++i) {
    const auto v = static_cast<int16_t>(10000 * std::sin(i * 2 * M_PI * 440 / 48000));
    for (int channel = 0; channel < 2; ++channel)
      pcm.append({static_cast<char>(v), static_cast<char>(v >> 8)});
  }
  const Samples decoded = Decode(Wav(48000, 2, pcm), 8000).value();
  CHECK(std::abs(static_cast<int>(decoded.size()) - 8000) < 20);
  CHECK(*std::max_element(decoded.begin(), decoded.end()) == Approx(10000).margin(400));
}

TEST_CASE("a format without a signature is decoded when named") {
  CHECK(Decode(std::string(8000, '\x12'), 16000, "g722").value().size() == 16000);
}

TEST_CASE("what is not audio is refused") {
  CHECK(Decode("", 8000).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(Decode("hello", 8000).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(Decode(std::string(100000, '\0'), 8000).status().code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK_FALSE(Decode("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", 8000).ok());
  CHECK_FALSE(Decode("ffconcat version 1.0\nfile /etc/passwd\n", 8000).ok());
}

TEST_CASE("absurd rates and channels are refused") {
  CHECK_FALSE(Decode(Wav(1, 1, std::string(2000, 'x')), 8000).ok());
  CHECK_FALSE(Decode(Wav(4000000000u, 1, std::string(2000, 'x')), 8000).ok());
  CHECK_FALSE(Decode(Wav(8000, 60000, std::string(240000, 'x')), 8000).ok());
  CHECK_FALSE(Decode(Wav(8000, 1, std::string(2000, 'x')), 0).ok());
}

TEST_CASE("audio of more than ten minutes is refused") {
  CHECK(Decode(Wav(8000, 1, std::string(601 * 16000, '\0')), 8000).status().code() ==
        absl::StatusCode::kResourceExhausted);
}

TEST_CASE("damaged files never crash the decoder") {
  const Samples speech = Speech();
  const Samples second(speech.begin(), speech.begin() + 8000);
  std::mt19937 random(7);  // NOLINT: the same damage every time
  for (const std::string& whole : {Mp3(second).value(), Wav(8000, 1, std::string(8000, 'a'))}) {
    for (int round = 0; round < 150; ++round) {
      std::string file = whole.substr(0, random() % whole.size() + 1);
      for (int hits = 0; hits < 20; ++hits)
        file[random() % std::min<size_t>(file.size(), 400)] = static_cast<char>(random());
      const auto decoded = Decode(file, 8000);
      if (decoded.ok()) CHECK(decoded->size() <= 600 * 8000);
    }
  }
}

}  // namespace
}  // namespace um::audio

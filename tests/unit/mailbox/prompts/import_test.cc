// Recordings that people hand in, from real files: how loud they become, and what is cut off.
#include "mailbox/prompts/import.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "mailbox/audio/files.h"
#include "mailbox/prompts/shaping.h"
#include "tests/support/catch.h"

using namespace um;
using namespace um::prompts;
using namespace std::chrono_literals;

namespace {

using Samples = std::vector<int16_t>;

/// Real telephone speech: a phrase of Debian's asterisk-core-sounds-en-wav.
Samples Speech() {
  std::ifstream in("/usr/share/asterisk/sounds/en_US_f_Allison/vm-intro.wav", std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  Samples samples = audio::Decode(file, 8000).value();
  REQUIRE(samples.size() > 16000);
  return samples;
}

/// Louder or quieter, cut off at full scale as a bad recorder does.
Samples Gained(const Samples& samples, double gain) {
  Samples out;
  for (const int16_t x : samples) {
    out.push_back(static_cast<int16_t>(std::clamp(std::round(x * gain), -32768.0, 32767.0)));
  }
  return out;
}

/// Between silences.
Samples Padded(const Samples& samples, size_t before, size_t after) {
  Samples out(before, 0);
  out.insert(out.end(), samples.begin(), samples.end());
  out.resize(out.size() + after, 0);
  return out;
}

/// 16-bit PCM; every sample `times` times, for that many times the rate, in both channels of
/// stereo.
std::string Wav(const Samples& samples, uint32_t times = 1, uint16_t channels = 1) {
  std::string out = "RIFF";
  const auto put = [&out](uint32_t v, int n) {
    for (int i = 0; i < n; ++i) out += static_cast<char>(v >> (8 * i) & 0xFF);
  };
  const auto size = static_cast<uint32_t>(samples.size() * times * channels * 2);
  put(36 + size, 4);
  out += "WAVEfmt ";
  put(16, 4), put(1, 2), put(channels, 2), put(8000 * times, 4),
      put(8000 * times * channels * 2, 4), put(channels * 2u, 2), put(16, 2);
  out += "data";
  put(size, 4);
  for (const int16_t x : samples) {
    for (uint32_t i = 0; i < times * channels; ++i) put(static_cast<uint16_t>(x), 2);
  }
  return out;
}

int Peak(const Samples& samples) {
  int peak = 0;
  for (const int16_t x : samples) peak = std::max(peak, std::abs(int{x}));
  return peak;
}
const int kMaxPeak = int(std::ceil(32768 * std::pow(10, kPeakLevel / 20)));

std::string Refusal(const std::string& file, domain::Milliseconds longest = 5min) {
  const auto imported = Import(file, longest);
  REQUIRE_FALSE(imported.ok());
  CHECK(imported.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(imported.status().message());
}

}  // namespace

TEST_CASE("loud and quiet recordings come out as loud as prompts, without clipping") {
  const Samples speech = Speech();
  for (const double gain : {0.02, 0.3, 1.0, 3.0, 10.0}) {
    const Samples imported = Import(Wav(Gained(speech, gain)), 5min).value();
    INFO("gain " << gain << ": level " << ActiveLevel(imported) << ", peak " << Peak(imported));
    CHECK(ActiveLevel(imported) == Approx(kSpeechLevel).margin(1.0));
    CHECK(Peak(imported) <= kMaxPeak);
  }
}

TEST_CASE("the silence around a recording is cut off, and a natural pause is left") {
  const Samples speech = Speech();
  const Samples plain = Import(Wav(speech), 5min).value();
  const Samples padded = Import(Wav(Padded(speech, 3 * 8000, 5 * 8000)), 5min).value();
  // To the 10 ms in which the ear's threshold is looked for.
  CHECK(std::abs(std::ssize(padded) - std::ssize(plain)) <= 160);
  const auto audible = [](int16_t x) { return std::abs(x) > 64; };
  const auto before = std::find_if(padded.begin(), padded.end(), audible) - padded.begin();
  const auto after = std::find_if(padded.rbegin(), padded.rend(), audible) - padded.rbegin();
  CHECK(before < 100 * 8);
  CHECK(after < 250 * 8);
}

TEST_CASE("stereo of another rate, MP3 and G.711 in WAV all sound the same") {
  const Samples speech = Speech();
  const Samples plain = Import(Wav(speech), 5min).value();
  std::string codes;
  for (const int16_t x : speech) {
    codes += static_cast<char>(domain::EncodeG711(domain::Law::kA, x));
  }
  const std::string files[] = {Wav(speech, 6, 2), audio::Encode(speech, domain::AudioFormat::kMp3).value(),
                               audio::WavOfG711(domain::Law::kA, codes)};
  for (const std::string& file : files) {
    const Samples imported = Import(file, 5min).value();
    CHECK(std::abs(std::ssize(imported) - std::ssize(plain)) <= 800);
    CHECK(ActiveLevel(imported) == Approx(kSpeechLevel).margin(1.0));
  }
}

TEST_CASE("a recording that is too long is refused with its length and the limit") {
  const Samples minute(61 * 8000, 1000);
  CHECK_THAT(Refusal(Wav(minute), 1min), Catch::Contains("1:01 long, and at most 1:00 may be"));
  CHECK(Import(Wav(minute), 62s).ok());
  // The silence around it does not count.
  CHECK(Import(Wav(Padded(Samples(59 * 8000, 1000), 8000 * 9, 8000 * 9)), 1min).ok());
  CHECK_THAT(Refusal(Wav(Samples(601 * 8000, 1000))),
             Catch::Contains("longer than 10 minutes") && Catch::Contains("at most 5:00 may be"));
}

TEST_CASE("what is no recording, or has nothing to be heard in it, is refused in plain words") {
  CHECK_THAT(Refusal(""), Catch::Contains("no recording that can be read"));
  CHECK_THAT(Refusal("PK\x03\x04 no audio"), Catch::Contains("no recording that can be read"));
  CHECK_THAT(Refusal(Wav({})), Catch::Contains("no recording that can be read"));
  CHECK_THAT(Refusal(Wav(Samples(8000, 0))), Catch::Contains("nothing is to be heard"));
  CHECK_THAT(Refusal(Wav(Samples(8000, 8))), Catch::Contains("nothing is to be heard"));
  // A playlist, which players would follow to another file.
  CHECK_THAT(Refusal("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
             Catch::Contains("no recording that can be read"));
}

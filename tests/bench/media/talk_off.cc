// How often speech is taken for a key: hears 16-bit samples, 8000 a second, from standard input.
//
//   for f in /usr/share/asterisk/sounds/en_US_f_Allison/{,*/}*.wav; do
//     sox "$f" -t raw -r 8000 -e signed -b 16 -c 1 -
//   done | um_talk_off
//
// Prints how long it was, how long of it was loud enough to be speech, and the keys it heard.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "mailbox/domain/speech_meter.h"
#include "mailbox/media/tone_keys.h"

int main() {
  std::string keys;
  um::media::ToneKeys tones([&](char key) { keys += key; });
  um::domain::SpeechMeter meter(um::domain::Law::kMu);
  std::vector<int16_t> samples(80);
  size_t n = 0;
  while ((n = std::fread(samples.data(), sizeof samples[0], samples.size(), stdin)) > 0) {
    std::vector<uint8_t> codes;
    for (size_t i = 0; i < n; ++i) {
      codes.push_back(um::domain::EncodeG711(um::domain::Law::kMu, samples[i]));
    }
    meter.Add(codes);
    tones.Hear(codes, um::domain::Law::kMu);
  }
  std::printf("seconds=%lld speech_seconds=%lld keys=%zu %s\n",
              static_cast<long long>(meter.length().count() / 1000),
              static_cast<long long>(meter.speech().count() / 1000), keys.size(), keys.c_str());
  return 0;
}

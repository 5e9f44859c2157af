#include "mailbox/media/concealer.h"

#include <cmath>
#include <vector>

#include "tests/support/catch.h"

using um::domain::DecodeG711;
using um::domain::EncodeG711;
using um::domain::Law;
using um::media::Concealer;

namespace {
std::vector<uint8_t> Tone(size_t samples, double hertz, Law law) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i < samples; ++i) {
    out.push_back(EncodeG711(
        law, static_cast<int16_t>(8000 * std::sin(2 * 3.14159265 * hertz * double(i) / 8000))));
  }
  return out;
}
}  // namespace

TEST_CASE("a periodic sound goes on in phase and fades to silence in sixty milliseconds") {
  for (const Law law : {Law::kMu, Law::kA}) {
    const auto tone = Tone(800 + 80, 125, law);
    Concealer concealer(law);
    concealer.Heard(std::span(tone).first(160));
    concealer.Heard(std::span(tone).subspan(160, 640));
    std::vector<uint8_t> out(960);
    concealer.Conceal(out);
    for (size_t i = 0; i < 80; ++i) {
      CHECK(std::abs(DecodeG711(law, out[i]) - DecodeG711(law, tone[800 + i])) < 800);
    }
    for (size_t i = 480; i < out.size(); ++i) CHECK(out[i] == um::domain::SilenceCode(law));
  }
}

TEST_CASE("nothing heard is concealed as silence") {
  Concealer concealer(Law::kMu);
  std::vector<uint8_t> out(100, 1);
  concealer.Conceal(out);
  CHECK(out == std::vector<uint8_t>(100, 0xFF));
}

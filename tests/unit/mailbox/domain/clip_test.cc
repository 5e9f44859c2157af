#include "mailbox/domain/clip.h"

#include <string>

#include "tests/support/catch.h"

using namespace um::domain;

TEST_CASE("a clip of G.711 is as it was in its own law, and the nearest in the other") {
  std::string codes;
  for (int code = 0; code < 256; ++code) codes += static_cast<char>(code);
  for (const Law law : {Law::kMu, Law::kA}) {
    const Law other = law == Law::kMu ? Law::kA : Law::kMu;
    const ClipPtr clip = Clip::OfG711(law, codes);
    for (int code = 0; code < 256; ++code) {
      const int16_t sample = DecodeG711(law, static_cast<uint8_t>(code));
      CHECK(int{clip->codes(law)[code]} == code);
      CHECK(clip->codes(other)[code] == EncodeG711(other, sample));
    }
    CHECK(clip->length() == 32ms);
  }
}

TEST_CASE("a clip of linear samples is encoded in both laws") {
  const Clip clip(std::vector<int16_t>{0, 1000, -1000, 32767});
  for (const Law law : {Law::kMu, Law::kA}) {
    CHECK(clip.codes(law).size() == 4);
    CHECK(clip.codes(law)[1] == EncodeG711(law, 1000));
  }
}

#include "mailbox/domain/g711.h"

#include <cstdlib>

#include "tests/support/catch.h"

using namespace um::domain;

TEST_CASE("G.711 decodes the values of the recommendation's tables") {
  CHECK(DecodeG711(Law::kMu, 0x00) == -32124);
  CHECK(DecodeG711(Law::kMu, 0x80) == 32124);
  CHECK(DecodeG711(Law::kMu, 0xFF) == 0);
  CHECK(DecodeG711(Law::kMu, 0x7F) == 0);
  CHECK(DecodeG711(Law::kMu, 0xFE) == 8);
  CHECK(DecodeG711(Law::kMu, 0xEF) == 132);
  CHECK(DecodeG711(Law::kA, 0xAA) == 32256);
  CHECK(DecodeG711(Law::kA, 0x2A) == -32256);
  CHECK(DecodeG711(Law::kA, 0xD5) == 8);
  CHECK(DecodeG711(Law::kA, 0x55) == -8);
  CHECK(DecodeG711(Law::kA, 0x80) == 5504);
}

TEST_CASE("every G.711 code but the negative zero survives decoding and encoding") {
  for (const Law law : {Law::kMu, Law::kA}) {
    for (int code = 0; code < 256; ++code) {
      if (law == Law::kMu && code == 0x7F) continue;
      CHECK(int{EncodeG711(law, DecodeG711(law, static_cast<uint8_t>(code)))} == code);
    }
  }
  CHECK(EncodeG711(Law::kMu, 0) == SilenceCode(Law::kMu));
  CHECK(EncodeG711(Law::kA, 0) == SilenceCode(Law::kA));
}

TEST_CASE("every linear value is encoded as the nearest code") {
  for (const Law law : {Law::kMu, Law::kA}) {
    const auto& table = G711Table(law);
    int wrong = 0;
    for (int x = -32768; x <= 32767; ++x) {
      int nearest = 65536;
      for (const int value : table) nearest = std::min(nearest, std::abs(value - x));
      const int got = std::abs(table[EncodeG711(law, static_cast<int16_t>(x))] - x);
      if (got != nearest) ++wrong;
    }
    CHECK(wrong == 0);
  }
}

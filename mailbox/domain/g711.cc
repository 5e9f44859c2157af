#include "mailbox/domain/g711.h"

#include <cstdlib>

namespace um::domain {
namespace {

using Decoded = std::array<int16_t, 256>;

// ITU-T G.711 table 2: sign, three bits of segment, four of step, all inverted on the wire; the
// bias of 33 (in 14 bits) makes every segment start where the one before it ends.
constexpr int16_t DecodeMu(uint8_t code) {
  const int bits = ~code & 0xFF;
  const int segment = (bits >> 4) & 7;
  const int magnitude = (((bits & 15) << 3) + 0x84) << segment;
  return static_cast<int16_t>((bits & 0x80) != 0 ? 0x84 - magnitude : magnitude - 0x84);
}

// ITU-T G.711 table 1: the even bits are inverted on the wire; segments 0 and 1 have the same
// steps.
constexpr int16_t DecodeA(uint8_t code) {
  const int bits = code ^ 0x55;
  const int segment = (bits >> 4) & 7;
  int magnitude = ((bits & 15) << 4) + 8;
  if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
  return static_cast<int16_t>((bits & 0x80) != 0 ? magnitude : -magnitude);
}

constexpr Decoded MakeDecoded(Law law) {
  Decoded table{};
  for (int code = 0; code < 256; ++code) {
    const auto c = static_cast<uint8_t>(code);
    table[c] = law == Law::kMu ? DecodeMu(c) : DecodeA(c);
  }
  return table;
}
constexpr Decoded kDecoded[2] = {MakeDecoded(Law::kMu), MakeDecoded(Law::kA)};

// Halfway points between values are even in both laws, so the upper 15 bits of a sample decide.
constexpr int kShift = 1;
using Encoded = std::array<uint8_t, (65536 >> kShift)>;

Encoded MakeEncoded(Law law) {
  const Decoded& values = kDecoded[static_cast<int>(law)];
  Encoded table{};
  for (size_t i = 0; i < table.size(); ++i) {
    // The middle of the bucket is never halfway, so there are no ties but µ-law's two zeros.
    const int sample = static_cast<int16_t>(i << kShift) + (1 << (kShift - 1));
    uint8_t best = SilenceCode(law);
    for (int code = 0; code < 256; ++code) {
      if (std::abs(values[code] - sample) < std::abs(values[best] - sample)) {
        best = static_cast<uint8_t>(code);
      }
    }
    table[i] = best;
  }
  return table;
}

}  // namespace

const std::array<int16_t, 256>& G711Table(Law law) { return kDecoded[static_cast<int>(law)]; }

int16_t DecodeG711(Law law, uint8_t code) { return G711Table(law)[code]; }

uint8_t EncodeG711(Law law, int16_t sample) {
  static const Encoded tables[2] = {MakeEncoded(Law::kMu), MakeEncoded(Law::kA)};
  return tables[static_cast<int>(law)][static_cast<uint16_t>(sample) >> kShift];
}

void EncodeG711(Law law, std::span<const int16_t> samples, uint8_t* codes) {
  for (const int16_t sample : samples) *codes++ = EncodeG711(law, sample);
}

const std::array<uint8_t, 256>& TranscodingTo(Law law) {
  static const auto tables = [] {
    std::array<std::array<uint8_t, 256>, 2> made;
    for (const Law to : {Law::kMu, Law::kA}) {
      const Law from = to == Law::kMu ? Law::kA : Law::kMu;
      EncodeG711(to, G711Table(from), made[static_cast<size_t>(to)].data());
    }
    return made;
  }();
  return tables[static_cast<size_t>(law)];
}

}  // namespace um::domain

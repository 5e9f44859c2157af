// G.711: the two 8-bit laws of the telephone network (ITU-T G.711), at 8000 samples a second. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace um::domain {

enum class Law : uint8_t { kMu = 0, kA = 1 };

inline constexpr int kSampleRate = 8000;  // [Hz]; one byte a sample

/// One code's 16-bit linear value, and the nearest code of a linear value. Table look-ups.
int16_t DecodeG711(Law law, uint8_t code);
uint8_t EncodeG711(Law law, int16_t sample);
/// As many codes as there are samples; `codes` has room for them.
void EncodeG711(Law law, std::span<const int16_t> samples, uint8_t* codes);
/// What each code of the other law is in this one.
const std::array<uint8_t, 256>& TranscodingTo(Law law);
/// The whole decoding table, for loops.
const std::array<int16_t, 256>& G711Table(Law law);
/// The code that decodes nearest to zero: 0xFF (µ), 0xD5 (A).
inline constexpr uint8_t SilenceCode(Law law) { return law == Law::kMu ? 0xFF : 0xD5; }

}  // namespace um::domain

// Numbers in network order.   Pure.
#pragma once

#include <cstdint>

namespace um::media {

inline uint16_t Get16(const uint8_t* p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }
inline uint32_t Get32(const uint8_t* p) { return uint32_t{Get16(p)} << 16 | Get16(p + 2); }
inline void Put16(uint8_t* p, uint32_t value) {
  p[0] = static_cast<uint8_t>(value >> 8);
  p[1] = static_cast<uint8_t>(value);
}
inline void Put32(uint8_t* p, uint32_t value) {
  Put16(p, value >> 16);
  Put16(p + 2, value);
}

}  // namespace um::media

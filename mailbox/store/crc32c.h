// CRC-32C (Castagnoli), RFC 3720 section 12.1: the checksum of everything in a spool file.   Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace um::store {

namespace crc32c_internal {
constexpr std::array<uint32_t, 256> Table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
    table[i] = crc;
  }
  return table;
}
inline constexpr std::array<uint32_t, 256> kTable = Table();
}  // namespace crc32c_internal

/// The checksum of what `crc` covers followed by `bytes`; 0 covers nothing.
constexpr uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0) {
  crc = ~crc;
  for (const char c : bytes) {
    crc = crc32c_internal::kTable[(crc ^ static_cast<uint8_t>(c)) & 0xff] ^ (crc >> 8);
  }
  return ~crc;
}

}  // namespace um::store

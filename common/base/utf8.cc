#include "common/base/utf8.h"

namespace um {

// The table of well-formed sequences is RFC 3629 section 4.
size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  size_t n = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    n = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    n = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    n = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (n == 0 || text.size() < n || byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < n; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return n;
}

bool IsPlainUtf8(std::string_view text) {
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text[0]);
    const size_t n = Utf8Length(text);
    if (n == 0 || c < 0x20 || c == 0x7F) return false;
    text.remove_prefix(n);
  }
  return true;
}

uint32_t CodePoint(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  // The lead byte of a sequence of n > 1 bytes has n ones and a zero before its bits.
  uint32_t code = sequence.size() > 1 ? lead & (0xFFU >> (sequence.size() + 1)) : lead;
  for (const char c : sequence.substr(1)) {
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  }
  return code;
}

bool IsControl(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029;
}

// Unicode's Cf and Default_Ignorable_Code_Point, but for the joiners and what belongs to letters.
bool IsInvisible(uint32_t code) {
  constexpr struct {
    uint32_t first, last;
  } kRanges[] = {{0xAD, 0xAD},     {0x61C, 0x61C},    {0x180E, 0x180E}, {0x200B, 0x200B},
                 {0x200E, 0x200F}, {0x202A, 0x202E},  {0x2060, 0x206F}, {0xFEFF, 0xFEFF},
                 {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
  for (const auto& range : kRanges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

bool IsReadableLine(std::string_view text) {
  while (!text.empty()) {
    const size_t n = Utf8Length(text);
    if (n == 0) return false;
    const uint32_t code = CodePoint(text.substr(0, n));
    if (IsControl(code) || IsInvisible(code)) return false;
    text.remove_prefix(n);
  }
  return true;
}

}  // namespace um

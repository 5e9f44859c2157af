#include "mailbox/prompts/spoken_form.h"

#include <array>
#include <cstdint>

namespace um::prompts {
namespace {
constexpr size_t kMaxLength = 100;

// U+00C0 to U+017F: Latin-1 Supplement and Latin Extended-A, as the letters they are made from.
constexpr std::array<std::string_view, 192> kLatin = {
    "A", "A", "A",  "A",  "Ae", "A", "Ae", "C", "E", "E", "E", "E", "I",  "I", "I",  "I",   // C0
    "D", "N", "O",  "O",  "O",  "O", "Oe", " ", "O", "U", "U", "U", "Ue", "Y", "Th", "ss",  // D0
    "a", "a", "a",  "a",  "ae", "a", "ae", "c", "e", "e", "e", "e", "i",  "i", "i",  "i",   // E0
    "d", "n", "o",  "o",  "o",  "o", "oe", " ", "o", "u", "u", "u", "ue", "y", "th", "y",   // F0
    "A", "a", "A",  "a",  "A",  "a", "C",  "c", "C", "c", "C", "c", "C",  "c", "D",  "d",   // 100
    "D", "d", "E",  "e",  "E",  "e", "E",  "e", "E", "e", "E", "e", "G",  "g", "G",  "g",   // 110
    "G", "g", "G",  "g",  "H",  "h", "H",  "h", "I", "i", "I", "i", "I",  "i", "I",  "i",   // 120
    "I", "i", "Ij", "ij", "J",  "j", "K",  "k", "k", "L", "l", "L", "l",  "L", "l",  "L",   // 130
    "l", "L", "l",  "N",  "n",  "N", "n",  "N", "n", "n", "N", "n", "O",  "o", "O",  "o",   // 140
    "O", "o", "Oe", "oe", "R",  "r", "R",  "r", "R", "r", "S", "s", "S",  "s", "S",  "s",   // 150
    "S", "s", "T",  "t",  "T",  "t", "T",  "t", "U", "u", "U", "u", "U",  "u", "U",  "u",   // 160
    "U", "u", "U",  "u",  "W",  "w", "Y",  "y", "Y", "Z", "z", "Z", "z",  "Z", "z",  "s"};  // 170

bool Speakable(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'' ||
         c == '-' || c == '.' || c == ',';
}

}  // namespace

std::string SpokenForm(std::string_view name) {
  std::string out;
  bool letters = false;
  const auto space = [&out] {
    if (!out.empty() && out.back() != ' ') out += ' ';
  };
  for (size_t i = 0; i < name.size() && out.size() < kMaxLength; ++i) {
    const auto c = static_cast<uint8_t>(name[i]);
    if (c < 0x80) {
      if (Speakable(name[i])) {
        out += name[i];
        letters = letters || name[i] > '9';
      } else {
        space();
      }
      continue;
    }
    // Two-byte sequences of U+00C0 to U+017F; whatever else is above ASCII is left out.
    const auto next = i + 1 < name.size() ? static_cast<uint8_t>(name[i + 1]) : uint8_t{0};
    if (c < 0xC3 || c > 0xC5 || next >> 6 != 2) continue;
    ++i;
    out += kLatin[static_cast<size_t>((c & 0x1F) << 6 | (next & 0x3F)) - 0xC0];
    letters = true;
  }
  if (!letters) return {};
  while (out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace um::prompts

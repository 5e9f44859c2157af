#include "mailbox/domain/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "common/base/utf8.h"
#include "mailbox/domain/problem.h"

namespace um::domain {
namespace {

constexpr size_t kMaxSpelled = 64;

/// One step through a text: a code point, or a byte that is none.
struct Character {
  std::string_view bytes;
  uint32_t code = 0;
  bool valid = true;
};

/// Takes the first character off `text`, which is not empty.
Character TakeCharacter(std::string_view& text) {
  const size_t n = Utf8Length(text);
  Character character{text.substr(0, n == 0 ? 1 : n), 0, n != 0};
  character.code = CodePoint(character.bytes);
  text.remove_prefix(character.bytes.size());
  return character;
}

std::string Encode(uint32_t code) {
  if (code < 0x80) return {static_cast<char>(code)};
  // All that FoldName() maps is below U+0800.
  return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
}

bool IsIn(uint32_t code, uint32_t first, uint32_t last) { return code >= first && code <= last; }

bool IsSpace(uint32_t c) {
  return c == ' ' || c == 0xA0 || IsIn(c, 0x2000, 0x200A) || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

uint32_t FoldLatinExtendedA(uint32_t c) {
  if (c == 0x130) return 'i';
  if (c == 0x178) return 0xFF;
  if (c == 0x17F) return 's';
  const bool upper_is_odd = IsIn(c, 0x139, 0x148) || IsIn(c, 0x179, 0x17E);
  const bool has_no_pair = c == 0x131 || c == 0x138 || c == 0x149;
  if (has_no_pair) return c;
  return (c % 2 == 1) == upper_is_odd ? c + 1 : c;
}

uint32_t FoldGreek(uint32_t c) {
  if (IsIn(c, 0x391, 0x3A9) && c != 0x3A2) return c + 0x20;
  if (c == 0x386) return 0x3AC;
  if (IsIn(c, 0x388, 0x38A)) return c + 0x25;
  if (c == 0x38C) return 0x3CC;
  if (c == 0x38E || c == 0x38F) return c + 0x3F;
  return c == 0x3C2 ? 0x3C3 : c;  // final sigma
}

/// Simple case folding (Unicode's CaseFolding.txt, status C) of the blocks names are mostly from.
uint32_t Fold(uint32_t c) {
  if (IsIn(c, 'A', 'Z')) return c + 0x20;
  if (IsIn(c, 0xC0, 0xDE)) return c == 0xD7 ? c : c + 0x20;
  if (IsIn(c, 0x100, 0x17F)) return FoldLatinExtendedA(c);
  if (IsIn(c, 0x386, 0x3C2)) return FoldGreek(c);
  if (IsIn(c, 0x400, 0x40F)) return c + 0x50;
  if (IsIn(c, 0x410, 0x42F)) return c + 0x20;
  return c;
}

struct Base {
  uint32_t first;
  uint32_t last;
  const char* letters;
};
/// Latin-1 and Latin Extended-A without their marks.
constexpr Base kBases[] = {
    {0xC0, 0xC5, "a"},   {0xC6, 0xC6, "ae"},   {0xC7, 0xC7, "c"},   {0xC8, 0xCB, "e"},
    {0xCC, 0xCF, "i"},   {0xD0, 0xD0, "d"},    {0xD1, 0xD1, "n"},   {0xD2, 0xD6, "o"},
    {0xD8, 0xD8, "o"},   {0xD9, 0xDC, "u"},    {0xDD, 0xDD, "y"},   {0xDE, 0xDE, "th"},
    {0xDF, 0xDF, "ss"},  {0xE0, 0xE5, "a"},    {0xE6, 0xE6, "ae"},  {0xE7, 0xE7, "c"},
    {0xE8, 0xEB, "e"},   {0xEC, 0xEF, "i"},    {0xF0, 0xF0, "d"},   {0xF1, 0xF1, "n"},
    {0xF2, 0xF6, "o"},   {0xF8, 0xF8, "o"},    {0xF9, 0xFC, "u"},   {0xFD, 0xFD, "y"},
    {0xFE, 0xFE, "th"},  {0xFF, 0xFF, "y"},    {0x100, 0x105, "a"}, {0x106, 0x10D, "c"},
    {0x10E, 0x111, "d"}, {0x112, 0x11B, "e"},  {0x11C, 0x123, "g"}, {0x124, 0x127, "h"},
    {0x128, 0x131, "i"}, {0x132, 0x133, "ij"}, {0x134, 0x135, "j"}, {0x136, 0x138, "k"},
    {0x139, 0x142, "l"}, {0x143, 0x14B, "n"},  {0x14C, 0x151, "o"}, {0x152, 0x153, "oe"},
    {0x154, 0x159, "r"}, {0x15A, 0x161, "s"},  {0x162, 0x167, "t"}, {0x168, 0x173, "u"},
    {0x174, 0x175, "w"}, {0x176, 0x178, "y"},  {0x179, 0x17E, "z"}, {0x17F, 0x17F, "s"},
};

/// The ASCII letters a character is spelled with; empty: none.
std::string LettersOf(const Character& c) {
  if (c.code < 0x80) return c.valid ? std::string(c.bytes) : "";
  for (const Base& base : kBases) {
    if (c.valid && IsIn(c.code, base.first, base.last)) return base.letters;
  }
  return "";
}

}  // namespace

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) TakeCharacter(text);
  return count;
}

absl::Status CheckName(std::string_view text, size_t most) {
  const auto invalid = [&](std::string_view why) {
    return Invalid(fmt::format("{} is no name: {}", Quoted(text), why));
  };
  if (text.empty()) return Invalid("a name may not be empty");
  // A character has 4 bytes at most: no need to count a megabyte.
  if (text.size() > 4 * most || CountCharacters(text) > most) {
    return invalid(fmt::format("{} characters are allowed", most));
  }
  bool first = true;
  bool space = false;
  for (std::string_view rest = text; !rest.empty(); first = false) {
    const Character c = TakeCharacter(rest);
    if (!c.valid) return invalid("it is not valid UTF-8");
    if (IsControl(c.code)) return invalid("control characters are not allowed");
    if (IsInvisible(c.code)) return invalid("invisible characters are not allowed");
    constexpr std::string_view kForbidden = "\"/\\[]:;|=,+*?<>";
    if (kForbidden.find(c.bytes) != std::string_view::npos) {
      return invalid(fmt::format("none of {} is allowed", kForbidden));
    }
    space = IsSpace(c.code);
    if (space && first) return invalid("it begins with a space");
  }
  return space ? invalid("it ends with a space") : absl::OkStatus();
}

absl::Status CheckText(std::string_view text, size_t most) {
  if (text.size() > 4 * most || CountCharacters(text) > most) {
    return Invalid(fmt::format("{} is too long: {} characters are allowed", Quoted(text), most));
  }
  for (std::string_view rest = text; !rest.empty();) {
    const Character c = TakeCharacter(rest);
    if (!c.valid) return Invalid(Quoted(text) + " is not valid UTF-8");
    if (IsControl(c.code) && c.code != '\n' && c.code != '\r' && c.code != '\t') {
      return Invalid(Quoted(text) + " has a control character");
    }
  }
  return absl::OkStatus();
}

std::string CleanName(std::string_view text, size_t most) {
  std::string clean;
  size_t count = 0;
  bool space = false;
  while (!text.empty() && count < most) {
    const Character c = TakeCharacter(text);
    if (c.valid && IsInvisible(c.code)) continue;
    if (!c.valid || IsControl(c.code) || IsSpace(c.code)) {
      space = !clean.empty();
      continue;
    }
    if (space && ++count == most) break;
    if (space) clean += ' ';
    space = false;
    clean += c.bytes;
    ++count;
  }
  return clean;
}

std::string FoldName(std::string_view name) {
  std::string key;
  key.reserve(name.size());
  while (!name.empty()) {
    const Character c = TakeCharacter(name);
    const uint32_t folded = c.valid ? Fold(c.code) : c.code;
    if (folded == c.code) {
      key += c.bytes;
    } else {
      key += Encode(folded);
    }
  }
  return key;
}

std::string DefaultPolicyName(std::string_view dial_plan) {
  constexpr std::string_view kSuffix = " Default Policy";
  std::string name;
  for (size_t i = 0; i < kMaxName - kSuffix.size() && !dial_plan.empty(); ++i) {
    name += TakeCharacter(dial_plan).bytes;
  }
  while (name.ends_with(' ')) name.pop_back();
  return name += kSuffix;
}

std::string SpellOnKeys(std::string_view text) {
  constexpr std::string_view kKeys = "22233344455566677778889999";  // of a..z
  std::string digits;
  while (!text.empty() && digits.size() < kMaxSpelled) {
    for (const char c : LettersOf(TakeCharacter(text))) {
      const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
      if (lower >= 'a' && lower <= 'z') digits += kKeys[static_cast<size_t>(lower - 'a')];
      if (c >= '0' && c <= '9') digits += c;
    }
  }
  return digits.substr(0, kMaxSpelled);
}

DtmfMap MakeDtmfMap(std::string_view first_name, std::string_view last_name,
                    std::string_view email_address) {
  const std::string first = SpellOnKeys(first_name);
  const std::string last = SpellOnKeys(last_name);
  return {SpellOnKeys(email_address.substr(0, email_address.find('@'))),
          (first + last).substr(0, kMaxSpelled), (last + first).substr(0, kMaxSpelled)};
}

}  // namespace um::domain

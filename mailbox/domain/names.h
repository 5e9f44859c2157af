// Names of objects and people: what they may be, when two are the same, and how they are spelled on
// a telephone's keys.   Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace um::domain {

/// Lengths count characters (Unicode code points), not bytes: spec 02 section 1.6.
inline constexpr size_t kMaxName = 64;
inline constexpr size_t kMaxDialingGroupName = 32;
inline constexpr size_t kMaxRuleName = 255;  ///< of a call answering rule
inline constexpr size_t kMaxMessageText = 512;
inline constexpr size_t kMaxFileName = 255;

/// The number of code points; whatever is no UTF-8 counts one a byte.
size_t CountCharacters(std::string_view text);

/// The name of an object: 1..`most` characters of valid UTF-8, without " / \ [ ] : ; | = , + * ? <
/// > (spec 02 section 1.6), without control characters (C0, DEL, C1, line and paragraph separators)
/// and characters that only change the direction or are invisible, and with no space at either end.
/// Errors: InvalidArgument, the first thing that is wrong.
absl::Status CheckName(std::string_view text, size_t most = kMaxName);

/// A text for people: at most `most` characters of valid UTF-8; line breaks and tabs are the only
/// control characters. Empty is good.
absl::Status CheckText(std::string_view text, size_t most = kMaxMessageText);

/// What CheckName() and CheckText() would take of a text from elsewhere, on one line: what is no
/// UTF-8, control or invisible becomes a space or nothing, spaces are single and at neither end,
/// and at most `most` characters are left.
std::string CleanName(std::string_view text, size_t most = kMaxName);

/// The key by which names are unique: two names are the same if their keys are. Upper case becomes
/// lower in ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic, one character for one; all else
/// stays. No normalisation: a composed and a decomposed letter differ. Any input; idempotent.
std::string FoldName(std::string_view name);

/// "<dial plan> Default Policy", with as many characters of the plan's name as leave 64 in all, so
/// that no dial plan's name is too long for its policy (spec 02 section 25, 5).
std::string DefaultPolicyName(std::string_view dial_plan);

/// The digits that spell `text` on a telephone's keys (ITU-T E.161): letters in either case, digits
/// as they are, all else left out. Latin letters with marks spell as their base letter and
/// ligatures as two: a caller who looks for "Müller" presses 685537. At most 64 digits.
std::string SpellOnKeys(std::string_view text);

/// How a person is found by spelling (spec 02 section 8.5).
struct DtmfMap {
  std::string email_address;  ///< the part before '@'
  std::string first_name_last_name;
  std::string last_name_first_name;
  bool operator==(const DtmfMap&) const = default;
};
/// Entries are empty where there is nothing to spell.
DtmfMap MakeDtmfMap(std::string_view first_name, std::string_view last_name,
                    std::string_view email_address);

}  // namespace um::domain

// Greetings: what users have recorded for their callers, and which of it a call hears.   Pure.
#pragma once

#include <optional>
#include <string_view>

#include "mailbox/domain/clip.h"
#include "mailbox/domain/time.h"

namespace um::domain {

/// What a user may record. The name is no greeting of its own: it is the word in the system's.
enum class GreetingKind { kPersonal, kAway, kName };
inline constexpr GreetingKind kGreetingKinds[] = {GreetingKind::kPersonal, GreetingKind::kAway,
                                                  GreetingKind::kName};
std::string_view ToString(GreetingKind kind);  ///< "personal", "away", "name"
std::optional<GreetingKind> GreetingKindOf(std::string_view text);

/// The longest recorded name. Greetings' longest is their policy's.
inline constexpr Milliseconds kLongestName = 10s;

/// A user's switch "I am away", as it was set.
struct Away {
  std::optional<WallTime> until;  ///< nullopt: until it is switched off
  bool IsOn(WallTime now) const { return !until || now < *until; }
};

/// The own greeting that a call of this moment hears: the away one while away is on and one is
/// recorded, else the personal one. nullopt: neither; the system greets.
/// @param away nullopt: it is off
std::optional<GreetingKind> ChooseGreeting(bool has_personal, bool has_away,
                                           const std::optional<Away>& away, WallTime now);

/// What one call plays of a user's recordings.
struct OwnWords {
  ClipPtr greeting;                    ///< instead of the system's; null: none
  ClipPtr name;                        ///< in the system's words; null: it is synthesised
  std::optional<GreetingKind> kind{};  ///< of the greeting
};

}  // namespace um::domain

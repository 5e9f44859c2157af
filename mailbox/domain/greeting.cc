#include "mailbox/domain/greeting.h"

namespace um::domain {

std::string_view ToString(GreetingKind kind) {
  switch (kind) {
    case GreetingKind::kPersonal:
      return "personal";
    case GreetingKind::kAway:
      return "away";
    case GreetingKind::kName:
      return "name";
  }
  return "";
}

std::optional<GreetingKind> GreetingKindOf(std::string_view text) {
  for (const GreetingKind kind : kGreetingKinds) {
    if (text == ToString(kind)) return kind;
  }
  return std::nullopt;
}

std::optional<GreetingKind> ChooseGreeting(bool has_personal, bool has_away,
                                           const std::optional<Away>& away, WallTime now) {
  if (has_away && away && away->IsOn(now)) return GreetingKind::kAway;
  if (has_personal) return GreetingKind::kPersonal;
  return std::nullopt;
}

}  // namespace um::domain

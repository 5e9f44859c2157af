// What of a name can be spoken.   Pure.
#pragma once

#include <string>
#include <string_view>

namespace um::prompts {

/// `name` (UTF-8) for an English synthesiser: accents taken off ("Zoë Łukasik" is "Zoe Lukasik"),
/// without control characters and what it would spell out, at most 100 characters. Empty if nothing
/// is left, as of names in another script.
std::string SpokenForm(std::string_view name);

}  // namespace um::prompts

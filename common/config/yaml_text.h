// Texts as YAML (1.1 and 1.2) takes them for the same text.   Pure; thread: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace um::config {

enum class Place { kBlock, kFlow };  ///< kFlow: inside [] or {}

/// On one line: as it is where every reader takes it for this text, else in double quotes.
std::string InlineText(std::string_view text, Place place);

/// Behind "name: ": line feeds make it a literal block ("|") whose lines are indented by `indent`.
std::string BlockText(std::string_view text, size_t indent);

}  // namespace um::config

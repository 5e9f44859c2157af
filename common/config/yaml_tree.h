// A YAML document as a tree of texts, each with its line.   Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/load.h"

namespace um::config {

struct YamlNode {
  enum class Kind { kNull, kText, kList, kMap };

  Kind kind = Kind::kNull;
  int line = 0;                    ///< 1-based
  std::string text;                ///< kText: as written, 0123 stays 0123
  std::vector<YamlNode> children;  ///< kMap: key, value, key, value, ...
};

/// Reads the one document of `yaml`, at most 64 levels deep, without aliases and tags. nullopt:
/// `root` holds it (kNull: an empty document); else what is wrong, with its line.
std::optional<Problem> ParseYaml(std::string_view yaml, YamlNode& root);

}  // namespace um::config

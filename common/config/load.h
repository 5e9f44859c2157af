// Reads a YAML document into a protobuf message and reports everything that is wrong with it at
// once.   Thread: any.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace um::config {

/// One thing wrong, and where: {"mailboxes[2].extension", 14, "must be text, is a list"}.
struct Problem {
  std::string path;
  int line = 0;  ///< 1-based; 0: not known
  std::string text;
};

struct LoadOptions {
  size_t max_bytes = 1 << 20;
};

/// Fills `message` from `yaml`: map keys are field names, lists are repeated fields, enums their
/// lower-case names without the type's prefix, bytes base64, um.config.v1.Limit "unlimited" or a
/// number. Unquoted text keeps its characters: 0123 is no number where a text is wanted. Unknown
/// keys, keys given twice, two of a oneof, wrong types, control characters and invalid UTF-8 are
/// problems; ranges and forms are Check()'s (rules.h). At most 64 levels deep; aliases, tags and a
/// second document are refused. A thousand problems at most.
std::vector<Problem> FromYaml(std::string_view yaml, google::protobuf::Message& message,
                              const LoadOptions& options = {});

/// FromYaml() on a file. kInvalidArgument: a readable list of all problems, one a line, with path
/// and line.
absl::Status LoadFile(const std::string& path, google::protobuf::Message& message,
                      const LoadOptions& options = {});

/// The list as one text: "FILE:14: mailboxes[2].extension: must be text, is a list\n".
std::string Describe(const std::string& file, const std::vector<Problem>& problems);

}  // namespace um::config

// What is wrong with what an administrator or user entered: everything at once, each with its
// place.   Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace um::domain {

/// One thing that is wrong. `field` is a path as the administrator knows it
/// ("key_mappings[2].key"); `text` says what is wrong and what is allowed, and never holds a
/// secret.
struct Problem {
  std::string field;
  std::string text;

  bool operator==(const Problem&) const = default;
};
using Problems = std::vector<Problem>;

/// Adds `status`' message under `field`, if it is a failure.
void AddProblem(Problems& problems, std::string field, const absl::Status& status);

/// `text` in quotation marks, fit for a message: at most 40 characters, and '?' for whatever is
/// control or no UTF-8. So hostile input of any size gives a short, printable complaint.
std::string Quoted(std::string_view text);

/// InvalidArgument with a std::string.
absl::Status Invalid(const std::string& message);

}  // namespace um::domain

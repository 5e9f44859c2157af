// The reference pages: one for each kind of object, made of its schema and its comments.
#pragma once

#include <string>
#include <vector>

namespace um::config {

struct ReferencePage {
  std::string file;  ///< "dial-plan.md"
  std::string markdown;
};

/// All pages and their index, README.md.
std::vector<ReferencePage> ReferencePages();

}  // namespace um::config

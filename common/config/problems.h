// Where something is wrong, and a list of it that stays bounded.   Pure; thread: any.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config/load.h"

namespace um::config {

/// At most `bytes` of a text, whole characters, with "..." where some were left out.
std::string Cut(std::string_view text, size_t bytes);

/// "dial_plans[0].name" as a chain on the stack: the text is made only where a problem is found.
/// Parent and name must outlive it.
class Path {
 public:
  Path() = default;
  Path(const Path& parent, std::string_view name) : parent_(&parent), name_(name) {}
  Path(const Path& parent, int index) : parent_(&parent), index_(index) {}

  /// Names are cut: they may come from the document.
  std::string Text() const;

 private:
  const Path* parent_ = nullptr;
  std::string_view name_;
  int index_ = -1;
};

/// Keeps the first thousand problems: a hostile document has millions.
class ProblemList {
 public:
  void Add(const Path& path, int line, std::string text);
  std::vector<Problem> Take() { return std::move(problems_); }

 private:
  std::vector<Problem> problems_;
};

}  // namespace um::config

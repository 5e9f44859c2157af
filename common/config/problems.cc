#include "common/config/problems.h"

#include <fmt/format.h>

#include "common/base/utf8.h"

namespace um::config {
namespace {

constexpr size_t kMaxProblems = 1000;
constexpr size_t kMaxName = 64;

}  // namespace

std::string Cut(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  size_t end = 0;
  while (end < bytes) {
    const size_t n = std::max<size_t>(1, Utf8Length(text.substr(end)));
    if (end + n > bytes) break;
    end += n;
  }
  return std::string(text.substr(0, end)) + "...";
}

std::string Path::Text() const {
  if (!parent_) return "";
  if (index_ >= 0) return fmt::format("{}[{}]", parent_->Text(), index_);
  const std::string parent = parent_->Text();
  return (parent.empty() ? "" : parent + ".") + Cut(name_, kMaxName);
}

void ProblemList::Add(const Path& path, int line, std::string text) {
  if (problems_.size() > kMaxProblems) return;
  if (problems_.size() == kMaxProblems) {
    problems_.push_back({"", 0, "there are more problems; these are the first"});
  } else {
    problems_.push_back({path.Text(), line, std::move(text)});
  }
}

}  // namespace um::config

#include "mailbox/cli/complete.h"

#include <algorithm>

namespace um::cli {
namespace {

std::string Escaped(std::string_view word) {
  std::string out;
  for (const char c : word) {
    if (std::string_view(" \t\n\"'\\$`!&|;<>()[]{}*?~#").find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

}  // namespace

TypedLine SplitTyped(std::string_view line) {
  TypedLine typed;
  bool begun = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (typed.quote) {
      if (c == typed.quote) {
        typed.quote = 0;
      } else if (c == '\\' && typed.quote == '"' && i + 1 < line.size()) {
        typed.current += line[++i];
      } else {
        typed.current += c;
      }
    } else if (c == ' ' || c == '\t') {
      if (begun) typed.words.push_back(std::move(typed.current));
      typed.current.clear();
      begun = false;
      continue;
    } else if (c == '"' || c == '\'') {
      typed.quote = c;
    } else if (c == '\\' && i + 1 < line.size()) {
      typed.current += line[++i];
    } else if (c != '\\') {
      typed.current += c;
    }
    begun = true;
  }
  return typed;
}

std::vector<std::string> Offered(const TypedLine& typed, const std::vector<std::string>& words,
                                 std::string_view breaks) {
  size_t skip = 0;
  if (!typed.quote) {
    for (size_t i = 0; i < typed.current.size(); ++i) {
      const char c = typed.current[i];
      if ((c == '@' || c == ':' || c == '=') && breaks.find(c) != std::string_view::npos) {
        skip = i + 1;
      }
    }
  }
  std::vector<std::string> offered;
  for (const std::string& word : words) {
    if (!word.starts_with(typed.current)) continue;
    const std::string rest = word.substr(skip);
    offered.push_back(typed.quote ? rest : Escaped(rest));
  }
  std::sort(offered.begin(), offered.end());
  offered.erase(std::unique(offered.begin(), offered.end()), offered.end());
  return offered;
}

}  // namespace um::cli

// What the shell's completion needs: a command line that is being typed, cut into words, and the
// words that may come next.   Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace um::cli {

/// A line up to the cursor, as a shell reads it.
struct TypedLine {
  std::vector<std::string> words;  ///< before the one that is being typed
  std::string current;
  char quote = 0;  ///< the quote that is open at the cursor
};
TypedLine SplitTyped(std::string_view line);

/// Of `words`, those that continue what is being typed, as the shell puts them into the line: with
/// a backslash before what it would take for something else, and without the part before the last
/// of `breaks`, at which bash cuts words.
std::vector<std::string> Offered(const TypedLine& typed, const std::vector<std::string>& words,
                                 std::string_view breaks);

}  // namespace um::cli

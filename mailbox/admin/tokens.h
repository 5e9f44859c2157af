// Tokens: what programs and people show over the network. Only hashes are kept, in a file that is
// read again when it changes.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace um::admin {

/// A line of the file: `helpdesk 5e88...d8 2027-01-31T00:00:00Z`.
struct TokenLine {
  std::string name;  ///< a new token may be beside an old one of the same name
  std::string hash;
  std::optional<std::chrono::sys_seconds> expires;
};
struct TokenLines {
  std::vector<TokenLine> good;
  std::vector<int> bad;  ///< numbers of the lines that are no token's, from 1
};
/// Empty lines, and those that begin with #, count for nothing.
TokenLines ParseTokens(std::string_view text);

/// SHA-256, hexadecimal. That is enough for what is as random as a key: it has no likely values
/// whose guesses a slow hash would have to slow down, as a PIN has.
std::string HashOfToken(std::string_view token);

/// Thread: any. Blocks on a small file.
class Tokens {
 public:
  /// @param path "": there are no tokens
  explicit Tokens(std::string path) : path_(std::move(path)) {}

  /// kInvalidArgument: the file cannot be read, has lines that are no token's, or may be written by
  /// everybody.
  absl::Status Check();

  /// Whose token it is that has this hash. kUnauthenticated: nobody's, or it has expired. While the
  /// file cannot be read there are no tokens. Bad lines are logged and let nobody in.
  absl::StatusOr<std::string> NameOf(std::string_view hash);

 private:
  absl::Status ReadIfChanged();

  const std::string path_;
  std::mutex mutex_;
  struct stat read_{};  // of the file when it was read; guarded, like the next
  std::vector<TokenLine> lines_;
  std::string complaint_;  // the last, which is logged once
};

}  // namespace um::admin

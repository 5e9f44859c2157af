#include "mailbox/cli/tokens.h"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "common/base/bytes.h"
#include "mailbox/cli/client.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

constexpr size_t kBytes = 32;
/// So that whoever finds a token somewhere knows what it is.
constexpr char kPrefix[] = "voxpost_";

}  // namespace

void MakeToken(const NewToken& token) {
  const bool plain =
      !token.name.empty() && token.name.size() <= 64 &&
      token.name.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == std::string::npos;
  if (!plain) Die("a token's name has at most 64 letters, digits, dots, - and _", 2);
  const std::string secret = kPrefix + Base64Url(RandomBytes(kBytes));
  // What the node does with a token it is shown: mailbox/admin/tokens.h.
  std::string line = token.name + " " + Hex(Sha256(secret));
  if (!token.expires.empty()) line += " " + token.expires;
  if (!token.file.empty()) WriteWhole(token.file, secret + "\n", false);
  if (token.json) {
    // Nothing in it needs escaping.
    fmt::print("{{\"token\": \"{}\", \"line\": \"{}\"}}\n", token.file.empty() ? secret : "", line);
    return;
  }
  if (token.file.empty()) {
    fmt::print("The token, shown this once; its owner keeps it in a file of mode 600:\n{}\n\n",
               secret);
  }
  fmt::print("The line for the node's administration.tokens_file:\n{}\n", line);
}

}  // namespace um::cli

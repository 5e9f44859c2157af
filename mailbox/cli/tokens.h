// New tokens for administrators elsewhere.
#pragma once

#include <string>

namespace um::cli {

struct NewToken {
  std::string name;
  std::string expires;  ///< RFC 3339; "": never
  std::string file;     ///< where the token goes; "": standard output
  bool json = false;
};
/// Makes a token of 256 random bits, and prints it with the line for the node's tokens_file. It is
/// kept nowhere.
void MakeToken(const NewToken& token);

}  // namespace um::cli

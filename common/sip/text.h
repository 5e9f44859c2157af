// Small functions on the text of SIP headers, shared by this folder's parsers. ASCII only, no
// locale.   Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace um::sip {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline char LowerChar(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
inline bool IsHex(char c) { return IsDigit(c) || (LowerChar(c) >= 'a' && LowerChar(c) <= 'f'); }
inline bool IsAlnum(char c) { return IsDigit(c) || (LowerChar(c) >= 'a' && LowerChar(c) <= 'z'); }
/// Control characters: never a legitimate part of an address.
inline bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
/// A character of a token (RFC 3261 section 25.1): what a method or header name is made of.
inline bool IsToken(char c) {
  return IsAlnum(c) || std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
}

std::string Lower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
/// Without the white space (folds included) at both ends.
std::string_view Trim(std::string_view text);

/// A header value on one line: each fold, with the white space around it, is one blank (RFC 3261 section 7.3.1).
std::string Unfold(std::string_view value);

/// A decimal number of digits only; nullopt for anything else or above 2^32 - 1.
std::optional<uint32_t> Number(std::string_view text);

/// The part of `rest` before the first `separator`; `rest` becomes what follows it. All of it if
/// there is none.
std::string_view TakeUntil(std::string_view& rest, char separator);
/// The same, but a separator in a quoted string does not count.
std::string_view TakeUntilUnquoted(std::string_view& rest, char separator);

/// The position of the quote that ends the quoted string beginning at text[begin]; text.size() if
/// none does.
size_t EndOfQuoted(std::string_view text, size_t begin);
/// The content of a quoted string, or the text itself if it is none.
std::string Unquote(std::string_view text);
/// `text` as a quoted string (RFC 3261 section 25.1) on one line: control characters become blanks,
/// and it ends after 300 characters.
std::string Quote(std::string_view text);
/// Resolves %XX; nullopt for a broken escape or an escaped control character.
std::optional<std::string> Unescape(std::string_view text);

}  // namespace um::sip

// Text forms of bytes, and bytes nobody can guess.   Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace um {

/// Lower-case hexadecimal.
std::string Hex(std::string_view bytes);
/// The reverse, either case; nullopt for anything else.
std::optional<std::string> FromHex(std::string_view text);

/// base64url without padding (RFC 4648 section 5): safe in SIP URI parameters and tags.
std::string Base64Url(std::string_view bytes);
/// The reverse; nullopt for any character or length that Base64Url() does not produce.
std::optional<std::string> FromBase64Url(std::string_view text);

/// `n` bytes from OpenSSL's generator.
std::string RandomBytes(size_t n);

/// HMAC-SHA-256 of `data` (RFC 2104), 32 bytes.
std::string HmacSha256(std::string_view key, std::string_view data);

/// SHA-256 of `data`, 32 bytes.
std::string Sha256(std::string_view data);

/// Compares without telling by its time where the two differ.
bool EqualInConstantTime(std::string_view a, std::string_view b);

}  // namespace um

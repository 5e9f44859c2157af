// SIP and tel URIs and name-addrs, parsed leniently and without allocation surprises.   Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace um::sip {

/// A sip:, sips: or tel: URI (RFC 3261 section 19.1, RFC 3966).
struct Uri {
  std::string scheme;  ///< lower case: "sip", "sips", "tel"
  std::string user;    ///< unescaped; the number of a tel URI (separators kept)
  std::string host;    ///< as written, IPv6 with brackets; empty for tel
  uint16_t port = 0;   ///< 0: not given
  std::vector<std::pair<std::string, std::string>> parameters;  ///< names lower case, values unescaped
  std::string headers;  ///< what follows '?', as written

  /// nullopt for other schemes, control characters, a blank before '?', a broken escape, an impossible port or text over 2 kB.
  static std::optional<Uri> Parse(std::string_view text);
  /// The value of a parameter; nullopt if absent, "" if it has no value.
  std::optional<std::string> Parameter(std::string_view name) const;
  std::string ToString() const;
  bool operator==(const Uri&) const = default;
};

/// A name-addr or addr-spec with header parameters: From, To, Contact, Diversion, P-Asserted-Identity, ...
struct NameAddr {
  std::string display_name;  ///< unquoted, unescaped
  Uri uri;
  std::vector<std::pair<std::string, std::string>> parameters;  ///< names lower case, values unquoted
  static std::optional<NameAddr> Parse(std::string_view text);
  std::optional<std::string> Parameter(std::string_view name) const;
};

/// Splits a header value at its top-level commas: not those in quotes or angle brackets. At most `limit` elements.
std::vector<std::string_view> SplitList(std::string_view value, size_t limit = 64);

}  // namespace um::sip

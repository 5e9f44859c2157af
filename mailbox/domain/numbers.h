// Telephone numbers and SIP addresses as administrators enter them and networks send them: their
// forms and limits. Whether a number may be dialled is decided in dialing.h.   Pure.
//
// Failures are InvalidArgument with a text for whoever entered the value. Input may be of any size
// and content; what a message repeats of it is short and printable.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace um::domain {

/// Digits of the longest number that is kept anywhere (spec: caller-id aliases have fewer than
/// 128).
inline constexpr size_t kMaxNumberDigits = 127;
/// ITU-T E.164 section 6.1.
inline constexpr size_t kMaxE164Digits = 15;
inline constexpr int kMinExtensionDigits = 1;
inline constexpr int kMaxExtensionDigits = 20;

/// True for one or more of 0-9 and nothing else. Other scripts' digits are none.
bool IsDigits(std::string_view text);

/// A number as dialled or written, without its visual separators: "+1 (425) 555-0100" is
/// "+14255550100". Separators are those of RFC 3966 section 5.1.1 (- . ( )), space and '/'. What is
/// left is 1..127 digits, with a '+' in front if there was one.
/// Errors: anything else in it. Letters are not dropped: "room 12" is no number.
absl::StatusOr<std::string> NormalizeNumber(std::string_view text);
/// The same without '+', by which numbers are looked up; "": it is none.
std::string NumberKey(std::string_view number);

/// The number of a tel URI (RFC 3966 section 3) in the form of NormalizeNumber(). Parameters are
/// checked for harmless characters and left out.
/// Errors: another scheme; a number with letters, '*' or '#'; more than 512 characters.
absl::StatusOr<std::string> ParseTelUri(std::string_view uri);

/// '+', then 1..15 digits of which the first is not 0 (ITU-T E.164; no country code begins with 0).
absl::Status CheckE164(std::string_view text);

/// 1..20: what a dial plan may have as number_of_digits_in_extension.
absl::Status CheckExtensionLength(int digits);
/// Exactly `digits` digits (spec 02 section 1.6).
absl::Status CheckExtension(std::string_view text, int digits);

/// The extension in a telephone number as directories have it: what follows "x", "ext." or ";ext=",
/// if that is there, else the number's last digits. "+1 (425) 555-1001" has 1001 where extensions
/// have four digits.
/// Errors: no number; too few digits; an extension of another length.
absl::StatusOr<std::string> ExtensionIn(std::string_view number, int digits);

/// The dial codes of a dial plan (spec 02 section 3.1).
enum class DialCode {
  kCountryOrRegion,      ///< country_or_region_code, 1..4 digits, not beginning with 0
  kOutsideLine,          ///< outside_line_access_code, 1..16 digits
  kInternationalAccess,  ///< international_access_code, 1..4 digits
  kNationalPrefix,       ///< national_number_prefix, 1..4 digits
};
/// The property's name: "country_or_region_code".
std::string_view PropertyName(DialCode code);
/// Empty is good: the code is not set.
absl::Status CheckDialCode(DialCode code, std::string_view text);

/// One of a user's caller-id aliases (UMCallingLineIds): an optional '+' and 1..127 digits.
absl::Status CheckCallerIdAlias(std::string_view text);

/// Access numbers are shown to users, so they may be written as people write them: 1..32 ASCII
/// letters, digits, spaces and separators, or a SIP URI.
absl::Status CheckAccessNumber(std::string_view text);
/// Above this the administrator is warned: some telephones show no more.
inline constexpr size_t kAccessNumberWarningLength = 20;

/// The address of a user or service in a SIP network, without parameters.
struct SipAddress {
  std::string user;  ///< 1..64 characters as written; "%41" is not unescaped
  std::string host;  ///< lower case: a name, IPv4 or [IPv6]; 1..253 characters
  int port = 0;      ///< 0: none given

  /// "ann@example.com:5061".
  std::string ToString() const;
  bool operator==(const SipAddress&) const = default;
};
/// Parses "user@host", "user@host:port" and the same after "sip:" or "sips:" (RFC 3261 section 25.1
/// for the characters).
/// Errors: a password, parameters or headers; no user; a name that is no host name; over 340 bytes.
absl::StatusOr<SipAddress> ParseSipAddress(std::string_view text);

}  // namespace um::domain

#include "mailbox/domain/numbers.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/status.h"
#include "common/net/endpoint.h"
#include "mailbox/domain/problem.h"

namespace um::domain {
namespace {

constexpr size_t kMaxWritten = 512;  // a number with separators, or a tel URI

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c; }

/// Removes `prefix` from the front of `text`, in either case.
bool RemoveScheme(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  if (!std::equal(prefix.begin(), prefix.end(), text.begin(),
                  [](char a, char b) { return a == Lower(b); })) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

/// RFC 3261 section 25.1: user = unreserved / escaped / user-unreserved.
bool IsUser(std::string_view user) {
  constexpr std::string_view kMarks = "-_.!~*'()&=+$,;?/";
  for (size_t i = 0; i < user.size(); ++i) {
    if (user[i] == '%') {
      const auto is_hex = [&](size_t at) {
        return at < user.size() && IsOneOf(Lower(user[at]), "0123456789abcdef");
      };
      if (!is_hex(i + 1) || !is_hex(i + 2)) return false;
      i += 2;
    } else if (!IsAlphanumeric(user[i]) && !IsOneOf(user[i], kMarks)) {
      return false;
    }
  }
  return !user.empty() && user.size() <= 64;
}

/// A host name's labels (RFC 1123 section 2.1): letters, digits and inner hyphens, 63 at most.
bool IsHostName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  while (true) {
    const size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
      return false;
    }
    if (!std::ranges::all_of(label, [](char c) { return IsAlphanumeric(c) || c == '-'; })) {
      return false;
    }
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool IsHost(std::string_view host) {
  if (host.starts_with('[')) {
    const auto address = net::IpAddress::Parse(host);
    return host.ends_with(']') && address && address->is_v6();
  }
  // "1.2.3" and "300.1.1.1" would pass as names: who ends in a number means an address.
  const size_t last = host.rfind('.') + 1;
  if (IsDigits(host.substr(last))) return net::IpAddress::Parse(host).has_value();
  return IsHostName(host);
}

}  // namespace

bool IsDigits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, IsDigit); }

absl::StatusOr<std::string> NormalizeNumber(std::string_view text) {
  if (text.size() > kMaxWritten) return Invalid(Quoted(text) + " is too long for a number");
  std::string number;
  for (const char c : text) {
    if (IsOneOf(c, " -.()/")) continue;
    if (!IsDigit(c) && !(c == '+' && number.empty())) {
      return Invalid(
          fmt::format("{} is no number: digits, a leading + and the separators - . ( ) / "
                      "and space are allowed",
                      Quoted(text)));
    }
    number += c;
  }
  const size_t digits = number.size() - (number.starts_with('+') ? 1 : 0);
  if (digits == 0) return Invalid(Quoted(text) + " has no digits");
  if (digits > kMaxNumberDigits) {
    return Invalid(
        fmt::format("{} has {} digits, {} are allowed", Quoted(text), digits, kMaxNumberDigits));
  }
  return number;
}

std::string NumberKey(std::string_view number) {
  const auto normal = NormalizeNumber(number);
  if (!normal.ok()) return "";
  return normal->starts_with('+') ? normal->substr(1) : *normal;
}

absl::StatusOr<std::string> ParseTelUri(std::string_view uri) {
  std::string_view rest = uri;
  if (uri.size() > kMaxWritten) return Invalid(Quoted(uri) + " is too long for a tel URI");
  if (!RemoveScheme(rest, "tel:")) return Invalid(Quoted(uri) + " does not begin with tel:");
  const size_t end = std::min(rest.find(';'), rest.size());
  const std::string_view number = rest.substr(0, end);
  // RFC 3966 section 3: its visual separators have neither space nor '/'.
  if (number.find_first_of(" /") != std::string_view::npos) {
    return Invalid(Quoted(uri) + " has a space or / in its number");
  }
  constexpr std::string_view kParameters = ";=-_.!~*'()[]/:&+$%";
  for (const char c : rest.substr(end)) {
    if (!IsAlphanumeric(c) && !IsOneOf(c, kParameters)) {
      return Invalid(Quoted(uri) + " has a character that no tel URI may have");
    }
  }
  return NormalizeNumber(number);
}

absl::Status CheckE164(std::string_view text) {
  const std::string_view digits = text.substr(std::min<size_t>(1, text.size()));
  if (text.starts_with('+') && IsDigits(digits) && digits.size() <= kMaxE164Digits &&
      digits[0] != '0') {
    return absl::OkStatus();
  }
  return Invalid(fmt::format("{} is no E.164 number: + and up to {} digits, country code first",
                             Quoted(text), kMaxE164Digits));
}

absl::Status CheckExtensionLength(int digits) {
  if (digits >= kMinExtensionDigits && digits <= kMaxExtensionDigits) return absl::OkStatus();
  return Invalid(fmt::format("{} digits: an extension may have {} to {}", digits,
                             kMinExtensionDigits, kMaxExtensionDigits));
}

absl::Status CheckExtension(std::string_view text, int digits) {
  if (IsDigits(text) && text.size() == static_cast<size_t>(std::max(digits, 0))) {
    return CheckExtensionLength(digits);
  }
  return Invalid(
      fmt::format("{} is no extension of this dial plan: exactly {} digits", Quoted(text), digits));
}

absl::StatusOr<std::string> ExtensionIn(std::string_view number, int digits) {
  const size_t x = number.find_last_of("xX");
  if (x != std::string_view::npos) {
    // "x1001", "ext. 1001", "Ext 1001", ";ext=1001".
    std::string_view own = number.substr(x + 1);
    if (own.starts_with('t') || own.starts_with('T')) own.remove_prefix(1);
    own.remove_prefix(std::min(own.find_first_not_of(" .:="), own.size()));
    while (own.ends_with(' ')) own.remove_suffix(1);
    const absl::Status good = CheckExtension(own, digits);
    if (!good.ok())
      return Invalid(fmt::format("{} names no extension of {} digits", Quoted(number), digits));
    return std::string(own);
  }
  UM_ASSIGN_OR_RETURN(std::string all, NormalizeNumber(number));
  if (all.starts_with('+')) all.erase(0, 1);
  if (all.size() < static_cast<size_t>(digits)) {
    return Invalid(fmt::format("{} has fewer than {} digits", Quoted(number), digits));
  }
  return all.substr(all.size() - static_cast<size_t>(digits));
}

std::string_view PropertyName(DialCode code) {
  switch (code) {
    case DialCode::kCountryOrRegion:
      return "country_or_region_code";
    case DialCode::kOutsideLine:
      return "outside_line_access_code";
    case DialCode::kInternationalAccess:
      return "international_access_code";
    case DialCode::kNationalPrefix:
      return "national_number_prefix";
  }
  return "";
}

absl::Status CheckDialCode(DialCode code, std::string_view text) {
  if (text.empty()) return absl::OkStatus();
  const size_t most = code == DialCode::kOutsideLine ? 16 : 4;
  if (!IsDigits(text) || text.size() > most) {
    return Invalid(
        fmt::format("{} is no {}: 1 to {} digits", Quoted(text), PropertyName(code), most));
  }
  if (code == DialCode::kCountryOrRegion && text[0] == '0') {
    return Invalid(Quoted(text) + " is no country code: none begins with 0");
  }
  return absl::OkStatus();
}

absl::Status CheckCallerIdAlias(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('+') ? 1 : 0);
  if (IsDigits(digits) && digits.size() <= kMaxNumberDigits) return absl::OkStatus();
  return Invalid(fmt::format("{} is no caller id: an optional + and 1 to {} digits", Quoted(text),
                             kMaxNumberDigits));
}

absl::Status CheckAccessNumber(std::string_view text) {
  constexpr size_t kMost = 32;
  const auto is_allowed = [](char c) { return IsAlphanumeric(c) || IsOneOf(c, " +-.()/*#"); };
  const bool blank = text.find_first_not_of(' ') == std::string_view::npos;
  if (!blank && text.size() <= kMost &&
      (std::ranges::all_of(text, is_allowed) || ParseSipAddress(text).ok())) {
    return absl::OkStatus();
  }
  return Invalid(
      fmt::format("{} is no access number: 1 to {} letters, digits and separators, or a SIP URI",
                  Quoted(text), kMost));
}

std::string SipAddress::ToString() const {
  return port == 0 ? fmt::format("{}@{}", user, host) : fmt::format("{}@{}:{}", user, host, port);
}

absl::StatusOr<SipAddress> ParseSipAddress(std::string_view text) {
  constexpr size_t kMost = 340;
  const auto invalid = [&](std::string_view why) {
    return Invalid(fmt::format("{} is no SIP address (user@host): {}", Quoted(text), why));
  };
  if (text.size() > kMost) return invalid("too long");
  std::string_view rest = text;
  if (!RemoveScheme(rest, "sip:")) RemoveScheme(rest, "sips:");
  const size_t at = rest.find('@');
  if (at == std::string_view::npos) return invalid("there is no @");
  SipAddress address{.user = std::string(rest.substr(0, at))};
  if (!IsUser(address.user)) return invalid("the user is empty, too long or has a bad character");
  std::string_view host = rest.substr(at + 1);
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (!IsDigits(port) || port.size() > 5) return invalid("the port is no number");
    for (const char c : port) address.port = address.port * 10 + (c - '0');
    if (address.port < 1 || address.port > 65535) return invalid("the port is not 1 to 65535");
    host = host.substr(0, colon);
  }
  if (!IsHost(host)) return invalid("the host is neither a name nor an IP address");
  std::ranges::transform(host, std::back_inserter(address.host), Lower);
  return address;
}

}  // namespace um::domain

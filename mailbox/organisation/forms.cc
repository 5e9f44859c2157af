// What texts of a form may be, for config::Check().
#include <algorithm>
#include <optional>

#include "common/net/endpoint.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/number_mask.h"
#include "mailbox/domain/numbers.h"
#include "mailbox/domain/schedule.h"
#include "mailbox/organisation/checks.h"

namespace um::organisation {
namespace {

using config::v1::Form;
using Wrong = std::optional<std::string>;

Wrong Of(const absl::Status& status) {
  if (status.ok()) return std::nullopt;
  return std::string(status.message());
}

Wrong Unless(bool good, const char* text) { return good ? Wrong() : Wrong(text); }

bool Only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kHostCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

bool IsHostName(std::string_view text) {
  return text.size() <= 253 && Only(text, kHostCharacters) && !text.starts_with('.') &&
         !text.starts_with('-') && text.find("..") == std::string_view::npos;
}

/// local@domain, as SMTP takes it without quoting (RFC 5321 section 4.1.2), and UTF-8 (RFC 6531).
bool IsEmail(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return false;
  const std::string_view local = text.substr(0, at), domain = text.substr(at + 1);
  return local.find_first_of(" \"(),:;<>@[\\]") == std::string_view::npos &&
         !local.starts_with('.') && !local.ends_with('.') &&
         local.find("..") == std::string_view::npos && !domain.empty() &&
         domain.find_first_of(" \"(),:;<>@[\\]") == std::string_view::npos &&
         !domain.starts_with('.') && domain.find("..") == std::string_view::npos;
}

/// Not the other forms that ParseDate() takes: dates are compared as text.
bool IsDate(std::string_view text) {
  const auto date = domain::ParseDate(text);
  return date.ok() && domain::ToString(*date) == text;
}

bool IsTimeOfDay(std::string_view text) {
  return text.size() == 5 && text[2] == ':' && domain::IsDigits(text.substr(0, 2)) &&
         domain::IsDigits(text.substr(3)) && text.substr(0, 2) < "24" && text.substr(3) < "60";
}

/// "en-US": a language of RFC 5646 with an optional script and region.
bool IsLanguage(std::string_view text) {
  const size_t language = std::min(text.find('-'), text.size());
  return language >= 2 && language <= 3 && text.size() <= 16 && !text.ends_with('-') &&
         Only(text.substr(0, language), kLetters) &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
             std::string_view::npos;
}

/// "sip:host:port;transport=tcp".
Wrong CheckSipUri(std::string_view text) {
  constexpr const char* kExpected = "must look like sip:fax.example.com:5060;transport=tcp";
  if (!text.starts_with("sip:") && !text.starts_with("sips:")) return kExpected;
  const std::string_view rest = text.substr(text.find(':') + 1);
  const size_t semicolon = std::min(rest.find(';'), rest.size());
  std::string_view host = rest.substr(0, semicolon);
  const std::string_view parameters = rest.substr(semicolon);
  if (const size_t at = host.find('@'); at != std::string_view::npos) host = host.substr(at + 1);
  const bool v6 = host.starts_with('[');
  const size_t colon =
      v6 ? host.find(':', std::min(host.find(']'), host.size() - 1)) : host.find(':');
  if (colon != std::string_view::npos &&
      (!domain::IsDigits(host.substr(colon + 1)) || host.size() - colon > 6)) {
    return kExpected;
  }
  const std::string_view name = host.substr(0, colon);
  const bool good_parameters = parameters.empty() || parameters == ";transport=tcp" ||
                               parameters == ";transport=udp" || parameters == ";transport=tls";
  const bool good_host =
      v6 ? net::IpAddress::Parse(name).has_value() : !name.empty() && IsHostName(name);
  return Unless(good_host && good_parameters, kExpected);
}

}  // namespace

std::optional<std::string> CheckForm(Form form, std::string_view text) {
  switch (form) {
    case config::v1::FORM_NAME:
      return Of(domain::CheckName(text));
    case config::v1::FORM_DIGITS:
      return Unless(domain::IsDigits(text), "must be digits");
    case config::v1::FORM_E164:
      return Of(domain::CheckE164(text));
    case config::v1::FORM_SIP_ADDRESS:
      return Of(domain::ParseSipAddress(text).status());
    case config::v1::FORM_NUMBER_OR_SIP:
      if (text.find('@') != std::string_view::npos)
        return Of(domain::ParseSipAddress(text).status());
      return Of(domain::NormalizeNumber(text).status());
    case config::v1::FORM_EMAIL:
      return Unless(IsEmail(text), "must be a mail address");
    case config::v1::FORM_NETWORK:
      return Unless(net::Network::Parse(text).has_value(),
                    "must be an IP address or a network like 192.0.2.0/24");
    case config::v1::FORM_IP_ADDRESS:
      return Unless(net::IpAddress::Parse(text).has_value(), "must be an IP address");
    case config::v1::FORM_HOST:
      return Unless(net::IpAddress::Parse(text) || (IsHostName(text) && !Only(text, "0123456789.")),
                    "must be an IP address or a DNS name");
    case config::v1::FORM_NUMBER_MASK:
      return Unless(Only(text, "0123456789x"), "must be digits and x");
    case config::v1::FORM_WILDCARD_MASK:
      return Of(domain::NumberMask::Parse(text).status());
    case config::v1::FORM_SCHEDULE_INTERVAL:
      return Of(domain::Schedule::Parse(text).status());
    case config::v1::FORM_TIME_ZONE:
      return Of(domain::TimeZone::Load(text).status());
    case config::v1::FORM_LANGUAGE:
      return Unless(IsLanguage(text), "must be a language like en-US");
    case config::v1::FORM_DATE:
      return Unless(IsDate(text), "must be a date like 2026-12-24");
    case config::v1::FORM_TIME_OF_DAY:
      return Unless(IsTimeOfDay(text), "must be a time like 08:30");
    case config::v1::FORM_SIP_URI:
      return CheckSipUri(text);
    case config::v1::FORM_FILE_NAME:
      return Unless(text.find('/') == std::string_view::npos && text != "." && text != "..",
                    "must be a file's name without folders");
    case config::v1::FORM_TELEPHONE:
      return Of(domain::CheckAccessNumber(text));
    default:
      return std::nullopt;  // of no form, or one whose characters config::Check() knows
  }
}

}  // namespace um::organisation

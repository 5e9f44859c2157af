#include "mailbox/ua/info_key.h"

#include <optional>
#include <string_view>

#include "common/sip/multipart.h"
#include "common/sip/text.h"
#include "mailbox/ua/request_checks.h"

namespace um::ua {
namespace {

constexpr size_t kMaxBody = 256;
constexpr std::string_view kKeys = "0123456789*#";
constexpr std::string_view kOthers = "ABCDabcd!";  // and the hook flash

/// nullopt: this names no key.
std::optional<char> KeyNamed(std::string_view name) {
  if (name.size() == 1 && kKeys.find(name[0]) != std::string_view::npos) return name[0];
  if (name.size() == 1 && kOthers.find(name[0]) != std::string_view::npos) return char{0};
  // Some number them like RFC 4733's events: 10 is star, 11 is pound, 16 the flash.
  const auto event = sip::Number(name);
  if (!event || *event > 16) return std::nullopt;
  return *event < kKeys.size() ? kKeys[*event] : char{0};
}

/// Lines "Name = value"; Duration [ms] is checked and not needed.
std::optional<char> KeyOfRelay(std::string_view body) {
  std::optional<char> key;
  while (!body.empty()) {
    std::string_view value = sip::TakeUntil(body, '\n');
    const std::string_view name = sip::Trim(sip::TakeUntil(value, '='));
    value = sip::Trim(value);
    if (sip::EqualsIgnoreCase(name, "Signal")) {
      key = KeyNamed(value);
      if (!key) return std::nullopt;
    } else if (sip::EqualsIgnoreCase(name, "Duration") && !sip::Number(value)) {
      return std::nullopt;
    }
  }
  return key;
}

}  // namespace

std::variant<char, Refuse> KeyIn(const sip::Message& info) {
  // RFC 6086 section 4.2.2: no package has been agreed on, and so it is said.
  if (!info.Header("Info-Package").empty()) {
    return Refuse{469, "Bad Info Package", "Recv-Info:\r\n"};
  }
  if (info.body().empty()) return char{0};
  const std::string coding = sip::Lower(info.Header("Content-Encoding"));
  const std::string type = sip::MediaType(info.Header("Content-Type"));
  const bool relay = type == "application/dtmf-relay";
  if ((!relay && type != "application/dtmf") || (!coding.empty() && coding != "identity")) {
    if (IsOptional(info)) return char{0};
    return Refuse{415, "", ""};
  }
  if (info.body().size() > kMaxBody) return Refuse{400, "Key Too Long", ""};
  const auto key = relay ? KeyOfRelay(info.body()) : KeyNamed(sip::Trim(info.body()));
  if (!key) return Refuse{400, "No Such Key", ""};
  return *key;
}

}  // namespace um::ua

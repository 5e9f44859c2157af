#include "mailbox/ua/request_checks.h"

#include <algorithm>

#include "common/sip/text.h"
#include "mailbox/ua/responder.h"

namespace um::ua {
namespace {

// "application/sdp;charset=utf-8" -> "application/sdp"
std::string MediaType(std::string_view value) {
  return sip::Lower(sip::Trim(sip::TakeUntil(value, ';')));
}

bool IsOptional(const sip::Message& request) {
  // Section 20.11: the default handling is "required".
  return sip::Lower(request.Header("Content-Disposition")).find("handling=optional") !=
         std::string::npos;
}

}  // namespace

std::optional<Refuse> CheckRequire(const sip::Message& request) {
  std::string unsupported;
  for (const std::string& tag : request.Headers("Require")) {
    if (sip::EqualsIgnoreCase(tag, kSupported)) continue;
    if (!unsupported.empty()) unsupported += ", ";
    unsupported += tag;
  }
  if (unsupported.empty()) return std::nullopt;
  return Refuse{420, "", "Unsupported: " + unsupported + "\r\n"};
}

std::optional<Refuse> CheckAccept(const sip::Message& request) {
  const auto accepted = request.Headers("Accept");
  if (accepted.empty()) return std::nullopt;  // SDP by default
  for (const std::string& value : accepted) {
    const std::string type = MediaType(value);
    if (type == "application/sdp" || type == "application/*" || type == "*/*") return std::nullopt;
  }
  return Refuse{406, "", "Accept: application/sdp\r\n"};
}

std::variant<std::optional<std::string>, Refuse> SessionDescriptionIn(const sip::Message& request) {
  if (request.body().empty()) return std::optional<std::string>();
  const std::string coding = sip::Lower(request.Header("Content-Encoding"));
  const bool plain = coding.empty() || coding == "identity";
  if (plain && MediaType(request.Header("Content-Type")) == "application/sdp") {
    return std::optional<std::string>(request.body());
  }
  if (IsOptional(request)) return std::optional<std::string>();
  return Refuse{415, "", plain ? "" : "Accept-Encoding: identity\r\n"};
}

std::string AnswerIn(const sip::Message& message) {
  auto found = SessionDescriptionIn(message);
  const auto* sdp = std::get_if<std::optional<std::string>>(&found);
  return sdp != nullptr ? sdp->value_or("") : "";
}

std::optional<int> ExpiresIn(const sip::Message& invite) {
  const auto seconds = sip::Number(sip::Trim(invite.Header("Expires")));
  if (!seconds) return std::nullopt;
  return static_cast<int>(std::min(*seconds, 24 * 3600U));
}

}  // namespace um::ua

#include "mailbox/ua/request_checks.h"

#include <algorithm>

#include "common/sip/multipart.h"
#include "common/sip/text.h"
#include "mailbox/ua/responder.h"

namespace um::ua {
namespace {

constexpr std::string_view kSdp = "application/sdp";

Refuse Unsupported(const char* headers = "") { return Refuse{415, "", headers}; }

bool IsSessionDescription(const sip::BodyPart& part) {
  // RFC 3261 section 20.11: SDP that does not say what it is for describes the session.
  return part.type == kSdp && !part.is_encoded &&
         (part.disposition.empty() || part.disposition == "session");
}

// RFC 5621: of alternatives the last that is understood counts (RFC 2046 section 5.1.4), else the
// first. Parts that do not say "required" are passed over: gateways send their ISUP, PIDF or
// location beside the SDP and often do not say how much it means to them.
std::variant<std::optional<std::string>, Refuse> SessionDescriptionAmong(
    std::string_view content_type, std::string_view body) {
  const auto parts = sip::ParseMultipart(content_type, body);
  if (!parts) return Unsupported();
  const bool last_counts = sip::MediaType(content_type) == "multipart/alternative";
  std::optional<std::string> sdp;
  for (const sip::BodyPart& part : *parts) {
    if (IsSessionDescription(part)) {
      if (!sdp || last_counts) sdp = std::string(part.body);
    } else if (part.handling == "required" && !last_counts) {
      return Unsupported();
    }
  }
  return sdp;
}

}  // namespace

bool IsOptional(const sip::Message& request) {
  return sip::Lower(request.Header("Content-Disposition")).find("handling=optional") !=
         std::string::npos;
}

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
    const std::string type = sip::MediaType(value);
    if (type == "application/sdp" || type == "application/*" || type == "*/*") return std::nullopt;
  }
  return Refuse{406, "", "Accept: application/sdp\r\n"};
}

std::variant<std::optional<std::string>, Refuse> SessionDescriptionIn(const sip::Message& request) {
  if (request.body().empty()) return std::optional<std::string>();
  const std::string coding = sip::Lower(request.Header("Content-Encoding"));
  const bool plain = coding.empty() || coding == "identity";
  const std::string content_type = request.Header("Content-Type");
  const std::string type = sip::MediaType(content_type);
  if (plain && type == kSdp) return std::optional<std::string>(request.body());
  if (plain && type.starts_with("multipart/")) {
    auto found = SessionDescriptionAmong(content_type, request.body());
    if (!std::holds_alternative<Refuse>(found)) return found;
  }
  if (IsOptional(request)) return std::optional<std::string>();
  return Unsupported(plain ? "" : "Accept-Encoding: identity\r\n");
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

// Requests for the tests of this folder.
#pragma once

#include <string>
#include <string_view>

namespace um::sip {

inline constexpr std::string_view kVia = "Via: SIP/2.0/TCP pbx.example:5060;branch=z9hG4bK7a\r\n";
inline constexpr std::string_view kFrom =
    "From: \"Ann Bee\" <sip:+15550101@pbx.example>;tag=f1\r\n";
inline constexpr std::string_view kTo = "To: <sip:8000@um.example>\r\n";
inline constexpr std::string_view kCallId = "Call-ID: 1c9e@pbx.example\r\n";
inline constexpr std::string_view kCSeq = "CSeq: 7 INVITE\r\n";

/// An INVITE of the five headers above, `more` header lines, and `body`.
inline std::string Invite(std::string_view more = {}, std::string_view body = {},
                          std::string_view start = "INVITE sip:8000@um.example SIP/2.0") {
  std::string text(start);
  for (const std::string_view part :
       {std::string_view("\r\n"), kVia, kFrom, kTo, kCallId, kCSeq, more})
    text += part;
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  text += body;
  return text;
}

}  // namespace um::sip

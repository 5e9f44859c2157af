// A request of ours before it has a Via: what a dialog knows of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace um::ua {

struct OutgoingRequest {
  std::string method;
  std::string uri;
  std::vector<std::string> routes;  ///< Route values, in order
  std::string from;                 ///< header values as written, tags included
  std::string to;
  std::string call_id;
  uint32_t cseq = 0;
  std::string headers;                           ///< further lines, each with CRLF
  std::string body;                              ///< "": none
  std::string content_type = "application/sdp";  ///< of the body

  /// The message with `via` ("SIP/2.0/TCP host:port;branch=...") on top.
  std::string ToText(std::string_view via) const;
  /// The ACK for a failure response to this INVITE: same Via, Request-URI and Route, its To (RFC
  /// 3261 section 17.1.1.3).
  std::string AckForFailure(std::string_view via, const std::string& to_of_response) const;
};

}  // namespace um::ua

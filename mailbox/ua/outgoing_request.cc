#include "mailbox/ua/outgoing_request.h"

#include <fmt/format.h>

namespace um::ua {

std::string OutgoingRequest::ToText(std::string_view via) const {
  std::string out =
      fmt::format("{} {} SIP/2.0\r\nVia: {}\r\nMax-Forwards: 70\r\n", method, uri, via);
  for (const std::string& route : routes) out += fmt::format("Route: {}\r\n", route);
  out += fmt::format("From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} {}\r\n", from, to, call_id,
                     cseq, method);
  out += headers;
  if (!body.empty()) out += fmt::format("Content-Type: {}\r\n", content_type);
  out += fmt::format("Content-Length: {}\r\n\r\n", body.size());
  out += body;
  return out;
}

std::string OutgoingRequest::AckForFailure(std::string_view via,
                                           const std::string& to_of_response) const {
  OutgoingRequest ack = *this;
  ack.method = "ACK";
  ack.to = to_of_response;
  ack.headers.clear();
  ack.body.clear();
  return ack.ToText(via);
}

}  // namespace um::ua

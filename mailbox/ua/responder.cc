#include "mailbox/ua/responder.h"

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/sip/address.h"
#include "common/sip/text.h"

namespace um::ua {
namespace {

constexpr std::string_view kInfoTypes = "application/dtmf-relay, application/dtmf";

// Contact is for what makes, moves or describes a dialog (RFC 3261 table 2).
bool WantsContact(const std::string& method, int status) {
  if (method == "INVITE") return status > 100 && status < 300;
  return status / 100 == 2 && (method == "UPDATE" || method == "OPTIONS" || method == "SUBSCRIBE");
}

}  // namespace

std::string Responder::Contact(const sip::Message& request, const net::Flow& flow) const {
  const auto asked = sip::Uri::Parse(request.request_uri());
  const net::Endpoint here = transport_.Advertised(flow);
  sip::Uri uri;
  uri.scheme = asked && asked->scheme == "sips" ? "sips" : "sip";  // section 12.1.1
  if (asked) uri.user = asked->user;
  uri.host = here.ip.ToUriHost();
  uri.port = here.port;
  uri.parameters = {{"transport", std::string(net::ToString(flow.protocol))}};
  // A sips URI says TLS by its scheme; its transport is what TLS runs on (RFC 5630 section 4.2).
  if (uri.scheme == "sips") uri.parameters[0].second = "tcp";
  return "<" + uri.ToString() + ">";
}

std::string Responder::Text(const sip::Message& request, const net::Flow& flow,
                            const std::string& to_tag, int status, const Answer& answer) const {
  const std::string peer_ip = flow.peer.ip.ToString();
  const std::string phrase =
      answer.phrase.empty() ? std::string(sip::ReasonPhrase(status)) : answer.phrase;
  sip::ResponseBuilder response(request, peer_ip, flow.peer.port, status, phrase, to_tag);
  const std::string& method = request.method();
  if (WantsContact(method, status)) response.Add("Contact", Contact(request, flow));
  if (status / 100 == 2 || status == 405) response.Add("Allow", kAllow);
  if (status / 100 == 2) response.Add("Supported", kSupported);
  if (status == 415 && method == "INFO") {
    response.Add("Accept", kInfoTypes);
  } else if (status == 415 || (status == 200 && method == "OPTIONS")) {
    response.Add("Accept", "application/sdp, multipart/mixed, multipart/alternative");
  }
  std::string_view lines = answer.headers;
  while (!lines.empty()) {
    std::string_view value = sip::TakeUntil(lines, '\n');
    const std::string_view name = sip::Trim(sip::TakeUntil(value, ':'));
    if (!name.empty()) response.Add(name, sip::Trim(value));
  }
  if (status != 100) response.Add("Server", product_);
  return std::move(response).Finish("application/sdp", answer.sdp);
}

bool Responder::Send(ServerTransaction& transaction, int status, const Answer& answer) const {
  return transaction.Respond(status, Text(transaction.request(), transaction.flow(),
                                          transaction.to_tag(), status, answer));
}

bool Responder::Send(ServerTransaction& transaction, const Refuse& refuse) const {
  const int status = refuse.status >= 300 && refuse.status <= 699 ? refuse.status : 500;
  return Send(transaction, status, Answer{refuse.phrase, refuse.headers, ""});
}

std::string RetryAfterSoon() {
  return fmt::format("Retry-After: {}\r\n", static_cast<unsigned char>(RandomBytes(1)[0]) % 11);
}

}  // namespace um::ua

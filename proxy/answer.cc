#include "proxy/answer.h"

#include <fmt/format.h>

#include "common/sip/text.h"

namespace um::proxy {
namespace {

constexpr size_t kMostText = 300;
constexpr size_t kMostHeader = 4096;

std::string OneLine(std::string_view text, size_t most = kMostText) {
  std::string out(text.substr(0, most));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

}  // namespace

int Q850Cause(int status) {
  switch (status) {
    case 404:
    case 604:
      return 1;  // unallocated number
    case 486:
    case 600:
      return 17;  // user busy
    case 480:
      return 18;  // no user responding
    case 401:
    case 403:
    case 603:
      return 21;  // call rejected
    case 482:
    case 483:
      return 25;  // exchange routing error
    case 484:
      return 28;  // invalid number format
    case 400:
    case 481:
    case 500:
    case 503:
      return 41;  // temporary failure
    case 405:
      return 63;  // service or option unavailable
    case 501:
      return 79;  // service or option not implemented
    case 408:
      return 102;  // recovery on timer expiry
    case 416:
    case 420:
    case 505:
      return 127;  // interworking
    default:
      return 0;
  }
}

std::string Write(const Answer& answer, const sip::Message& request, const net::Endpoint& peer,
                  std::string_view to_tag, std::string_view source) {
  const std::string phrase = answer.phrase.empty() ? std::string(sip::ReasonPhrase(answer.status))
                                                   : OneLine(answer.phrase);
  sip::ResponseBuilder response(request, peer.ip.ToString(), peer.port, answer.status, phrase,
                                to_tag);
  for (const auto& [name, value] : answer.headers) response.Add(name, OneLine(value, kMostHeader));
  if (answer.retry_after_s > 0) response.Add("Retry-After", std::to_string(answer.retry_after_s));
  if (answer.diagnostics_id > 0) {
    // RFC 6432: Q.850 reasons in responses. Only calls have a telephone network behind them.
    if (const int cause = Q850Cause(answer.status); cause > 0 && request.method() == "INVITE")
      response.Add("Reason", fmt::format("Q.850;cause={}", cause));
    response.Add("ms-diagnostics", fmt::format("{};source={};reason={}", answer.diagnostics_id,
                                               sip::Quote(source), sip::Quote(answer.explanation)));
  }
  return std::move(response).Finish();
}

}  // namespace um::proxy

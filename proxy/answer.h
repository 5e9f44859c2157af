// Answer: a final response as a value, and its SIP text.   Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/net/endpoint.h"
#include "common/sip/message.h"

namespace um::proxy {

/// What of ours is wrong, for the `ms-diagnostics` header: 15650 to 15699 are um-proxy's
/// (ARCHITECTURE.md).
enum DiagnosticsId {
  kUnknownPeer = 15650,
  kGatewayDisabled = 15651,
  kTooManyHops = 15652,
  kTicketCameBack = 15653,
  kCallLoops = 15654,
  kNoNode = 15655,
  kNoTopology = 15656,
  kTooManyLookUps = 15657,
  kUnsupportedExtension = 15658,
  kNoSuchCall = 15659,
  kDraining = 15660,
};

/// A final response to a request.
struct Answer {
  int status = 500;
  std::string phrase;       ///< "": the standard one
  int diagnostics_id = 0;   ///< 0: no explanation
  std::string explanation;  ///< a sentence for the gateway's administrator
  int retry_after_s = 0;    ///< 0: none
  std::vector<std::pair<std::string, std::string>> headers = {};
  bool close = false;  ///< close the stream after it
};

/// The Q.850 cause that a gateway should tell the telephone network (RFC 3398 section 8.2.6.1); 0:
/// none fits.
int Q850Cause(int status);

/// The text to send. `source` names this proxy in `ms-diagnostics`. Text from elsewhere (phrase,
/// explanation) cannot begin a header of its own: control characters become spaces.
std::string Write(const Answer& answer, const sip::Message& request, const net::Endpoint& peer,
                  std::string_view to_tag, std::string_view source);

}  // namespace um::proxy

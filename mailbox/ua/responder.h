// What all our responses have in common: Server, Contact, Allow, Supported.
#pragma once

#include <string>

#include "common/net/transport.h"
#include "common/sip/message.h"
#include "mailbox/ua/server_transaction.h"
#include "mailbox/ua/user_agent.h"

namespace um::ua {

inline constexpr std::string_view kAllow =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, NOTIFY, SUBSCRIBE";
inline constexpr std::string_view kSupported = "timer";  ///< the only option tag we know

/// The rest of a response beside its status.
struct Answer {
  std::string phrase;   ///< "": the standard one
  std::string headers;  ///< further lines, each with CRLF
  std::string sdp;      ///< body, or ""
};

/// Thread: loop.
class Responder {
 public:
  Responder(net::Transport& transport, std::string product)
      : transport_(transport), product_(std::move(product)) {}

  /// Responds through the transaction. False: the transport did not take it.
  bool Send(ServerTransaction& transaction, int status, const Answer& answer = {}) const;
  bool Send(ServerTransaction& transaction, const Refuse& refuse) const;
  /// The whole text, for what is sent more than once.
  std::string Text(const sip::Message& request, const net::Flow& flow, const std::string& to_tag,
                   int status, const Answer& answer) const;
  /// "<sip:USER@ADVERTISED;transport=tcp>": where the peer's later requests reach us.
  std::string Contact(const sip::Message& request, const net::Flow& flow) const;
  const std::string& product() const { return product_; }

 private:
  net::Transport& transport_;
  const std::string product_;
};

/// "Retry-After: N\r\n" with N from 0 to 10, so that peers do not come back all at once (RFC 3261
/// section 14.2).
std::string RetryAfterSoon();

}  // namespace um::ua

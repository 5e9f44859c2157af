// The message lamp: what a telephone is told of the messages that wait, and by which gateways
// (RFC 3842).   Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mailbox/domain/organisation.h"

namespace um::domain {

/// A mailbox' voice messages. Urgent ones are among the others, too.
struct WaitingCount {
  int64_t unheard = 0;
  int64_t heard = 0;
  int64_t urgent_unheard = 0;
  int64_t urgent_heard = 0;
  bool operator==(const WaitingCount&) const = default;
  /// "2/8 (0/2)": RFC 3842 section 5.2.
  std::string ToString() const;
};

/// The Content-Type of a summary.
inline constexpr const char* kSummaryType = "application/simple-message-summary";
/// The body of a NOTIFY (RFC 3842 section 5). @param account whose messages: a SIP URI
std::string SummaryOf(const WaitingCount& count, const std::string& account);

/// A way to a mailbox' lamp.
struct LampPath {
  std::string gateway;  ///< its name
  net::Endpoint at;
  SipTransport transport = SipTransport::kTcp;
  std::string uri;  ///< the user's, as this gateway knows it: extension, number or SIP address
};

/// The ways that are allowed, in the order in which they are tried.
struct LampPaths {
  std::vector<LampPath> paths;
  std::string blocked;  ///< why there is none: for the administrator
};
LampPaths LampPathsOf(const Organisation& organisation, const Mailbox& mailbox);

/// "sip:1001@192.0.2.10": the mailbox' user at a host, by its dial plan's kind of address. SIP
/// addresses have a host of their own.
std::string LampUri(UriType type, const Mailbox& mailbox, const net::Endpoint& gateway);

}  // namespace um::domain

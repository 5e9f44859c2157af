// The message lamp: what a telephone is told of the messages that wait, and by which gateways
// (RFC 3842).   Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
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

/// A lamp, as a gateway knows it.
struct LampPlace {
  std::string gateway;  ///< its name
  /// The user's: extension, number ("+14255550101") or SIP URI ("sip:ann@example.com"); "": none.
  std::string address;
  bool operator==(const LampPlace&) const = default;
};

/// A way to a lamp.
struct LampPath {
  LampPlace place;
  net::Endpoint at;
  SipTransport transport = SipTransport::kTcp;
  std::string uri;  ///< "sip:1001@192.0.2.10"; SIP URIs have a host of their own
};

/// The ways that are allowed, in the order in which they are tried.
struct LampPaths {
  std::vector<LampPath> paths;
  std::string blocked;  ///< why there is none: for the administrator
};
LampPaths LampPathsOf(const Organisation& organisation, const Mailbox& mailbox);

/// Whether a lamp that was lit at `place` is the mailbox' still, and allowed. Gateways of one dial
/// plan are ways to the same telephones: another one may be told next.
bool IsLampOf(const Organisation& organisation, const Mailbox& mailbox, const LampPlace& place);
/// Whether there is such a mailbox.
bool IsSomebodys(const Organisation& organisation, const LampPlace& place);

/// The way to a place, whether or not lamps are allowed there: to switch one off.
/// kNotFound: there is no such gateway any more. kUnavailable: nothing can be sent to it now.
absl::StatusOr<LampPath> PathTo(const Organisation& organisation, const LampPlace& place);

}  // namespace um::domain

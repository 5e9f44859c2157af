// The hand-over ticket: a short pass in the redirect's contact, bound to gateway, called identity and expiry.   Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mailbox/domain/time.h"

namespace um::handover {

/// The pool's ticket keys by generation; the highest signs, the others still verify.
struct TicketKeys {
  std::map<int, std::string> keys;  // secrets
};

/// What a ticket is bound to.
struct TicketClaim {
  std::string organisation;
  std::string gateway;
  std::string called;      ///< mailbox id
  std::string call;        ///< a hash of the offered INVITE: a retransmitted offer gets the same ticket
};

/// At most 64 characters of [A-Za-z0-9_-]. Deterministic in claim and expiry (rounded up to 8 s).
std::string Issue(const TicketKeys& keys, const TicketClaim& claim, domain::WallTime expiry);

enum class TicketCheck { kGood, kMalformed, kForged, kExpired };
/// `claim.call` is not compared (B2BUAs change Call-IDs): it comes from the ticket.
TicketCheck Check(const TicketKeys& keys, std::string_view ticket, const TicketClaim& claim, domain::WallTime now);

/// Tickets whose call was answered, until they expire. A retry of the same call (same Call-ID and From tag) is no
/// replay.   Thread: loop.
class UsedTickets {
 public:
  /// False: the ticket has been used by another call.
  bool Use(const std::string& ticket, const std::string& call_id_and_tag, domain::WallTime now);

 private:
  struct Use_ {
    std::string call;
    domain::WallTime at;
  };
  std::unordered_map<std::string, Use_> used_;
};

}  // namespace um::handover

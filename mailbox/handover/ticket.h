// The hand-over ticket: a short pass in the redirect's contact, bound to gateway, called identity
// and expiry.   Pure.
#pragma once

#include <deque>
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
  std::string called;    ///< mailbox id
  std::string trace_id;  ///< of the offered call, 32 hex digits: the ticket carries it into the
                         ///< call that follows
};

/// 52 characters of [A-Za-z0-9_-]. Deterministic in claim and expiry (rounded up to 8 s), so that a
/// repeated offer gets the same ticket from any node of the pool. Empty if there is no key.
///
/// Layout before base64url (RFC 4648 section 5), integers big-endian:
///   version 1 | generation 2 | expiry 4 [8 s since 1970] | trace id 16 | HMAC-SHA-256 cut to 16
/// The HMAC covers all that precedes it and organisation, gateway and called identity.
std::string Issue(const TicketKeys& keys, const TicketClaim& claim, domain::WallTime expiry);

enum class TicketCheck { kGood, kMalformed, kForged, kExpired };
/// `claim.trace_id` is not compared: it comes from the ticket (TraceOf).
TicketCheck Check(const TicketKeys& keys, std::string_view ticket, const TicketClaim& claim,
                  domain::WallTime now);

/// The trace id in a ticket that Check() found good; nullopt for text that is no ticket.
std::optional<std::string> TraceOf(std::string_view ticket);

/// Derives the key that a purpose has in the pool: the same on every node, and nothing that tells
/// the ticket key. "" without a key.
std::string DeriveKey(const TicketKeys& keys, std::string_view purpose);

/// Tickets whose call was answered, until they expire. A retry of the same call (same Call-ID and
/// From tag) is no replay. At most 100,000 are remembered; beyond that the oldest are forgotten.
/// Thread: loop.
class UsedTickets {
 public:
  /// False: the ticket has been used by another call. `ticket` must have passed Check().
  bool Use(const std::string& ticket, const std::string& call_id_and_tag, domain::WallTime now);
  size_t size() const { return used_.size(); }

 private:
  void Forget(domain::WallTime now);

  struct Use_ {
    std::string call;  // a hash: Call-IDs are as long as their senders like
    domain::WallTime expiry;
  };
  std::unordered_map<std::string, Use_> used_;
  std::deque<std::string> order_;  // as they came, so nearly by expiry
};

}  // namespace um::handover

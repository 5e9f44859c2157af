// What a call's first INVITE says about who calls whom and why: all that routing may look at. Pure
// value.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sip/address.h"
#include "common/sip/redirection.h"

namespace um::sip {

class Message;

struct InviteFacts {
  std::string call_id;
  std::string from_tag;
  uint32_t cseq = 0;
  std::string branch;
  Uri request_uri;
  NameAddr to;
  NameAddr from;
  std::vector<NameAddr> asserted_identities;  ///< P-Asserted-Identity (RFC 3325)
  bool withheld = false;  ///< Privacy asks that nobody learns who calls (RFC 3323, 3325)
  std::vector<Diversion> diversions;  ///< newest first; from Diversion, else from History-Info
  std::string ticket;                 ///< the request URI's `um-ticket` parameter, or ""
};

/// Headers that facts are read from: their values, one for each list entry.
struct FactHeaders {
  std::vector<std::string> asserted_identity;
  std::vector<std::string> diversion;
  std::vector<std::string> history_info;
  std::vector<std::string> privacy;
};
/// Adds what they say; what cannot be read is passed over.
void AddFacts(const FactHeaders& headers, InviteFacts& facts);

/// Reads the facts of an INVITE. Fails with kInvalidArgument if its request URI is not sip:, sips:
/// or tel:.
absl::StatusOr<InviteFacts> FactsOf(const Message& invite);

}  // namespace um::sip

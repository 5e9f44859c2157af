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
  /// P-Asserted-Identity (RFC 3325), else Remote-Party-ID (draft-ietf-sip-privacy-04).
  std::vector<NameAddr> asserted_identities;
  bool withheld = false;  ///< Privacy asks that nobody learns who calls (RFC 3323, 3325)
  /// Newest first: the request URI's own target, then Diversion, else History-Info.
  std::vector<Diversion> diversions;
  std::string ticket;  ///< the request URI's `um-ticket` parameter, or ""
};

/// Headers that facts are read from: their values, one for each list entry.
struct FactHeaders {
  std::vector<std::string> asserted_identity;
  std::vector<std::string> remote_party_id;
  std::vector<std::string> diversion;
  std::vector<std::string> history_info;
  std::vector<std::string> privacy;
};
/// Adds what they say to facts that have their request URI; what cannot be read is passed over.
void AddFacts(const FactHeaders& headers, InviteFacts& facts);

/// Adds what a later request of the same call says of its parties (RFC 5876; Diversion there is no
/// standard's); what it does not speak of stays. Its From is the dialog's, and no news.
void AddNews(const Message& request, InviteFacts& facts);

/// Reads the facts of an INVITE. Fails with kInvalidArgument if its request URI is not sip:, sips:
/// or tel:.
absl::StatusOr<InviteFacts> FactsOf(const Message& invite);

}  // namespace um::sip

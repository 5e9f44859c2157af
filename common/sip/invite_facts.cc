#include "common/sip/invite_facts.h"

#include <algorithm>

#include "common/sip/message.h"
#include "common/sip/text.h"

namespace um::sip {
namespace {

/// "header", "user" (RFC 3323 section 4.2) and "id" (RFC 3325 section 9.3) hide who calls;
/// "session" and "history" hide other things.
bool Withholds(std::string_view privacy) {
  for (size_t begin = 0; begin <= privacy.size();) {
    const size_t end = std::min(privacy.find_first_of(";,", begin), privacy.size());
    const std::string_view value = Trim(privacy.substr(begin, end - begin));
    for (const std::string_view hiding : {"id", "user", "header"}) {
      if (EqualsIgnoreCase(value, hiding)) return true;
    }
    begin = end + 1;
  }
  return false;
}

}  // namespace

void AddFacts(const FactHeaders& headers, InviteFacts& facts) {
  for (const std::string& value : headers.asserted_identity) {
    if (auto identity = NameAddr::Parse(value))
      facts.asserted_identities.push_back(*std::move(identity));
  }
  facts.withheld = std::ranges::any_of(headers.privacy, Withholds);
  facts.diversions = ParseDiversion(headers.diversion);
  if (facts.diversions.empty()) facts.diversions = ParseHistoryInfo(headers.history_info);
}

absl::StatusOr<InviteFacts> FactsOf(const Message& invite) {
  auto request_uri = Uri::Parse(invite.request_uri());
  if (!request_uri) return absl::InvalidArgumentError("request URI is not sip:, sips: or tel:");
  InviteFacts facts{.call_id = invite.call_id(),
                    .from_tag = invite.from_tag(),
                    .cseq = invite.cseq().number,
                    .branch = invite.top_via().branch,
                    .request_uri = *std::move(request_uri),
                    .to = invite.to(),
                    .from = invite.from()};
  AddFacts({.asserted_identity = invite.Headers("P-Asserted-Identity"),
            .diversion = invite.Headers("Diversion"),
            .history_info = invite.Headers("History-Info"),
            .privacy = invite.Headers("Privacy")},
           facts);
  facts.ticket = facts.request_uri.Parameter("um-ticket").value_or("");
  return facts;
}

}  // namespace um::sip

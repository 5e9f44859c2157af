#include "common/sip/invite_facts.h"

#include "common/sip/message.h"

namespace um::sip {

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
  for (const std::string& value : invite.Headers("P-Asserted-Identity")) {
    if (auto identity = NameAddr::Parse(value))
      facts.asserted_identities.push_back(*std::move(identity));
  }
  facts.diversions = ParseDiversion(invite.Headers("Diversion"));
  if (facts.diversions.empty()) facts.diversions = ParseHistoryInfo(invite.Headers("History-Info"));
  facts.ticket = facts.request_uri.Parameter("um-ticket").value_or("");
  return facts;
}

}  // namespace um::sip

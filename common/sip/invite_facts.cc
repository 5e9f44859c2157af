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

/// Remote-Party-ID (draft-ietf-sip-privacy-04 section 4): who calls, before RFC 3325, and still
/// what many gateways send unless told otherwise.
void AddRemoteParty(const std::string& value, InviteFacts& facts) {
  auto party = NameAddr::Parse(value);
  if (!party || !EqualsIgnoreCase(party->Parameter("party").value_or("calling"), "calling")) return;
  const std::string privacy = party->Parameter("privacy").value_or("off");
  for (const std::string_view hiding : {"full", "uri"}) {
    if (EqualsIgnoreCase(Trim(privacy), hiding)) facts.withheld = true;
  }
  if (EqualsIgnoreCase(Trim(privacy), "name")) party->display_name.clear();
  facts.asserted_identities.push_back(*std::move(party));
}

FactHeaders HeadersOf(const Message& request) {
  return {.asserted_identity = request.Headers("P-Asserted-Identity"),
          .remote_party_id = request.Headers("Remote-Party-ID"),
          .diversion = request.Headers("Diversion"),
          .history_info = request.Headers("History-Info"),
          .privacy = request.Headers("Privacy")};
}

}  // namespace

void AddFacts(const FactHeaders& headers, InviteFacts& facts) {
  for (const std::string& value : headers.asserted_identity) {
    if (auto identity = NameAddr::Parse(value))
      facts.asserted_identities.push_back(*std::move(identity));
  }
  facts.withheld = std::ranges::any_of(headers.privacy, Withholds);
  if (facts.asserted_identities.empty()) {
    for (const std::string& value : headers.remote_party_id) AddRemoteParty(value, facts);
  }
  facts.diversions = ParseDiversion(headers.diversion);
  // Who follows a redirect may say by Diversion that the call was diverted from the pilot, and by
  // History-Info whose it is.
  const bool is_pilot = std::ranges::all_of(facts.diversions, [&](const Diversion& diversion) {
    return SameParty(diversion.uri, facts.request_uri);
  });
  if (is_pilot) {
    auto history = ParseHistoryInfo(headers.history_info, facts.request_uri);
    if (!history.empty()) facts.diversions = std::move(history);
  }
  if (auto target = ParseVoicemailTarget(facts.request_uri)) {
    facts.diversions.insert(facts.diversions.begin(), *std::move(target));
  }
}

void AddNews(const Message& request, InviteFacts& facts) {
  InviteFacts news{.request_uri = facts.request_uri};
  AddFacts(HeadersOf(request), news);
  if (!news.asserted_identities.empty() || news.withheld) {
    facts.asserted_identities = std::move(news.asserted_identities);
    facts.withheld = news.withheld;
    // From had to say something while nobody knew: an anonymous one withholds nothing any more.
    if (!news.withheld) facts.from = facts.asserted_identities.front();
  }
  if (!news.diversions.empty()) facts.diversions = std::move(news.diversions);
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
  AddFacts(HeadersOf(invite), facts);
  facts.ticket = facts.request_uri.Parameter("um-ticket").value_or("");
  return facts;
}

}  // namespace um::sip

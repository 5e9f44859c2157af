#include "proxy/offer.h"

#include <fmt/format.h>

#include "common/base/bytes.h"
#include "common/sip/invite_facts.h"

namespace um::proxy {
namespace {

constexpr size_t kHashBytes = 16;
constexpr size_t kTagBytes = 9;  // 12 characters
constexpr size_t kMostContact = 1024;
constexpr int kMostListed = 128;

void AddAll(const sip::Message& from, std::string_view header,
            google::protobuf::RepeatedPtrField<std::string>& to) {
  for (std::string& value : from.Headers(header)) {
    if (to.size() >= kMostListed) return;
    *to.Add() = std::move(value);
  }
}

}  // namespace

std::string CallHash(const std::string& key, const sip::Message& request,
                     const net::IpAddress& peer) {
  const sip::Via& via = request.top_via();
  std::string text = "call";
  const auto add = [&text](std::string_view part) {
    text += fmt::format("\n{}:{}", part.size(), part);
  };
  add(peer.ToString());
  add(request.call_id());
  add(request.from_tag());
  add(std::to_string(request.cseq().number));
  add(via.branch);
  add(via.host);
  add(std::to_string(via.port));
  return HmacSha256(key, text).substr(0, kHashBytes);
}

std::string ToTag(const std::string& key, const std::string& call_hash) {
  return Base64Url(HmacSha256(key, "tag\n" + call_hash).substr(0, kTagBytes));
}

handover::v1::Offer OfferOf(const sip::Message& invite, const net::Flow& flow,
                            const std::string& call_hash, const std::string& trace_id) {
  handover::v1::Offer offer;
  offer.set_trace_id(trace_id);
  offer.set_peer(flow.peer.ip.ToString());
  offer.set_transport(std::string(net::ToString(flow.protocol)));
  offer.set_call_hash(call_hash);
  if (invite.method() != "INVITE") offer.set_method(invite.method());
  auto& facts = *offer.mutable_invite();
  facts.set_call_id(invite.call_id());
  facts.set_from_tag(invite.from_tag());
  facts.set_cseq(invite.cseq().number);
  facts.set_branch(invite.top_via().branch);
  facts.set_request_uri(invite.request_uri());
  facts.set_to(invite.Header("To"));
  facts.set_from(invite.Header("From"));
  AddAll(invite, "P-Asserted-Identity", *facts.mutable_p_asserted_identity());
  AddAll(invite, "Diversion", *facts.mutable_diversion());
  AddAll(invite, "History-Info", *facts.mutable_history_info());
  AddAll(invite, "Privacy", *facts.mutable_privacy());
  AddAll(invite, "Remote-Party-ID", *facts.mutable_remote_party_id());
  return offer;
}

std::string DivertedNumber(const sip::Message& invite) {
  const auto facts = sip::FactsOf(invite);
  return facts.ok() && !facts->diversions.empty() ? facts->diversions.front().uri.user : "";
}

std::string ContactHeader(const std::string& uri) {
  if (uri.size() > kMostContact || uri.find_first_of("<>\" \t\r\n") != std::string::npos) return "";
  const auto parsed = sip::Uri::Parse(uri);
  if (!parsed || parsed->host.empty() || parsed->port == 0 || !parsed->Parameter("transport"))
    return "";
  return '<' + uri + '>';
}

}  // namespace um::proxy

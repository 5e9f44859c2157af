#include "mailbox/handover/decider.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "common/base/status.h"
#include "common/log/log.h"

namespace um::handover {
namespace {

constexpr int kListLimit = 128;
constexpr size_t kMostRemembered = 10'000;
constexpr std::chrono::seconds kRememberFor{32};
constexpr int kRetryAfterFull = 5;  // [s]

// 156xx: see ARCHITECTURE.md. The routing rules have 15600 to 15639.
enum DiagnosticsId { kStranger = 15600, kBadFacts = 15640, kNodeFull = 15641, kNoListener = 15642 };

v1::Decision Refuse(int status, std::string phrase, int id, std::string explanation) {
  v1::Decision decision;
  auto& reject = *decision.mutable_reject();
  reject.set_status(static_cast<uint32_t>(status));
  reject.set_phrase(std::move(phrase));
  reject.set_diagnostics_id(static_cast<uint32_t>(id));
  reject.set_explanation(std::move(explanation));
  return decision;
}

// "Not here, but another node may": the proxy tries the next one.
v1::Decision RefuseHere(int id, std::string explanation) {
  v1::Decision decision = Refuse(503, "Service Unavailable", id, std::move(explanation));
  decision.mutable_reject()->set_retry_after_s(kRetryAfterFull);
  decision.mutable_reject()->set_try_another(true);
  return decision;
}

std::vector<std::string> Bounded(const google::protobuf::RepeatedPtrField<std::string>& list) {
  return {list.begin(), list.begin() + std::min(list.size(), kListLimit)};
}

std::string_view Outcome(const v1::Decision& decision) {
  return decision.has_accept() ? "accepted" : "rejected";
}

}  // namespace

absl::StatusOr<sip::InviteFacts> FactsOfOffer(const v1::InviteFacts& offered) {
  const auto uri = sip::Uri::Parse(offered.request_uri());
  if (!uri) return absl::InvalidArgumentError("the request URI is no sip, sips or tel URI");
  sip::InviteFacts facts;
  facts.call_id = offered.call_id();
  facts.from_tag = offered.from_tag();
  facts.cseq = offered.cseq();
  facts.branch = offered.branch();
  facts.request_uri = *uri;
  // As sip::FactsOf() does for the INVITE that follows: what cannot be read is empty.
  facts.to = sip::NameAddr::Parse(offered.to()).value_or(sip::NameAddr{});
  facts.from = sip::NameAddr::Parse(offered.from()).value_or(sip::NameAddr{});
  sip::AddFacts({.asserted_identity = Bounded(offered.p_asserted_identity()),
                 .remote_party_id = Bounded(offered.remote_party_id()),
                 .diversion = Bounded(offered.diversion()),
                 .history_info = Bounded(offered.history_info()),
                 .privacy = Bounded(offered.privacy())},
                facts);
  facts.ticket = uri->Parameter("um-ticket").value_or("");
  return facts;
}

v1::Decision Decider::Decide(const v1::Offer& offer, domain::WallTime now) {
  Forget(now);
  const std::string key = offer.transport() + '\n' + offer.call_hash();
  v1::Decision decision;
  const auto it = decided_.find(key);
  if (it != decided_.end() && !offer.call_hash().empty()) {
    decision = it->second.decision;
  } else {
    decision = DecideAfresh(offer, now);
    // "Not here" passes quickly and is not held against the caller.
    const bool lasting = !decision.reject().try_another();
    if (lasting && decided_.emplace(key, Remembered{now, decision}).second) order_.push_back(key);
  }
  decision.set_id(offer.id());
  log::Debug("offer.decided", {{"trace", offer.trace_id()},
                               {"peer", offer.peer()},
                               {"outcome", Outcome(decision)},
                               {"status", decision.reject().status()},
                               {"explanation", decision.reject().explanation()}});
  return decision;
}

v1::Decision Decider::DecideAfresh(const v1::Offer& offer, domain::WallTime now) {
  const auto peer = net::IpAddress::Parse(offer.peer());
  if (!peer) return Refuse(500, "Server Internal Error", kBadFacts, "the offer names no peer");
  if (offer.method() == "SUBSCRIBE") return DecideSubscription(offer, *peer);
  const auto facts = FactsOfOffer(offer.invite());
  if (!facts.ok()) return Refuse(400, "Bad Request", kBadFacts, Message(facts.status()));

  const auto outcome = node_.routing().Route(*peer, *facts);
  if (const auto* refusal = std::get_if<domain::Refusal>(&outcome)) {
    v1::Decision decision =
        Refuse(refusal->status, refusal->phrase, refusal->diagnostics_id, refusal->explanation);
    decision.mutable_reject()->set_retry_after_s(
        static_cast<uint32_t>(std::max(refusal->retry_after, 0)));
    node_.OnRefused(*peer, *facts, *refusal, offer.trace_id());
    return decision;
  }
  const auto& route = std::get<domain::CallRoute>(outcome);
  if (node_.headroom() <= 0) {
    return RefuseHere(kNodeFull, fmt::format("node {} takes no more calls now", options_.node));
  }
  const TicketClaim claim{route.organisation, route.gateway.name, route.mailbox.id,
                          offer.trace_id()};
  const std::string ticket = Issue(keys_, claim, now + options_.ticket_lifetime);
  const auto contact = ContactFor(options_, route, *peer, offer.transport(), ticket);
  if (!contact.ok()) return RefuseHere(kNoListener, Message(contact.status()));
  v1::Decision decision;
  decision.mutable_accept()->set_contact(*contact);
  return decision;
}

/// Every node knows every mailbox' messages. Whose they are is looked at when the SUBSCRIBE comes.
v1::Decision Decider::DecideSubscription(const v1::Offer& offer, const net::IpAddress& peer) {
  const domain::IpGateway* gateway = node_.routing().GatewayOf(peer);
  if (!gateway) return Refuse(403, "Forbidden", kStranger, "the peer is no IP gateway's address");
  const auto uri = sip::Uri::Parse(offer.invite().request_uri());
  if (!uri) return Refuse(400, "Bad Request", kBadFacts, "the request URI is no SIP URI");
  if (!node_.serving()) {
    return RefuseHere(kNodeFull, fmt::format("node {} takes no subscriptions now", options_.node));
  }
  domain::CallRoute route;
  route.gateway = *gateway;
  route.pilot = uri->user;
  const auto contact = ContactFor(options_, route, peer, offer.transport(), "");
  if (!contact.ok()) return RefuseHere(kNoListener, Message(contact.status()));
  v1::Decision decision;
  decision.mutable_accept()->set_contact(*contact);
  return decision;
}

void Decider::Forget(domain::WallTime now) {
  while (!order_.empty()) {
    const auto it = decided_.find(order_.front());
    if (now - it->second.at < kRememberFor && decided_.size() < kMostRemembered) return;
    decided_.erase(it);
    order_.pop_front();
  }
}

}  // namespace um::handover

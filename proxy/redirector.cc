#include "proxy/redirector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "proxy/offer.h"

namespace um::proxy {
namespace {

using namespace std::chrono_literals;

// RFC 3261 section 17.1.1.2, timer B: as long as a peer retransmits an INVITE over UDP.
constexpr async::Duration kKeepCancelled = 32s;

int64_t Milliseconds(async::Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

std::string DialPlanOf(const Gateway& gateway, const sip::Message& invite) {
  const auto uri = sip::Uri::Parse(invite.request_uri());
  auto it = gateway.dial_plans.find(uri ? uri->user : "");
  if (it == gateway.dial_plans.end()) it = gateway.dial_plans.find("");
  return it == gateway.dial_plans.end() ? "" : it->second;
}

Answer AnswerOf(const handover::v1::Reject& reject) {
  const auto status = static_cast<int>(std::min(reject.status(), 1000u));
  return {.status = status >= 400 && status <= 699 ? status : 500,
          .phrase = reject.phrase(),
          .diagnostics_id = static_cast<int>(std::min(reject.diagnostics_id(), 99'999u)),
          .explanation = reject.explanation(),
          .retry_after_s = static_cast<int>(std::min(reject.retry_after_s(), 3'600u))};
}

}  // namespace

Redirector::Redirector(async::Loop& loop, net::Transport& transport, Pool& pool,
                       HandOver& hand_over, RedirectorOptions options)
    : loop_(loop),
      transport_(transport),
      pool_(pool),
      hand_over_(hand_over),
      options_(std::move(options)),
      own_key_(RandomBytes(32)),
      pending_(options_.most_look_ups) {}

Surroundings Redirector::SurroundingsOf(const net::Flow& flow) const {
  const Topology& topology = pool_.topology();
  return {.protocol = flow.protocol,
          .topology_known = topology.known(),
          .gateway = topology.GatewayOf(flow.peer.ip),
          .node_healthy = pool_.HasHealthyNode(loop_.Now()),
          .draining = draining_};
}

std::string Redirector::CallHashOf(const sip::Message& request, const net::Flow& flow) const {
  const std::string& key = pool_.topology().proxy_key();
  return CallHash(key.empty() ? own_key_ : key, request, flow.peer.ip);
}

std::string Redirector::ToTagOf(const std::string& call_hash) const {
  const std::string& key = pool_.topology().proxy_key();
  return ToTag(key.empty() ? own_key_ : key, call_hash);
}

void Redirector::OnMessage(const net::Flow& flow, std::string_view bytes) {
  const Surroundings around = SurroundingsOf(flow);
  if (DropUnparsed(bytes, around, options_.rules)) return;
  auto message = sip::Message::Parse(bytes);
  if (!message.ok()) return OnUnreadable(flow, message.status());
  if (!message->is_request()) return;
  const Action action = Decide(RequestFactsOf(*message), around, options_.rules);
  if (const auto* answer = std::get_if<Answer>(&action)) {
    OnRefused(*message, flow, *answer);
  } else if (std::holds_alternative<Cancel>(action)) {
    OnCancel(*message, flow);
  } else if (std::holds_alternative<LookUp>(action)) {
    OnInvite(*std::move(message), flow, *around.gateway);
  }
}

// Nothing that could be answered.
void Redirector::OnUnreadable(const net::Flow& flow, const absl::Status& why) {
  if (!log_budget_.Allow(loop_.Now())) return;
  log::Info("message.discarded", {{"peer", flow.peer.ToString()},
                                  {"why", um::Message(why)},
                                  {"not_logged_before", log_budget_.TakeSuppressed()}});
}

// Look-ups go on: the peer may send the INVITE again on a new connection, which merges with them.
void Redirector::OnClosed(const net::Flow& /*flow*/) {}

void Redirector::Reply(const sip::Message& request, const net::Flow& flow, const Answer& answer) {
  transport_.Send(
      net::ReplyFlow(request, flow),
      Write(answer, request, flow.peer, ToTagOf(CallHashOf(request, flow)), options_.name));
  if (answer.close) transport_.Close(flow);
}

void Redirector::OnRefused(const sip::Message& request, const net::Flow& flow,
                           const Answer& answer) {
  Reply(request, flow, answer);
  if (answer.status < 300 || !log_budget_.Allow(loop_.Now())) return;
  log::Info("request.refused", {{"method", request.method()},
                                {"call", request.call_id()},
                                {"peer", flow.peer.ToString()},
                                {"status", answer.status},
                                {"explanation", answer.explanation},
                                {"not_logged_before", log_budget_.TakeSuppressed()}});
}

void Redirector::OnInvite(sip::Message invite, const net::Flow& flow, const Gateway& gateway) {
  const std::string hash = CallHashOf(invite, flow);
  if (LookUpEntry* entry = pending_.Find(hash)) {
    entry->flow = flow;
    if (entry->cancelled) Reply(invite, flow, {.status = 487});
    return;  // a retransmission: the answer will come
  }
  if (loop_guard_.IsLoop(invite.call_id(), hash, loop_.Now())) {
    return OnRefused(
        invite, flow,
        {.status = 482,
         .diagnostics_id = kCallLoops,
         .explanation = fmt::format("IP gateway {} has offered this call three times in 5 s: "
                                    "it does not follow the redirect, or retries without end",
                                    gateway.name)});
  }
  LookUpEntry* entry = nullptr;
  if (pending_.size() < options_.most_look_ups) entry = pending_.Add(hash, std::move(invite), flow);
  if (!entry) {
    return OnRefused(invite, flow,
                     {.status = 503,
                      .diagnostics_id = kTooManyLookUps,
                      .explanation = "too many calls wait for a decision",
                      .retry_after_s = 5});
  }
  ++waiting_;
  entry->to_tag = ToTagOf(hash);
  entry->trace_id = Hex(hash);  // so a repeated offer has the same
  entry->gateway = gateway.name;
  entry->began = loop_.Now();
  entry->offer = OfferOf(entry->invite, flow, hash, entry->trace_id);
  entry->candidates =
      pool_.Candidates(AffinityKey(DialPlanOf(gateway, entry->invite),
                                   DivertedNumber(entry->invite), entry->invite.call_id()),
                       entry->began);
  std::reverse(entry->candidates.begin(), entry->candidates.end());
  entry->timer = std::make_unique<async::Timer>(loop_, [this, entry] { OnTimer(*entry); });
  AskNext(*entry);
}

void Redirector::AskNext(LookUpEntry& entry) {
  const async::Duration left = entry.began + kDecisionTimeout - loop_.Now();
  while (!entry.candidates.empty()) {
    entry.latest = std::move(entry.candidates.back());
    entry.candidates.pop_back();
    const uint64_t id = pending_.Ask(entry, entry.latest);
    entry.offer.set_id(id);
    entry.offer.set_deadline_ms(static_cast<uint32_t>(std::max<int64_t>(Milliseconds(left), 1)));
    if (hand_over_.Offer(entry.latest, entry.offer)) {
      pool_.OnOffered(entry.latest, loop_.Now());
      entry.timer->Start(std::min(kNodeTimeout, left));
      return;
    }
    pending_.TakeAnswer(id);
  }
  if (!entry.asked.empty()) {  // a late word is better than none
    entry.timer->Start(left);
    return;
  }
  const std::string why = entry.last_refusal.empty() ? "no um-mailbox node is connected and serving"
                                                     : entry.last_refusal;
  Finish(entry, NoNodeLeft(why), "no-node", "");
}

void Redirector::OnTimer(LookUpEntry& entry) {
  if (entry.cancelled) return pending_.Remove(entry);
  if (loop_.Now() - entry.began >= kDecisionTimeout) {
    return Finish(entry, NoNodeLeft("no um-mailbox node has answered in time"), "timed-out", "");
  }
  pool_.OnSilent(entry.latest, loop_.Now());
  log::Warning("node.silent", {{"trace", entry.trace_id}, {"node", pool_.NameOf(entry.latest)}});
  AskNext(entry);
}

void Redirector::OnDecision(const std::string& node, const handover::v1::Decision& decision) {
  pool_.OnAnswered(node);
  LookUpEntry* entry = pending_.TakeAnswer(decision.id());
  if (!entry) return;  // withdrawn, or answered by another node
  if (!decision.has_accept()) return OnRefusal(*entry, node, decision.reject());
  const std::string contact = ContactHeader(decision.accept().contact());
  if (contact.empty()) {
    handover::v1::Reject reject;
    reject.set_try_another(true);
    reject.set_explanation("the node's contact is no URI with host, port and transport");
    return OnRefusal(*entry, node, reject);
  }
  if (entry->invite.method() == "INVITE") pool_.OnAccepted(node, loop_.Now());
  Finish(*entry, {.status = 302, .headers = {{"Contact", contact}}}, "redirected", node);
}

void Redirector::OnRefusal(LookUpEntry& entry, const std::string& node,
                           const handover::v1::Reject& reject) {
  if (!reject.try_another()) return Finish(entry, AnswerOf(reject), "refused", node);
  entry.last_refusal = reject.explanation();
  // An earlier node, late with its no, changes nothing while a later one is still being waited for.
  if (node == entry.latest || entry.asked.empty()) AskNext(entry);
}

void Redirector::OnConnected(const std::string& node) {
  pool_.OnConnected(node);
  log::Info("node.connected", {{"node", pool_.NameOf(node)}, {"address", node}});
}

void Redirector::OnBroken(const std::string& node) {
  log::Warning("node.lost", {{"node", pool_.NameOf(node)}, {"address", node}});
  pool_.OnBroken(node);
  for (LookUpEntry* entry : pending_.TakeAllOf(node)) {
    entry->last_refusal = "the connection to the um-mailbox node was lost";
    if (node == entry->latest || entry->asked.empty()) AskNext(*entry);
  }
}

void Redirector::OnCancel(const sip::Message& cancel, const net::Flow& flow) {
  LookUpEntry* entry = pending_.Find(CallHashOf(cancel, flow));
  if (!entry) {
    // RFC 3261 section 9.2. Most often the INVITE has had its answer already.
    return Reply(cancel, flow, {.status = 481});
  }
  Reply(cancel, flow, {.status = 200});
  if (!entry->cancelled) Finish(*entry, {.status = 487}, "cancelled", "");
}

void Redirector::Finish(LookUpEntry& entry, const Answer& answer, std::string_view outcome,
                        const std::string& node) {
  for (const auto& [id, asked] : entry.asked) hand_over_.Withdraw(asked, id);
  pending_.ForgetOffers(entry);
  const bool sent =
      transport_.Send(net::ReplyFlow(entry.invite, entry.flow),
                      Write(answer, entry.invite, entry.flow.peer, entry.to_tag, options_.name));
  --waiting_;
  LogDecision(entry, answer, outcome, node, sent);
  if (answer.status == 487 && node.empty()) return KeepCancelled(entry);
  pending_.Remove(entry);
}

void Redirector::LogDecision(const LookUpEntry& entry, const Answer& answer,
                             std::string_view outcome, const std::string& node, bool sent) {
  // A call that is redirected is always told of. Refusals cost the caller nothing.
  if (answer.status >= 400 && !log_budget_.Allow(loop_.Now())) return;
  log::Info("call.decided", {{"trace", entry.trace_id},
                             {"call", entry.invite.call_id()},
                             {"peer", entry.flow.peer.ToString()},
                             {"gateway", entry.gateway},
                             {"node", node.empty() ? "" : pool_.NameOf(node)},
                             {"outcome", outcome},
                             {"status", answer.status},
                             {"explanation", answer.explanation},
                             {"sent", sent},
                             {"ms", Milliseconds(loop_.Now() - entry.began)},
                             {"not_logged_before", log_budget_.TakeSuppressed()}});
}

void Redirector::KeepCancelled(LookUpEntry& entry) {
  // Not at the expense of new calls.
  if (net::IsReliable(entry.flow.protocol) || pending_.size() > options_.most_look_ups / 2) {
    return pending_.Remove(entry);
  }
  entry.cancelled = true;
  entry.candidates.clear();
  entry.timer->Start(kKeepCancelled);
}

}  // namespace um::proxy

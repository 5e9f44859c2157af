#include "mailbox/ua/subscriptions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "common/sip/multipart.h"
#include "common/sip/text.h"
#include "mailbox/ua/request_checks.h"

namespace um::ua {
namespace {

constexpr std::string_view kEvent = "message-summary";
constexpr std::string_view kType = "application/simple-message-summary";
constexpr size_t kMostId = 64;  // [bytes] of an Event's id that is said again

/// The Event of a SUBSCRIBE as its NOTIFYs repeat it (RFC 6665 section 4.5.2); "": another package.
std::string EventOf(const sip::Message& request) {
  const std::string header = request.Header("Event");
  std::string_view parameters = header;
  if (!sip::EqualsIgnoreCase(sip::Trim(sip::TakeUntil(parameters, ';')), kEvent)) return "";
  std::string event(kEvent);
  while (!parameters.empty()) {
    std::string_view value = sip::TakeUntil(parameters, ';');
    const std::string_view name = sip::Trim(sip::TakeUntil(value, '='));
    value = sip::Trim(value);
    if (!sip::EqualsIgnoreCase(name, "id") || value.empty() || value.size() > kMostId) continue;
    if (std::all_of(value.begin(), value.end(), sip::IsToken))
      event += fmt::format(";id={}", value);
  }
  return event;
}

bool AcceptsSummaries(const sip::Message& request) {
  const auto accepted = request.Headers("Accept");
  return accepted.empty() || std::any_of(accepted.begin(), accepted.end(), [](const auto& value) {
           const std::string type = sip::MediaType(value);
           return type == kType || type == "application/*" || type == "*/*";
         });
}

}  // namespace

std::optional<Refuse> Subscriptions::Check(const sip::Message& request,
                                           std::chrono::seconds& expires) const {
  if (auto refuse = CheckRequire(request)) return refuse;
  if (EventOf(request).empty()) {
    return Refuse{489, "Bad Event", fmt::format("Allow-Events: {}\r\n", kEvent)};
  }
  if (!AcceptsSummaries(request)) return Refuse{406, "", fmt::format("Accept: {}\r\n", kType)};
  const auto seconds = sip::Number(sip::Trim(request.Header("Expires")));
  expires = limits_.longest;
  if (!seconds) return std::nullopt;
  expires = std::min(expires, std::chrono::seconds(*seconds));
  if (*seconds > 0 && expires < limits_.shortest) {
    return Refuse{423, "Interval Too Brief",
                  fmt::format("Min-Expires: {}\r\n", limits_.shortest.count())};
  }
  return std::nullopt;
}

std::optional<Refuse> Subscriptions::CheckLimits(const net::IpAddress& peer) const {
  const auto it = per_peer_.find(peer);
  const bool full = subscriptions_.size() >= limits_.total ||
                    (it != per_peer_.end() && it->second >= limits_.per_peer);
  if (full) return Refuse{503, "", "Retry-After: 60\r\n"};
  return std::nullopt;
}

void Subscriptions::OnSubscribe(const std::shared_ptr<ServerTransaction>& transaction) {
  const sip::Message& request = transaction->request();
  const net::Flow& flow = transaction->flow();
  const auto refused = [&](const Refuse& refuse) { responder_.Send(*transaction, refuse); };
  if (!publisher_) return refused({405, "", ""});
  std::chrono::seconds expires{};
  if (const auto refuse = Check(request, expires)) return refused(*refuse);
  if (const auto refuse = CheckLimits(flow.peer.ip)) return refused(*refuse);
  auto dialog = Dialog::FromInvite(request, flow, transaction->to_tag());
  if (!dialog.ok()) return refused({400, "Contact Missing Or Unusable", ""});
  auto topic = publisher_->Find(request, flow.peer.ip);
  if (const auto* refuse = std::get_if<Refuse>(&topic)) return refused(*refuse);

  const DialogId id = dialog->id();
  const auto subscription =
      std::make_shared<Subscription>(loop_, *std::move(dialog), [this, id] { OnExpired(id); });
  subscription->topic = std::get<std::string>(std::move(topic));
  subscription->event = EventOf(request);
  subscription->contact = responder_.Contact(request, flow);
  subscription->flow = net::ReplyFlow(request, flow);
  subscription->peer = flow.peer.ip;
  subscriptions_[id] = subscription;
  ++per_peer_[subscription->peer];
  responder_.Send(*transaction, 200, {"", fmt::format("Expires: {}\r\n", expires.count()), ""});
  log::Debug("subscription.begun", {{"peer", flow.peer.ToString()}, {"s", expires.count()}});
  Renew(*subscription, expires);
}

bool Subscriptions::OnRequest(const std::shared_ptr<ServerTransaction>& transaction) {
  const sip::Message& request = transaction->request();
  const auto it = subscriptions_.find(DialogId::Of(request));
  if (it == subscriptions_.end()) return false;
  const SubscriptionPtr subscription = it->second;
  const auto refused = [&](const Refuse& refuse) {
    responder_.Send(*transaction, refuse);
    return true;
  };
  if (!subscription->dialog.TakeCSeq(request.cseq().number)) {
    return refused({500, "CSeq Out Of Order", RetryAfterSoon()});
  }
  if (request.method() != "SUBSCRIBE") return refused({405, "", ""});
  if (subscription->over) return refused({481, "", ""});
  std::chrono::seconds expires{};
  if (const auto refuse = Check(request, expires)) return refused(*refuse);
  if (transaction->flow().peer.ip == subscription->peer) {
    subscription->flow = net::ReplyFlow(request, transaction->flow());
  }
  subscription->dialog.RefreshTarget(request);
  responder_.Send(*transaction, 200, {"", fmt::format("Expires: {}\r\n", expires.count()), ""});
  Renew(*subscription, expires);
  return true;
}

/// Zero ends it, with one more NOTIFY (RFC 6665 section 4.2.1.4).
void Subscriptions::Renew(Subscription& subscription, std::chrono::seconds expires) {
  subscription.end = loop_.Now() + expires;
  subscription.owed = true;
  subscription.over = expires.count() == 0;
  subscription.expiry.Start(subscription.over ? async::Duration(limits_.shortest) : expires);
  publisher_->OnSubscribed(subscription.topic);
}

std::set<std::string> Subscriptions::Topics() const {
  std::set<std::string> topics;
  for (const auto& [_, subscription] : subscriptions_) topics.insert(subscription->topic);
  return topics;
}

/// Copies: who is told may go meanwhile.
std::vector<Subscriptions::SubscriptionPtr> Subscriptions::Of(const std::string& topic) const {
  std::vector<SubscriptionPtr> subscriptions;
  for (const auto& [_, subscription] : subscriptions_) {
    if (subscription->topic == topic) subscriptions.push_back(subscription);
  }
  return subscriptions;
}

void Subscriptions::Publish(const std::string& topic, const std::string& body) {
  for (const SubscriptionPtr& subscription : Of(topic)) {
    if (!subscription->owed && subscription->body == body) continue;
    subscription->body = body;
    Tell(subscription);
  }
}

void Subscriptions::End(const std::string& topic, const std::string& body,
                        const std::string& reason) {
  for (const SubscriptionPtr& subscription : Of(topic)) {
    if (subscription->over) continue;
    subscription->body = body;
    subscription->end_reason = reason;
    End(subscription);
  }
}

/// Now, or when the NOTIFY under way is answered.
void Subscriptions::Tell(const SubscriptionPtr& subscription) {
  subscription->owed = false;
  if (subscription->under_way) {
    subscription->again = true;
  } else {
    Notify(subscription);
  }
}

/// With one more NOTIFY, which has some time to be made and answered.
void Subscriptions::End(const SubscriptionPtr& subscription) {
  subscription->over = true;
  subscription->expiry.Start(async::Duration(limits_.shortest));
  Tell(subscription);
}

void Subscriptions::Notify(const SubscriptionPtr& subscription) {
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(
      std::max(subscription->end - loop_.Now(), async::Duration(0)));
  OutgoingRequest request = subscription->dialog.MakeRequest("NOTIFY");
  request.headers = fmt::format(
      "Contact: {}\r\nEvent: {}\r\nSubscription-State: {}\r\nAllow-Events: {}\r\nUser-Agent: "
      "{}\r\n",
      subscription->contact, subscription->event,
      subscription->over ? "terminated;reason=" + subscription->end_reason
                         : fmt::format("active;expires={}", left.count()),
      kEvent, responder_.product());
  request.content_type = kType;
  request.body = subscription->body;
  ClientCallbacks callbacks;
  callbacks.on_response = [this, subscription](const sip::Message& response) {
    if (response.status() >= 200) OnNotified(subscription, response.status() < 300);
  };
  callbacks.on_failure = [this, subscription](TransactionFailure) {
    OnNotified(subscription, false);
  };
  subscription->under_way = true;
  subscription->last = subscription->over;
  if (!Send(*subscription, request, callbacks)) Forget(subscription->dialog.id());
}

bool Subscriptions::Send(Subscription& subscription, const OutgoingRequest& request,
                         const ClientCallbacks& callbacks) {
  if (transactions_.SendRequest(subscription.flow, request, callbacks)) return true;
  // The stream is gone: a new one, once.
  const auto flow = transport_.Connect(subscription.flow.protocol, subscription.dialog.NextHop());
  if (!flow.ok()) return false;
  subscription.flow = *flow;
  return transactions_.SendRequest(subscription.flow, request, callbacks);
}

/// Who does not take a NOTIFY has lost the subscription (RFC 6665 section 4.2.2).
void Subscriptions::OnNotified(const SubscriptionPtr& subscription, bool taken) {
  subscription->under_way = false;
  if (!taken || subscription->last) return Forget(subscription->dialog.id());
  if (std::exchange(subscription->again, false)) Notify(subscription);
}

void Subscriptions::OnExpired(const DialogId& id) {
  const auto it = subscriptions_.find(id);
  if (it == subscriptions_.end()) return;
  const SubscriptionPtr subscription = it->second;
  if (subscription->over) return Forget(id);  // its last NOTIFY was never made, or never answered
  End(subscription);
}

void Subscriptions::Forget(const DialogId& id) {
  const auto it = subscriptions_.find(id);
  if (it == subscriptions_.end()) return;
  const auto peer = per_peer_.find(it->second->peer);
  if (--peer->second == 0) per_peer_.erase(peer);
  it->second->expiry.Stop();
  // The caller may be this subscription's own timer: it goes in the loop's next turn.
  loop_.Post([kept = it->second] {});
  subscriptions_.erase(it);
}

}  // namespace um::ua

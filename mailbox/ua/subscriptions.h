// Subscriptions: who is told of waiting messages in dialogs of their own (RFC 6665, as notifier;
// RFC 3842). They live in this process' memory: who subscribed refreshes, and finds out.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "mailbox/ua/dialog.h"
#include "mailbox/ua/responder.h"
#include "mailbox/ua/transactions.h"
#include "mailbox/ua/user_agent.h"

namespace um::ua {

struct SubscriptionLimits {
  size_t total = 20'000;
  size_t per_peer = 10'000;  ///< by IP address
  std::chrono::seconds shortest{60};
  std::chrono::seconds longest{3600};  ///< and what is given to those who do not say
};

/// Thread: loop.
class Subscriptions {
 public:
  Subscriptions(async::Loop& loop, net::Transport& transport, Transactions& transactions,
                const Responder& responder, const SubscriptionLimits& limits = {})
      : loop_(loop),
        transport_(transport),
        transactions_(transactions),
        responder_(responder),
        limits_(limits) {}

  void SetPublisher(Publisher* publisher) { publisher_ = publisher; }
  /// A SUBSCRIBE outside any dialog.
  void OnSubscribe(const std::shared_ptr<ServerTransaction>& transaction);
  /// A request within a dialog. False: none of a subscription.
  bool OnRequest(const std::shared_ptr<ServerTransaction>& transaction);
  /// As UserAgent::Publish() and End() say.
  void Publish(const std::string& topic, const std::string& body);
  void End(const std::string& topic, const std::string& body, const std::string& reason);
  std::set<std::string> Topics() const;
  size_t size() const { return subscriptions_.size(); }

 private:
  struct Subscription {
    Subscription(async::Loop& loop, Dialog d, std::function<void()> on_expired)
        : dialog(std::move(d)), expiry(loop, std::move(on_expired)) {}
    Dialog dialog;
    std::string topic;
    std::string event;    ///< the Event header of its NOTIFYs
    std::string contact;  ///< ours
    net::Flow flow;
    net::IpAddress peer;
    async::Time end{};
    async::Timer expiry;
    std::string body;                    ///< what was told last
    bool owed = true;                    ///< it has (re)subscribed: told even what it knows
    bool under_way = false;              ///< a NOTIFY of its own
    bool again = false;                  ///< `body` has changed meanwhile
    std::string end_reason = "timeout";  ///< RFC 6665 section 4.1.3
    bool over = false;                   ///< the next NOTIFY is the last
    bool last = false;                   ///< that one is under way
  };
  using SubscriptionPtr = std::shared_ptr<Subscription>;

  std::optional<Refuse> Check(const sip::Message& request, std::chrono::seconds& expires) const;
  std::optional<Refuse> CheckLimits(const net::IpAddress& peer) const;
  std::vector<SubscriptionPtr> Of(const std::string& topic) const;
  void Tell(const SubscriptionPtr& subscription);
  void End(const SubscriptionPtr& subscription);
  void Renew(Subscription& subscription, std::chrono::seconds expires);
  void Notify(const SubscriptionPtr& subscription);
  bool Send(Subscription& subscription, const OutgoingRequest& request,
            const ClientCallbacks& callbacks);
  void OnNotified(const SubscriptionPtr& subscription, bool taken);
  void OnExpired(const DialogId& id);
  void Forget(const DialogId& id);

  // Passed in.
  async::Loop& loop_;
  net::Transport& transport_;
  Transactions& transactions_;
  const Responder& responder_;
  const SubscriptionLimits limits_;
  Publisher* publisher_ = nullptr;
  // State.
  std::map<DialogId, SubscriptionPtr> subscriptions_;
  std::map<net::IpAddress, size_t> per_peer_;
};

}  // namespace um::ua

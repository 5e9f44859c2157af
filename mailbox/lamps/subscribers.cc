#include "mailbox/lamps/subscribers.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/domain/lamp.h"
#include "mailbox/domain/party.h"

namespace um::lamps {
namespace {

using namespace std::chrono_literals;

constexpr async::Duration kPoll = 1s;
// How far back a look goes: longer than a transaction takes, and than clocks differ.
constexpr async::Duration kLookBack = 60s;

/// The mailbox that a peer means by a URI: one of a dial plan that the peer serves.
const domain::Mailbox* MailboxFor(const domain::Routes& routes, const domain::IpGateway& gateway,
                                  const sip::Uri& uri) {
  const domain::Organisation& organisation = routes.organisation();
  for (const domain::HuntGroup& group : organisation.hunt_groups) {
    if (group.gateway != gateway.name) continue;
    for (const domain::DialPlan& plan : organisation.dial_plans) {
      if (plan.name != group.dial_plan) continue;
      for (const std::string& address : domain::AddressesOf(plan, uri)) {
        if (const auto* mailbox = routes.MailboxOf(plan.name, address)) return mailbox;
      }
    }
  }
  return nullptr;
}

/// Whose messages a peer may be told of by that URI, or why not.
struct Asked {
  std::optional<store::LampKey> mailbox;
  int refusal = 0;  ///< a SIP status
};

Asked Look(const domain::RoutingCopy& routing, const net::IpAddress& peer, const sip::Uri& uri) {
  const auto [routes, gateway] = routing.Find(peer);
  if (!gateway || !gateway->enabled) return {{}, 403};
  const domain::Mailbox* mailbox = MailboxFor(*routes, *gateway, uri);
  if (!mailbox) return {{}, 404};
  if (!mailbox->lamp_allowed || !gateway->lamp_allowed) return {{}, 403};
  return {store::LampKey{routes->organisation().id, mailbox->id}, 0};
}

}  // namespace

Subscribers::Subscribers(async::Loop& loop, Offload offload, store::LampStore& store,
                         ua::UserAgent& agent)
    : loop_(loop),
      store_(store),
      agent_(agent),
      timer_(loop, [this] { Begin(); }),
      store_turns_(std::in_place, std::move(offload), 1) {}

Subscribers::~Subscribers() {
  *alive_ = false;
  store_turns_.reset();
}

std::variant<std::string, ua::Refuse> Subscribers::Find(const sip::Message& subscribe,
                                                        const net::IpAddress& peer) {
  const auto uri = sip::Uri::Parse(subscribe.request_uri());
  if (!routing_ || !uri) return ua::Refuse{404, "", ""};
  const Asked asked = Look(*routing_, peer, *uri);
  if (!asked.mailbox) return ua::Refuse{asked.refusal, "", ""};
  sip::Uri account = *uri;
  account.parameters.clear();
  account.headers.clear();
  Topic topic{*asked.mailbox, peer, account.ToString()};
  std::string name = fmt::format("{}\n{}\n{}\n{}", topic.mailbox.organisation,
                                 topic.mailbox.mailbox_id, peer.ToString(), topic.account);
  topics_.insert_or_assign(name, std::move(topic));
  return name;
}

void Subscribers::OnSubscribed(const std::string& topic) {
  asked_.insert(topic);
  Nudge();
}

void Subscribers::Nudge() {
  if (topics_.empty()) return;
  again_ = true;
  if (!turning_) timer_.Start({});
}

void Subscribers::Begin() {
  if (turning_) return;
  again_ = false;
  const std::set<std::string> wanted = agent_.Topics();
  std::erase_if(topics_, [&](const auto& topic) { return !wanted.contains(topic.first); });
  if (topics_.empty()) {
    asked_.clear();
    seen_.clear();
    return;  // the next subscriber wakes it
  }
  turning_ = true;
  const auto turn = std::make_shared<Turn>();
  turn->now = loop_.WallNow();
  if (looked_at_ != routing_) turn->routing = routing_;
  turn->topics = topics_;
  turn->seen = seen_;
  for (const std::string& name : std::exchange(asked_, {})) {
    if (const auto it = topics_.find(name); it != topics_.end()) turn->asked.insert(*it);
  }
  store_turns_->Submit([this, turn, alive = alive_] {
    turn->status = Work(*turn);
    loop_.Post([this, turn, alive] {
      if (*alive) OnTurn(*turn);
    });
  });
}

/// Thread: worker. The counts of what was asked for, and of what has changed; and what is over.
absl::Status Subscribers::Work(Turn& turn) {
  turn.ended =
      turn.routing ? Ended(*turn.routing, turn.topics) : std::map<std::string, std::string>();
  std::map<store::LampKey, int64_t> revisions;
  UM_ASSIGN_OR_RETURN(const auto changes, store_.ChangedSince(turn.now - kLookBack));
  for (const store::LampChange& change : changes) revisions[change.mailbox] = change.revision;
  for (const auto& [name, topic] : turn.topics) {
    const auto changed = revisions.find(topic.mailbox);
    const auto seen = turn.seen.find(topic.mailbox);
    const bool is_new =
        changed != revisions.end() && (seen == turn.seen.end() || seen->second != changed->second);
    if (turn.ended.contains(name) || (!is_new && !turn.asked.contains(name))) continue;
    UM_ASSIGN_OR_RETURN(const store::LampState state, store_.Find(topic.mailbox, turn.now));
    turn.counts[name] = state.count;
  }
  turn.seen = std::move(revisions);
  return absl::OkStatus();
}

std::map<std::string, std::string> Subscribers::Ended(const domain::RoutingCopy& routing,
                                                      const std::map<std::string, Topic>& topics) {
  std::map<std::string, std::string> ended;
  for (const auto& [name, topic] : topics) {
    const Asked asked = Look(routing, topic.peer, *sip::Uri::Parse(topic.account));
    if (asked.mailbox == topic.mailbox) continue;
    // Another's messages are subscribed to anew.
    ended[name] = asked.mailbox ? "deactivated" : asked.refusal == 403 ? "rejected" : "noresource";
  }
  return ended;
}

void Subscribers::OnTurn(Turn& turn) {
  turning_ = false;
  if (!turn.status.ok()) {
    log::Warning("subscribers.delayed", {{"error", Message(turn.status)}});
    for (const auto& [name, _] : turn.asked) asked_.insert(name);
    return timer_.Start(5 * kPoll);
  }
  seen_ = std::move(turn.seen);
  if (turn.routing) looked_at_ = std::move(turn.routing);
  for (const auto& [name, reason] : turn.ended) {
    agent_.End(name, domain::SummaryOf({}, turn.topics.at(name).account), reason);
  }
  for (const auto& [name, count] : turn.counts) {
    agent_.Publish(name, domain::SummaryOf(count, turn.topics.at(name).account));
  }
  timer_.Start(again_ ? async::Duration{} : kPoll);
}

}  // namespace um::lamps

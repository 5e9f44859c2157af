// Subscribers: what peers that have subscribed to a mailbox' messages are told (RFC 3842).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/async/loop.h"
#include "common/async/one_by_one.h"
#include "mailbox/domain/route.h"
#include "mailbox/store/lamp_store.h"
#include "mailbox/ua/user_agent.h"

namespace um::lamps {

/// Looks every second which counts have changed, whichever node did it, and tells those who have
/// subscribed here; whose number has become somebody else's, nobody's, or one that may have no
/// lamp, they are told with the last count, 0, that it is over (D-049). One conversation with the
/// store at a time, so that numbers come in order. Thread: loop.
class Subscribers final : public ua::Publisher {
 public:
  using Offload = async::OneByOne::Offload;

  /// All outlive it.
  Subscribers(async::Loop& loop, Offload offload, store::LampStore& store, ua::UserAgent& agent);
  /// Waits for the store.
  ~Subscribers() override;

  void SetRouting(std::shared_ptr<const domain::RoutingCopy> routing) {
    routing_ = std::move(routing);
  }
  /// A count has changed.
  void Nudge();

  // ua::Publisher
  std::variant<std::string, ua::Refuse> Find(const sip::Message& subscribe,
                                             const net::IpAddress& peer) override;
  void OnSubscribed(const std::string& topic) override;

 private:
  /// A topic: whose messages, who asked, and the URI that he asked for and NOTIFYs name.
  struct Topic {
    store::LampKey mailbox;
    net::IpAddress peer;
    std::string account;
  };
  struct Turn {
    domain::WallTime now{};
    std::shared_ptr<const domain::RoutingCopy> routing;  // null: as it was
    std::map<std::string, Topic> asked;                  // these are told whatever they are
    std::map<std::string, Topic> topics;
    std::map<store::LampKey, int64_t> seen;
    // The answer.
    std::map<std::string, domain::WaitingCount> counts;
    std::map<std::string, std::string> ended;  // why (RFC 6665 section 4.1.3)
    absl::Status status;
  };
  void Begin();
  absl::Status Work(Turn& turn);
  void OnTurn(Turn& turn);
  /// Of topics that are not what they were, by name, and why (RFC 6665 section 4.1.3).
  static std::map<std::string, std::string> Ended(const domain::RoutingCopy& routing,
                                                  const std::map<std::string, Topic>& topics);

  // Passed in.
  async::Loop& loop_;
  store::LampStore& store_;
  ua::UserAgent& agent_;
  // State.
  std::shared_ptr<const domain::RoutingCopy> routing_;
  std::shared_ptr<const domain::RoutingCopy> looked_at_;  // by which topics are all right
  std::map<std::string, Topic> topics_;  // that have subscribers, or had until lately
  std::set<std::string> asked_;
  std::map<store::LampKey, int64_t> seen_;  // revisions that were told
  bool turning_ = false;
  bool again_ = false;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  async::Timer timer_;
  std::optional<async::OneByOne> store_turns_;  // goes first: a turn uses the others
};

}  // namespace um::lamps

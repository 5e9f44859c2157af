// Teller: tells gateways of waiting messages, so that lamps are lit and go out.
//
//   a change of a mailbox' count ──its transaction──▶ row in table `lamp`, due
//   Teller: lease (and count) ──▶ NOTIFY to one gateway ──▶ end of the lease: told, or due again
//   a lamp that is lit and its mailbox' no more ──▶ a row of its own ──▶ NOTIFY of no messages
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/async/loop.h"
#include "common/async/one_by_one.h"
#include "common/net/log_budget.h"
#include "mailbox/domain/route.h"
#include "mailbox/lamps/gateway_health.h"
#include "mailbox/store/lamp_store.h"
#include "mailbox/ua/user_agent.h"

namespace um::lamps {

struct TellerOptions {
  int at_once = 32;         ///< NOTIFYs under way
  double per_second = 250;  ///< NOTIFYs begun
  /// How long a change is tried again before it is left to `later`.
  async::Duration patience = std::chrono::minutes(5);
  async::Duration later = std::chrono::minutes(10);
  /// Every lamp is told again after between half of this and all of it.
  async::Duration refresh = std::chrono::hours(6);
  /// At a node's start all lamps are told, later those of new mailboxes; but not those told so
  /// shortly before: by other nodes, which start or learn of them at the same time.
  async::Duration fresh = std::chrono::minutes(5);
  /// Between looks for what others, or retention, have changed.
  async::Duration poll = std::chrono::seconds(2);
};

/// One NOTIFY belongs to one lease: what is tried again is counted again, so that no gateway hears
/// an old number after a new one. Any number of nodes may do this at once.   Thread: loop.
class Teller {
 public:
  using Send =
      std::function<void(const ua::Notification&, std::function<void(const ua::NotifyAnswer&)>)>;
  using Offload = async::OneByOne::Offload;

  /// All outlive it. @param owner names this process in leases
  Teller(async::Loop& loop, Offload offload, store::LampStore& store, std::string owner, Send send,
         const TellerOptions& options = {});
  /// Waits for the store, and writes what it does not have yet; NOTIFYs under way are abandoned,
  /// and their leases run out.
  ~Teller();

  void SetRouting(std::shared_ptr<const domain::RoutingCopy> routing);
  /// Something is due.
  void Nudge();
  int under_way() const { return under_way_; }

 private:
  /// A gateway that has come back.
  struct Returned {
    std::string organisation, gateway;
    domain::WallTime silent_since;
  };
  /// One conversation with the store. What was not done stays in it.
  struct Turn {
    domain::WallTime now{};
    std::vector<store::LampOutcome> outcomes;
    std::shared_ptr<const domain::RoutingCopy> sweep;   ///< null: nothing is new
    std::shared_ptr<const domain::RoutingCopy> before;  ///< what was swept last
    std::vector<Returned> returned;
    int room = 0;  ///< lamps that are wanted
    // Answers.
    absl::Status status;
    std::vector<store::LeasedLamp> leased;
    std::optional<domain::WallTime> next_due;
  };

  void Begin();
  int Room();
  absl::Status Work(Turn& turn);
  absl::Status Sweep(const Turn& turn);
  absl::Status Refresh(const std::string& organisation, const std::vector<std::string>& ids,
                       domain::WallTime now, domain::WallTime unless_since);
  void OnTurn(Turn& turn);
  void Schedule(async::Duration wait);
  void Tell(const store::LeasedLamp& lamp);
  void Forsake(const store::LeasedLamp& lamp);
  void SwitchOff(const store::LeasedLamp& lamp, const domain::Organisation* organisation);
  void TellBy(const store::LeasedLamp& lamp, const domain::LampPath& path, size_t gateways);
  void OnAnswer(store::LeasedLamp lamp, const domain::LampPlace& place, size_t gateways,
                domain::WallTime sent, const ua::NotifyAnswer& answer);
  void HasAnswered(const std::string& organisation, const std::string& gateway);
  /// By the next gateway at once, after a pause, or much later.
  void Retry(const store::LeasedLamp& lamp, size_t gateways, const std::string& why);
  /// The gateway refuses to have the lamp switched off.
  void GiveUp(const store::LeasedLamp& lamp, const std::string& why);
  void End(store::LampOutcome outcome);
  /// Ends a lease without having tried; looked at again after `wait`.
  void Hold(const store::LeasedLamp& lamp, async::Duration wait, const std::string& why);
  domain::WallTime NextRefresh();

  // Passed in.
  async::Loop& loop_;
  store::LampStore& store_;
  const std::string owner_;
  const Send send_;
  const TellerOptions options_;
  // State.
  std::shared_ptr<const domain::RoutingCopy> routing_;
  GatewayHealth health_;                      // by "organisation\ngateway"
  std::vector<store::LampOutcome> outcomes_;  // that the store does not have yet
  std::vector<Returned> returned_;
  std::shared_ptr<const domain::RoutingCopy> swept_;
  int under_way_ = 0;
  std::shared_ptr<Turn> turn_;  // that is under way
  bool more_ = false;           // something has come meanwhile
  double tokens_ = 0;
  async::Time refilled_{}, last_turn_{};
  std::mt19937 random_{std::random_device()()};
  net::LogBudget log_budget_{5};
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  async::Timer timer_;
  std::optional<async::OneByOne> store_turns_;  // goes first: a turn uses the others
};

}  // namespace um::lamps

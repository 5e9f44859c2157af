// CallServer: decides on every call that reaches this node, and runs the script of those it takes.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/async/scope.h"
#include "common/net/log_budget.h"
#include "mailbox/calls/phone_call.h"
#include "mailbox/dialogs/answer.h"
#include "mailbox/domain/ports.h"
#include "mailbox/domain/route.h"
#include "mailbox/handover/server.h"
#include "mailbox/handover/ticket.h"
#include "mailbox/ua/user_agent.h"

namespace um::calls {

/// Thread: loop.
class CallServer final : public ua::UserAgent::Handler, public handover::Node {
 public:
  /// What is passed in outlives the server.
  CallServer(const Services& services, domain::Spool& spool, domain::Quotas& quotas,
             domain::Greetings& greetings, const handover::TicketKeys& keys,
             std::shared_ptr<const domain::RoutingCopy> routing, int max_calls);
  ~CallServer() override;

  /// From now on calls are decided by this one.
  void SetRouting(std::shared_ptr<const domain::RoutingCopy> routing) {
    routing_ = std::move(routing);
  }
  /// Takes no more calls (503, OPTIONS too); `drained` is called once those in progress have ended.
  void Drain(std::function<void()> drained);
  /// Ends all calls now: what was recorded is sealed.
  void StopAll();

  // ua::UserAgent::Handler
  bool IsKnownPeer(const net::Flow& flow) override;
  void OnInvite(std::unique_ptr<ua::Session> session) override;
  int OnOptions() override;

  /// Calls in progress.   Thread: any.
  std::vector<domain::CallFacts> Active() const;

  // handover::Node
  const domain::RoutingCopy& routing() override { return *routing_; }
  int calls() override { return calls_; }
  int headroom() override { return serving() ? std::max(0, max_calls_ - calls_) : 0; }
  bool serving() override { return !draining_ && spool_.Healthy(); }
  void OnRefused(const net::IpAddress& peer, const sip::InviteFacts& facts,
                 const domain::Refusal& refusal, const std::string& trace_id) override;

 private:
  /// A call that is to be taken.
  struct Admitted {
    domain::CallRoute route;
    std::string trace_id;
    std::vector<domain::CallStep> steps;  ///< so far
  };
  /// nullopt: it has been refused.
  std::optional<Admitted> Admit(ua::Session& session, const sip::InviteFacts& facts);
  void Refuse(ua::Session& session, const sip::InviteFacts& facts, const domain::Refusal& refusal,
              const std::string& trace_id);
  /// Rings until the gateway has said whose call it is, then takes or refuses it.
  async::Task<> AwaitParties(std::unique_ptr<ua::Session> session, sip::InviteFacts facts,
                             Admitted admitted);
  /// Agrees on media and runs the script.
  void Take(std::unique_ptr<ua::Session> session, const sip::InviteFacts& facts, Admitted admitted);
  /// What the ticket says of the call: its trace id if it is good, "" if it is not; nullopt if it
  /// is not and the gateway insists on one.
  std::optional<std::string> CheckTicket(const sip::InviteFacts& facts,
                                         const domain::CallRoute& route);
  /// A caller who is no user of ours, as the directory has them.
  /// @return by what the called user may know a caller who has no name there
  domain::CallerKeys NameCaller(const sip::InviteFacts& facts, domain::CallRoute& route) const;
  /// ... as the called user's contacts have them. It may take half a second.
  async::Task<domain::ContactName> AskContacts(const domain::CallFacts& facts,
                                               domain::CallerKeys keys);
  domain::CallFacts FactsFor(const domain::CallRoute& route, const sip::InviteFacts& facts,
                             const std::string& trace_id, domain::Law law) const;
  async::Task<> Run(std::unique_ptr<PhoneCall> call, domain::CallRoute route,
                    domain::CallFacts facts, domain::CallerKeys keys);
  /// Asks the store what the script will want to know.
  dialogs::Asked Ask(const domain::CallRoute& route, const domain::CallFacts& facts);
  void Ended(const std::string& message_id);
  /// There is a call less.
  void Left();
  /// Keeps the record of a call that was taken, now that it is over.
  void Record(const PhoneCall& call, const domain::CallFacts& facts, async::Time start);

  // Passed in.
  const Services services_;
  domain::Spool& spool_;
  domain::Quotas& quotas_;
  domain::Greetings& greetings_;
  const handover::TicketKeys& keys_;
  std::shared_ptr<const domain::RoutingCopy> routing_;
  const int max_calls_;
  // State.
  handover::UsedTickets used_tickets_;
  std::atomic<int> calls_ = 0;        // written by the loop; umctl status reads it
  net::LogBudget log_budget_{20};     // for refusals
  net::LogBudget record_budget_{50};  // a second: their records
  mutable std::mutex active_mutex_;
  std::map<std::string, domain::CallFacts> active_;  // guarded by active_mutex_; by message
  bool draining_ = false;
  std::function<void()> drained_;
  async::Scope scripts_;
};

}  // namespace um::calls

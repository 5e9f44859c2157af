// Redirector: SIP requests in, final responses out; asks the mailbox nodes where a call goes.
//
//   INVITE ──▶ Decide() ──▶ Pending ──▶ HandOver.Offer(best node) ──▶ OnDecision ──▶ 302 / refusal
//                 │                         │ 200 ms of silence, refusal, broken stream: the next
//                 node ▼                         │ none left, or 1.5 s in all: 503
//              refusal                    CANCEL: 200 to it, 487 to the INVITE, offers withdrawn
#pragma once

#include <string>
#include <string_view>

#include "common/async/loop.h"
#include "common/net/log_budget.h"
#include "common/net/transport.h"
#include "common/sip/message.h"
#include "proxy/answer.h"
#include "proxy/decide.h"
#include "proxy/hand_over.h"
#include "proxy/loop_guard.h"
#include "proxy/pending.h"
#include "proxy/pool.h"

namespace um::proxy {

constexpr async::Duration kNodeTimeout = std::chrono::milliseconds(200);
constexpr async::Duration kDecisionTimeout = std::chrono::milliseconds(1500);

struct RedirectorOptions {
  std::string name = "um-proxy";  ///< in `ms-diagnostics`
  Rules rules;
  size_t most_look_ups = 20'000;
};

/// Thread: loop.
class Redirector final : public net::Transport::Handler, public HandOver::Handler {
 public:
  Redirector(async::Loop& loop, net::Transport& transport, Pool& pool, HandOver& hand_over,
             RedirectorOptions options);

  void OnMessage(const net::Flow& flow, std::string_view bytes) override;
  void OnClosed(const net::Flow& flow) override;

  void OnDecision(const std::string& node, const handover::v1::Decision& decision) override;
  void OnConnected(const std::string& node) override;
  void OnBroken(const std::string& node) override;

  /// From here on new calls and OPTIONS get 503; those under way are finished.
  void Drain() { draining_ = true; }
  /// True if no call waits for an answer.
  bool idle() const { return waiting_ == 0; }
  const Pending& pending() const { return pending_; }

 private:
  Surroundings SurroundingsOf(const net::Flow& flow) const;
  std::string CallHashOf(const sip::Message& request, const net::Flow& flow) const;
  std::string ToTagOf(const std::string& call_hash) const;
  void Reply(const sip::Message& request, const net::Flow& flow, const Answer& answer);

  void OnUnreadable(const net::Flow& flow, const absl::Status& why);
  void OnInvite(sip::Message invite, const net::Flow& flow, const Gateway& gateway);
  void OnCancel(const sip::Message& cancel, const net::Flow& flow);
  void OnRefused(const sip::Message& request, const net::Flow& flow, const Answer& answer);

  void AskNext(LookUpEntry& entry);
  void OnTimer(LookUpEntry& entry);
  void OnRefusal(LookUpEntry& entry, const std::string& node, const handover::v1::Reject& reject);
  void Finish(LookUpEntry& entry, const Answer& answer, std::string_view outcome,
              const std::string& node);
  void LogDecision(const LookUpEntry& entry, const Answer& answer, std::string_view outcome,
                   const std::string& node, bool sent);
  void KeepCancelled(LookUpEntry& entry);

  async::Loop& loop_;
  net::Transport& transport_;
  Pool& pool_;
  HandOver& hand_over_;
  const RedirectorOptions options_;
  const std::string own_key_;  // until a snapshot brings the pool's
  Pending pending_;
  LoopGuard loop_guard_;
  net::LogBudget log_budget_{20};
  size_t waiting_ = 0;
  bool draining_ = false;
};

}  // namespace um::proxy

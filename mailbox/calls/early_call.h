// EarlyCall: a call that rings until its gateway has said whose it is.
#pragma once

#include <string>
#include <variant>

#include "common/async/sync.h"
#include "common/async/task.h"
#include "common/sip/invite_facts.h"
#include "mailbox/ua/user_agent.h"

namespace um::calls {

/// Listens to the session, and rings, until it is destroyed.   Thread: loop.
class EarlyCall final : private ua::SessionListener {
 public:
  /// `session` and `facts` outlive it; what the gateway says is added to `facts`.
  EarlyCall(async::Loop& loop, ua::Session& session, sip::InviteFacts& facts);
  ~EarlyCall() override;
  EarlyCall(const EarlyCall&) = delete;
  EarlyCall& operator=(const EarlyCall&) = delete;

  /// Until the diverted party is named. False: the caller has gone.
  async::Task<bool> Named();

 private:
  // ua::SessionListener
  void OnEarlyRequest(const sip::Message& request) override;
  void OnEnded(ua::EndCause cause) override;
  // Not before the session is accepted.
  std::variant<std::string, ua::Refuse> OnOffer(const std::string&) override {
    return ua::Refuse{};
  }
  std::string OnOfferWanted() override { return ""; }
  absl::Status OnAnswer(const std::string&) override { return absl::OkStatus(); }
  void OnEstablished() override {}
  void OnInfoKey(char) override {}
  void OnTransferred(bool) override {}

  ua::Session& session_;
  sip::InviteFacts& facts_;
  async::Channel<bool> named_;
};

}  // namespace um::calls

// One INVITE received, its dialog, and how both end: what is behind Session.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "mailbox/ua/dialog.h"
#include "mailbox/ua/request_checks.h"
#include "mailbox/ua/responder.h"
#include "mailbox/ua/session_timer.h"
#include "mailbox/ua/transactions.h"
#include "mailbox/ua/user_agent.h"

namespace um::ua {

/// What a session needs of its user agent. Everything here outlives it, or Detach() is called
/// first.
struct SessionContext {
  async::Loop& loop;
  net::Transport& transport;
  Transactions& transactions;
  const Responder& responder;
  const UserAgentOptions& options;
  std::function<void(const DialogId&)> forget;  ///< the session is over to the last response
};

// The state is the owner's view. What the network still owes (ACK, the answer to BYE) may outlive
// it:
//
//   kIncoming --Accept()--> kAccepted --ACK--> kEstablished
//       |                      |                   |  BYE received, session expired, HangUp(),
//       failed answer | Reject(), CANCEL,    | no ACK in 64*T1   | | BYE, stream lost     | (BYE),
//       BYE        |
//       +----------------------+-------------------+--> kEnded --nothing owed--> forgotten by the
//       user agent
//
/// Thread: loop. Shared by the user agent's table, the Session that the owner holds, and callbacks
/// under way.
class InviteSession : public std::enable_shared_from_this<InviteSession> {
 public:
  enum class State { kIncoming, kAccepted, kEstablished, kEnded };

  InviteSession(const SessionContext& context, std::shared_ptr<ServerTransaction> transaction,
                Dialog dialog, std::optional<std::string> offer, const SessionTimer& timer);
  /// Starts what the INVITE itself asks for: its Expires, word of a lost stream.
  void Begin();

  // The owner's side (Session).
  const sip::Message& invite() const { return *invite_; }
  const net::Flow& first_flow() const { return first_flow_; }
  const std::optional<std::string>& offer() const { return offer_; }
  void SetListener(SessionListener* listener);
  void Progress(int status);
  void Accept(const std::string& sdp);
  void Reject(const Refuse& refuse);
  void HangUp();
  void Refer(const std::string& user, const std::string& trace_id);
  /// The owner has gone: 480 or BYE, and no callbacks any more.
  void Abandon();

  // The user agent's side.
  const DialogId& id() const { return dialog_.id(); }
  State state() const { return state_; }
  /// A request inside the dialog, but ACK and CANCEL.
  void OnRequest(const std::shared_ptr<ServerTransaction>& transaction);
  void OnAck(const sip::Message& ack, const net::Flow& flow);
  /// The INVITE was cancelled; CANCEL itself has been answered.
  void OnCancel();
  /// The user agent goes: nothing is sent or called any more.
  void Detach();

 private:
  // A 2xx of ours that waits for its ACK (section 13.3.1.4).
  struct Unacknowledged {
    std::shared_ptr<ServerTransaction> transaction;
    std::string response;
    uint32_t cseq = 0;
    bool wants_answer = false;  // the 2xx held our offer
    async::Duration interval{};
  };
  // A request of ours that refreshes the session (RFC 4028).
  struct Refresh {
    std::string method;
    uint32_t cseq = 0;
  };

  // A REFER of ours whose outcome is not known yet.
  struct Transfer {
    uint32_t cseq = 0;
    bool accepted = false;
  };

  // invite_session.cc
  bool ended() const { return state_ == State::kEnded; }
  void End(EndCause cause);
  void TellEnd();
  void SendOk(const std::shared_ptr<ServerTransaction>& transaction, const std::string& sdp,
              bool wants_answer);
  void OnRetransmit();
  void OnNoAck();
  void OnAcknowledged(const sip::Message* ack);
  void TakeAnswer(const sip::Message& ack);
  void Watch(ServerTransaction& transaction);
  void OnStreamLost();
  void SendBye();
  void TryBye(int attempts);
  bool Reconnect(const net::Endpoint& where);
  void ForgetIfOver();

  // session_requests.cc
  void OnBye(const std::shared_ptr<ServerTransaction>& transaction);
  void OnReinvite(const std::shared_ptr<ServerTransaction>& transaction);
  void OnUpdate(const std::shared_ptr<ServerTransaction>& transaction);
  void OnInfo(const std::shared_ptr<ServerTransaction>& transaction);
  void OnOther(const std::shared_ptr<ServerTransaction>& transaction);
  std::optional<Refuse> CheckOfferTiming() const;
  std::optional<Refuse> TakeTimer(const sip::Message& request, SessionTimer& timer) const;
  void Refused(ServerTransaction& transaction, const Refuse& refuse);

  // session_transfer.cc
  void OnNotify(const std::shared_ptr<ServerTransaction>& transaction);
  bool IsTransfer(uint32_t cseq) const;
  void EndTransfer(bool done);
  void TellTransfer(bool done);

  // session_refresh.cc
  void ArmTimer(const SessionTimer& timer);
  void OnRefreshDue();
  void OnRefreshResponse(const sip::Message& response);
  void OnRefreshed(const sip::Message& response);
  void OnRefreshFailed(TransactionFailure failure);
  void OnExpired();

  SessionContext context_;
  std::shared_ptr<ServerTransaction>
      transaction_;  // the first INVITE's, until it has its final response
  const std::shared_ptr<const sip::Message> invite_;
  const std::optional<std::string> offer_;
  const net::Flow first_flow_;
  net::Flow flow_;  // where our requests go: the last one that the peer used
  Dialog dialog_;
  SessionListener* listener_ = nullptr;
  State state_ = State::kIncoming;
  std::optional<EndCause> end_untold_;
  bool detached_ = false;
  bool bye_owed_ = false;  // as soon as the ACK has come (section 15.1.1)
  bool bye_under_way_ = false;
  bool established_told_ = false;
  bool reconnected_ = false;  // for an answer; once is enough

  int provisional_ = 0;  // the status of the last one sent, repeated every minute
  std::optional<Unacknowledged> unacknowledged_;
  async::Timer retransmit_;  // the 2xx, or the provisional response
  async::Timer give_up_;     // no ACK, or the INVITE's Expires

  SessionTimer timer_;
  bool peer_allows_update_ = false;
  std::chrono::seconds peer_min_se_{0};
  std::optional<Refresh> refresh_;
  async::Timer refresh_due_;
  async::Timer expiry_;

  std::optional<Transfer> transfer_;
  async::Timer transfer_end_;
};

}  // namespace um::ua

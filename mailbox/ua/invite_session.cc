#include "mailbox/ua/invite_session.h"

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "mailbox/ua/timers.h"

namespace um::ua {
namespace {

// RFC 3261 section 13.3.1.1: proxies forget a call that says nothing for three minutes.
constexpr async::Duration kProvisionalInterval = std::chrono::minutes(1);
constexpr int kByeAttempts = 2;  // over the stream that was, then over a new one

}  // namespace

InviteSession::InviteSession(const SessionContext& context,
                             std::shared_ptr<ServerTransaction> transaction, Dialog dialog,
                             std::optional<std::string> offer, const SessionTimer& timer)
    : context_(context),
      transaction_(std::move(transaction)),
      invite_(transaction_->shared_request()),
      offer_(std::move(offer)),
      first_flow_(transaction_->flow()),
      flow_(net::ReplyFlow(*invite_, first_flow_)),
      dialog_(std::move(dialog)),
      retransmit_(context.loop, [this] { OnRetransmit(); }),
      give_up_(context.loop, [this] { state_ == State::kIncoming ? OnCancel() : OnNoAck(); }),
      timer_(timer),
      peer_allows_update_(invite_->HasOption("Allow", "UPDATE")),
      refresh_due_(context.loop, [this] { OnRefreshDue(); }),
      expiry_(context.loop, [this] { OnExpired(); }),
      transfer_end_(context.loop, [this] { EndTransfer(false); }) {}

void InviteSession::Begin() {
  Watch(*transaction_);
  if (const auto seconds = ExpiresIn(*invite_)) give_up_.Start(std::chrono::seconds(*seconds));
}

void InviteSession::Watch(ServerTransaction& transaction) {
  transaction.SetOnFailure(
      [weak = weak_from_this(), watched = &transaction](TransactionFailure failure) {
        const auto self = weak.lock();
        if (!self || failure != TransactionFailure::kTransport) return;
        // One that has had its ACK lives on for its timer L, and misses the stream no more.
        const bool acknowledged =
            !self->unacknowledged_ || self->unacknowledged_->transaction.get() != watched;
        if (self->state_ == State::kIncoming || !acknowledged) self->OnStreamLost();
      });
}

void InviteSession::SetListener(SessionListener* listener) {
  listener_ = listener;
  if (listener_ != nullptr && end_untold_) TellEnd();
}

void InviteSession::Progress(int status) {
  if (state_ != State::kIncoming || status <= 100 || status >= 200) return;
  provisional_ = status;
  context_.responder.Send(*transaction_, status);
  retransmit_.Start(kProvisionalInterval);
}

void InviteSession::Accept(const std::string& sdp) {
  if (state_ != State::kIncoming) return;
  const auto transaction = transaction_;
  state_ = State::kAccepted;
  SendOk(transaction, sdp, !offer_.has_value());
  ArmTimer(timer_);
}

void InviteSession::Reject(const Refuse& refuse) {
  if (state_ != State::kIncoming) return;
  context_.responder.Send(*transaction_, refuse);
  End(EndCause::kRejected);
}

void InviteSession::HangUp() {
  if (ended()) return;
  if (state_ == State::kIncoming) return Reject({480, "", ""});
  SendBye();
  End(EndCause::kWeHungUp);
}

void InviteSession::Abandon() {
  const auto self = shared_from_this();
  listener_ = nullptr;
  HangUp();
}

void InviteSession::Detach() {
  detached_ = true;
  state_ = State::kEnded;
  listener_ = nullptr;
  for (async::Timer* timer : {&retransmit_, &give_up_, &refresh_due_, &expiry_, &transfer_end_}) {
    timer->Stop();
  }
  unacknowledged_.reset();
}

// The owner's part is over. What is owed to the peer goes on, and ForgetIfOver() sees to the rest.
void InviteSession::End(EndCause cause) {
  if (ended()) return;
  state_ = State::kEnded;
  if (!unacknowledged_) {
    retransmit_.Stop();
    give_up_.Stop();
  }
  refresh_due_.Stop();
  expiry_.Stop();
  transfer_end_.Stop();
  transfer_.reset();
  end_untold_ = cause;
  // A refusal is its owner's to tell, who knows the reason, and how many there are.
  log::Write(cause == EndCause::kRejected ? log::Level::kDebug : log::Level::kInfo, "session.ended",
             {{"call_id", id().call_id}, {"cause", ToString(cause)}});
  if (listener_ != nullptr) TellEnd();
  ForgetIfOver();
}

// From the loop, because End() may run inside a member of Session.
void InviteSession::TellEnd() {
  context_.loop.Post([self = shared_from_this()] {
    if (self->listener_ == nullptr || !self->end_untold_) return;
    const EndCause cause = *std::exchange(self->end_untold_, std::nullopt);
    std::exchange(self->listener_, nullptr)->OnEnded(cause);
  });
}

void InviteSession::ForgetIfOver() {
  if (!ended() || unacknowledged_ || bye_owed_ || bye_under_way_ || detached_) return;
  transaction_.reset();
  context_.forget(id());
}

// 200 to the first INVITE or to a re-INVITE, repeated until its ACK comes.
void InviteSession::SendOk(const std::shared_ptr<ServerTransaction>& transaction,
                           const std::string& sdp, bool wants_answer) {
  Unacknowledged sent;
  sent.transaction = transaction;
  sent.cseq = transaction->request().cseq().number;
  sent.wants_answer = wants_answer;
  sent.interval = kT1;
  const bool supports_timer = transaction->request().HasOption("Supported", "timer");
  sent.response =
      context_.responder.Text(transaction->request(), transaction->flow(), transaction->to_tag(),
                              200, {"", TimerHeaders(timer_, supports_timer), sdp});
  Watch(*transaction);
  transaction->Respond(200, sent.response);
  unacknowledged_ = std::move(sent);
  retransmit_.Start(kT1);
  give_up_.Start(kTransactionTimeout);
}

void InviteSession::OnRetransmit() {
  const auto self = shared_from_this();
  if (state_ == State::kIncoming) return Progress(provisional_);
  if (!unacknowledged_) return;
  // Over streams too (section 13.3.1.4): a proxy further on may have lost the response.
  unacknowledged_->interval = std::min(2 * unacknowledged_->interval, kT2);
  retransmit_.Start(unacknowledged_->interval);
  if (!unacknowledged_->transaction->Respond(200, unacknowledged_->response)) OnStreamLost();
}

void InviteSession::OnNoAck() {
  const auto self = shared_from_this();
  retransmit_.Stop();
  unacknowledged_.reset();
  bye_owed_ = false;
  SendBye();
  End(EndCause::kNoAck);
  ForgetIfOver();
}

void InviteSession::OnAck(const sip::Message& ack, const net::Flow& flow) {
  const auto self = shared_from_this();
  if (!unacknowledged_ || ack.cseq().number != unacknowledged_->cseq) return;
  if (flow.peer.ip == first_flow_.peer.ip) flow_ = net::ReplyFlow(ack, flow);
  OnAcknowledged(&ack);
}

// The peer has our 2xx: `ack` says so, or (null) a request that it could not have sent without.
void InviteSession::OnAcknowledged(const sip::Message* ack) {
  const bool wants_answer = unacknowledged_->wants_answer;
  retransmit_.Stop();
  give_up_.Stop();
  unacknowledged_.reset();
  if (ended()) {
    if (std::exchange(bye_owed_, false)) TryBye(kByeAttempts);
    return ForgetIfOver();
  }
  state_ = State::kEstablished;
  if (wants_answer && ack != nullptr) TakeAnswer(*ack);
  if (ended() || listener_ == nullptr || std::exchange(established_told_, true)) return;
  listener_->OnEstablished();
}

// The answer to the offer in our 2xx.
void InviteSession::TakeAnswer(const sip::Message& ack) {
  if (listener_ == nullptr) return;
  const std::string sdp = AnswerIn(ack);
  const bool taken = !sdp.empty() && listener_->OnAnswer(sdp).ok();
  if (taken || ended()) return;
  SendBye();
  End(EndCause::kProtocolError);
}

void InviteSession::OnCancel() {
  const auto self = shared_from_this();
  if (state_ != State::kIncoming) return;  // the final response went first (section 9.2)
  context_.responder.Send(*transaction_, 487);
  End(EndCause::kCancelled);
}

// The stream of an INVITE that has no ACK yet is gone.
void InviteSession::OnStreamLost() {
  const auto self = shared_from_this();
  if (state_ == State::kIncoming) {
    context_.responder.Send(*transaction_, 480);  // for an INVITE repeated on a new stream
    return End(EndCause::kConnectionLost);
  }
  if (!unacknowledged_) return;
  const auto& lost = unacknowledged_->transaction->flow();
  if (flow_ != lost && context_.transport.Send(flow_, unacknowledged_->response)) return;
  // Section 18.2.2: once over a new stream, to where the peer's Via says that it listens.
  if (!std::exchange(reconnected_, true) && Reconnect(dialog_.ViaHop()) &&
      context_.transport.Send(flow_, unacknowledged_->response)) {
    return;
  }
  retransmit_.Stop();
  give_up_.Stop();
  unacknowledged_.reset();
  bye_owed_ = false;
  End(EndCause::kConnectionLost);
  ForgetIfOver();
}

void InviteSession::SendBye() {
  if (unacknowledged_) {
    bye_owed_ = true;  // section 15.1.1: not before the ACK
  } else {
    TryBye(kByeAttempts);
  }
}

void InviteSession::TryBye(int attempts) {
  if (attempts == 0) return;
  bye_under_way_ = true;
  ClientCallbacks callbacks;
  callbacks.on_response = [self = shared_from_this()](const sip::Message& response) {
    if (response.status() < 200 || !self->bye_under_way_) return;
    self->bye_under_way_ = false;
    self->ForgetIfOver();
  };
  callbacks.on_failure = [self = shared_from_this(), attempts](TransactionFailure failure) {
    if (self->detached_) return;
    self->bye_under_way_ = false;
    if (failure == TransactionFailure::kTransport && self->Reconnect(self->dialog_.NextHop())) {
      self->TryBye(attempts - 1);
    }
    self->ForgetIfOver();
  };
  OutgoingRequest bye = dialog_.MakeRequest("BYE");
  bye.headers = "User-Agent: " + context_.responder.product() + "\r\n";
  if (context_.transactions.SendRequest(flow_, std::move(bye), std::move(callbacks))) return;
  bye_under_way_ = false;
  if (attempts > 1 && Reconnect(dialog_.NextHop())) TryBye(attempts - 1);
}

bool InviteSession::Reconnect(const net::Endpoint& where) {
  auto flow = context_.transport.Connect(first_flow_.protocol, where);
  if (!flow.ok()) return false;
  flow_ = *flow;
  return true;
}

}  // namespace um::ua

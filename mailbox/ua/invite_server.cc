#include "mailbox/ua/invite_server.h"

#include <algorithm>
#include <utility>

#include "mailbox/ua/timers.h"

namespace um::ua {

InviteServer::InviteServer(MachineContext context, const net::Flow& flow,
                           std::shared_ptr<const sip::Message> request, std::string to_tag)
    : ServerTransaction(std::move(context), flow, std::move(request), std::move(to_tag)),
      retransmit_(context_.loop, [this] { OnTimerG(); }),
      end_(context_.loop, [this] {
        const auto self = shared_from_this();
        if (state_ == State::kCompleted) Fail(TransactionFailure::kTimeout);  // timer H: no ACK
        Terminate();
      }) {
  state_ = State::kProceeding;
}

bool InviteServer::Respond(int status, std::string bytes) {
  if (state_ == State::kAccepted && status / 100 == 2) return Send(bytes);
  if (state_ != State::kProceeding) return true;
  last_ = std::move(bytes);
  if (status >= 300) {
    state_ = State::kCompleted;
    interval_ = kT1;
    if (!reliable()) retransmit_.Start(interval_);
    end_.Start(kTransactionTimeout);  // timer H
  } else if (status >= 200) {
    // RFC 6026 section 7.1: the machine stays to absorb late INVITEs, whatever the transport.
    state_ = State::kAccepted;
    end_.Start(kTransactionTimeout);  // timer L
  }
  return Send(last_);
}

void InviteServer::Retransmit() {
  if (last_.empty()) return;
  if (state_ == State::kProceeding || state_ == State::kCompleted) Send(last_);
}

void InviteServer::StopTimers() {
  retransmit_.Stop();
  end_.Stop();
}

void InviteServer::OnTimerG() {
  const auto self = shared_from_this();
  interval_ = std::min(2 * interval_, kT2);
  retransmit_.Start(interval_);
  if (!Send(last_)) Fail(TransactionFailure::kTransport);
}

bool InviteServer::OnAck() {
  if (state_ == State::kAccepted) return false;
  if (state_ != State::kCompleted) return true;
  state_ = State::kConfirmed;
  retransmit_.Stop();
  end_.Stop();
  if (reliable()) {
    Terminate();  // timer I is zero
  } else {
    end_.Start(kT4);  // timer I: absorb further ACKs
  }
  return true;
}

}  // namespace um::ua

#include "mailbox/ua/invite_client.h"

#include <utility>

#include "mailbox/ua/timers.h"

namespace um::ua {

InviteClient::InviteClient(MachineContext context, const net::Flow& flow, OutgoingRequest request,
                           std::string via, ClientCallbacks callbacks)
    : ClientTransaction(State::kCalling, std::move(context), flow, std::move(request),
                        std::move(via), std::move(callbacks)),
      retransmit_(context_.loop,
                  [this] {
                    interval_ *= 2;  // timer A has no upper bound but timer B (section 17.1.1.2)
                    retransmit_.Start(interval_);
                    Resend();
                  }),
      end_(context_.loop, [this] {
        const auto self = shared_from_this();
        if (state_ == State::kCalling) {
          Fail(TransactionFailure::kTimeout);  // timer B
        } else {
          Terminate();
        }
      }) {}

void InviteClient::StartTimers() {
  interval_ = kT1;
  if (!reliable()) retransmit_.Start(interval_);
  end_.Start(kTransactionTimeout);  // timer B
}

void InviteClient::OnResponse(const sip::Message& response) {
  const auto self = shared_from_this();
  const bool before_final = state_ == State::kCalling || state_ == State::kProceeding;
  if (response.status() >= 300) {
    if (before_final) {
      OnFailureResponse(response);
    } else if (state_ == State::kCompleted) {
      Send(ack_);
    }
    return;
  }
  if (!before_final && !(state_ == State::kAccepted && response.status() >= 200)) return;
  if (before_final) {
    retransmit_.Stop();
    end_.Stop();
    state_ = response.status() < 200 ? State::kProceeding : State::kAccepted;
    if (state_ == State::kAccepted) end_.Start(kTransactionTimeout);  // timer M
  }
  Tell(response);
}

void InviteClient::OnFailureResponse(const sip::Message& response) {
  state_ = State::kCompleted;
  retransmit_.Stop();
  ack_ = request_.AckForFailure(via_, response.Header("To"));
  Send(ack_);
  Tell(response);
  if (reliable()) {
    Terminate();  // timer D is zero
  } else {
    end_.Start(kTimerD);
  }
}

}  // namespace um::ua

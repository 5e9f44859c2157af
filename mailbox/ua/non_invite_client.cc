#include "mailbox/ua/non_invite_client.h"

#include <algorithm>
#include <utility>

#include "mailbox/ua/timers.h"

namespace um::ua {

NonInviteClient::NonInviteClient(MachineContext context, const net::Flow& flow,
                                 OutgoingRequest request, std::string via,
                                 ClientCallbacks callbacks)
    : ClientTransaction(State::kTrying, std::move(context), flow, std::move(request),
                        std::move(via), std::move(callbacks)),
      retransmit_(context_.loop, [this] { OnTimerE(); }),
      end_(context_.loop, [this] {
        const auto self = shared_from_this();
        if (state_ == State::kCompleted) {
          Terminate();  // timer K
        } else {
          Fail(TransactionFailure::kTimeout);  // timer F
        }
      }) {}

void NonInviteClient::StartTimers() {
  interval_ = kT1;
  if (!reliable()) retransmit_.Start(interval_);
  end_.Start(kTransactionTimeout);  // timer F
}

void NonInviteClient::OnTimerE() {
  interval_ = state_ == State::kProceeding ? kT2 : std::min(2 * interval_, kT2);
  retransmit_.Start(interval_);
  Resend();
}

void NonInviteClient::OnResponse(const sip::Message& response) {
  if (state_ != State::kTrying && state_ != State::kProceeding) return;
  const auto self = shared_from_this();
  if (response.status() < 200) {
    state_ = State::kProceeding;
    Tell(response);
    return;
  }
  state_ = State::kCompleted;
  retransmit_.Stop();
  Tell(response);
  if (reliable()) {
    Terminate();  // timer K is zero
  } else {
    end_.Start(kT4);
  }
}

}  // namespace um::ua

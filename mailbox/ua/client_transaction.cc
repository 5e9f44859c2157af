#include "mailbox/ua/client_transaction.h"

#include <utility>

#include "mailbox/ua/invite_client.h"
#include "mailbox/ua/non_invite_client.h"

namespace um::ua {

std::shared_ptr<ClientTransaction> ClientTransaction::Create(MachineContext context,
                                                             const net::Flow& flow,
                                                             OutgoingRequest request,
                                                             std::string via,
                                                             ClientCallbacks callbacks) {
  if (request.method == "INVITE") {
    return std::make_shared<InviteClient>(std::move(context), flow, std::move(request),
                                          std::move(via), std::move(callbacks));
  }
  return std::make_shared<NonInviteClient>(std::move(context), flow, std::move(request),
                                           std::move(via), std::move(callbacks));
}

ClientTransaction::ClientTransaction(State first, MachineContext context, const net::Flow& flow,
                                     OutgoingRequest request, std::string via,
                                     ClientCallbacks callbacks)
    : context_(std::move(context)),
      state_(first),
      flow_(flow),
      request_(std::move(request)),
      via_(std::move(via)),
      callbacks_(std::move(callbacks)) {}

bool ClientTransaction::Start() {
  const auto self = shared_from_this();
  if (Send(request_.ToText(via_))) {
    StartTimers();
    return true;
  }
  Terminate();
  return false;
}

void ClientTransaction::OnClosed() {
  const auto self = shared_from_this();
  // After a final response nothing is lost but the answer to its repetition.
  if (state_ == State::kCompleted || state_ == State::kAccepted) return;
  Fail(TransactionFailure::kTransport);
}

bool ClientTransaction::Send(std::string bytes) {
  return context_.transport.Send(flow_, std::move(bytes));
}

void ClientTransaction::Resend() {
  const auto self = shared_from_this();
  if (!Send(request_.ToText(via_))) Fail(TransactionFailure::kTransport);
}

void ClientTransaction::Tell(const sip::Message& response) {
  if (callbacks_.on_response) callbacks_.on_response(response);
}

void ClientTransaction::Fail(TransactionFailure failure) {
  if (state_ == State::kTerminated) return;
  const auto self = shared_from_this();
  Terminate();
  if (callbacks_.on_failure) callbacks_.on_failure(failure);
}

void ClientTransaction::Terminate() {
  if (std::exchange(state_, State::kTerminated) == State::kTerminated) return;
  context_.terminated();
}

}  // namespace um::ua

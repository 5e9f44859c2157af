#include "mailbox/ua/server_transaction.h"

#include <utility>

#include "mailbox/ua/invite_server.h"
#include "mailbox/ua/non_invite_server.h"

namespace um::ua {

std::shared_ptr<ServerTransaction> ServerTransaction::Create(
    MachineContext context, const net::Flow& flow, std::shared_ptr<const sip::Message> request,
    std::string to_tag) {
  if (request->method() == "INVITE") {
    return std::make_shared<InviteServer>(std::move(context), flow, std::move(request),
                                          std::move(to_tag));
  }
  return std::make_shared<NonInviteServer>(std::move(context), flow, std::move(request),
                                           std::move(to_tag));
}

ServerTransaction::ServerTransaction(MachineContext context, const net::Flow& flow,
                                     std::shared_ptr<const sip::Message> request,
                                     std::string to_tag)
    : context_(std::move(context)),
      request_(std::move(request)),
      to_tag_(std::move(to_tag)),
      flow_(flow) {}

void ServerTransaction::OnRetransmission(const net::Flow& flow) {
  const auto self = shared_from_this();
  // A peer that lost its connection repeats the request on a new one: answer there
  // (section 18.2.2).
  if (closed_ && flow != flow_ && flow.peer.ip == flow_.peer.ip) {
    flow_ = flow;
    closed_ = false;
  }
  Retransmit();
}

void ServerTransaction::OnClosed() {
  const auto self = shared_from_this();
  closed_ = true;
  Fail(TransactionFailure::kTransport);
}

void ServerTransaction::Terminate() {
  if (std::exchange(state_, State::kTerminated) == State::kTerminated) return;
  const auto self = shared_from_this();
  on_failure_ = nullptr;
  StopTimers();
  context_.terminated();
}

bool ServerTransaction::Send(const std::string& bytes) {
  return !closed_ && context_.transport.Send(net::ReplyFlow(*request_, flow_), bytes);
}

void ServerTransaction::Fail(TransactionFailure failure) {
  if (std::exchange(told_[static_cast<int>(failure)], true)) return;
  if (const auto tell = on_failure_) tell(failure);
}

}  // namespace um::ua

#include "mailbox/ua/non_invite_server.h"

#include <utility>

#include "mailbox/ua/timers.h"

namespace um::ua {

NonInviteServer::NonInviteServer(MachineContext context, const net::Flow& flow,
                                 std::shared_ptr<const sip::Message> request, std::string to_tag)
    : ServerTransaction(std::move(context), flow, std::move(request), std::move(to_tag)),
      timer_j_(context_.loop, [this] { Terminate(); }) {}

bool NonInviteServer::Respond(int status, std::string bytes) {
  if (!pending()) return true;
  const auto self = shared_from_this();
  last_ = std::move(bytes);
  if (status < 200) {
    state_ = State::kProceeding;
    return Send(last_);
  }
  state_ = State::kCompleted;
  const bool sent = Send(last_);
  if (reliable()) {
    Terminate();  // timer J is zero
  } else {
    timer_j_.Start(kTransactionTimeout);
  }
  return sent;
}

void NonInviteServer::Retransmit() {
  if (last_.empty()) return;  // Trying: absorbed
  if (state_ == State::kProceeding || state_ == State::kCompleted) Send(last_);
}

}  // namespace um::ua

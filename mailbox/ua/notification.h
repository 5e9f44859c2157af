// NOTIFYs outside dialogs (RFC 3842 as PBXs take it; RFC 6665 would have them subscribe first).
#pragma once

#include <functional>

#include "mailbox/ua/responder.h"
#include "mailbox/ua/transactions.h"
#include "mailbox/ua/user_agent.h"

namespace um::ua {

/// What a request of ours is sent with; outlives the request.
struct NotificationContext {
  async::Loop& loop;
  net::Transport& transport;
  Transactions& transactions;
  const Responder& responder;
};

/// As UserAgent::Notify() says.   Thread: loop.
void SendNotification(const NotificationContext& context, const Notification& notification,
                      std::function<void(const NotifyAnswer&)> done);

}  // namespace um::ua

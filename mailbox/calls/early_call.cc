#include "mailbox/calls/early_call.h"

namespace um::calls {

EarlyCall::EarlyCall(async::Loop& loop, ua::Session& session, sip::InviteFacts& facts)
    : session_(session), facts_(facts), named_(loop) {
  session_.SetListener(this);
  session_.Progress(180);  // makes the early dialog that the gateway's next request belongs to
}

EarlyCall::~EarlyCall() { session_.SetListener(nullptr); }

async::Task<bool> EarlyCall::Named() {
  const bool named = co_await named_.Next();
  co_return named;
}

void EarlyCall::OnEarlyRequest(const sip::Message& request) {
  sip::AddNews(request, facts_);
  if (!facts_.diversions.empty()) named_.Push(true);
}

void EarlyCall::OnEnded(ua::EndCause) { named_.Push(false); }

}  // namespace um::calls

#include "mailbox/calls/early_call.h"

#include <algorithm>

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
  const bool named = std::ranges::any_of(facts_.diversions, [this](const auto& party) {
    return !sip::SameParty(party.uri, facts_.request_uri);  // the pilot is nobody
  });
  if (named) named_.Push(true);
}

void EarlyCall::OnEnded(ua::EndCause) { named_.Push(false); }

}  // namespace um::calls

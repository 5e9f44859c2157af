#include "mailbox/store/quotas.h"

#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"

namespace um::store {

StoreQuotas::StoreQuotas(async::Loop& loop, async::WorkerPool& workers, MessageStore& store)
    : loop_(loop), store_(store), questions_(workers, kMostWaiting) {}

void StoreQuotas::AskFull(const domain::CallFacts& facts, const domain::Quota& quota,
                          std::function<void(bool)> answer) {
  if (!quota.messages && !quota.audio) return answer(false);
  // The answer is handed back whole: what it holds may end on the loop alone.
  const bool taken = questions_.Submit([this, facts, quota, answer]() mutable {
    loop_.Post([alive = alive_, full = IsFull(facts, quota), answer = std::move(answer)] {
      if (*alive) answer(full);
    });
  });
  if (!taken) answer(false);
}

bool StoreQuotas::IsFull(const domain::CallFacts& facts, const domain::Quota& quota) {
  const auto held = store_.Held(facts.organisation, facts.mailbox_id);
  if (!held.ok()) {
    log::Warning("quota.unknown", {{"trace", facts.trace_id}, {"error", Message(held.status())}});
    return false;
  }
  if (!domain::IsFull(quota, *held)) return false;
  log::Warning("mailbox.full", {{"trace", facts.trace_id},
                                {"mailbox", facts.extension},
                                {"messages", held->messages},
                                {"audio_ms", held->audio.count()}});
  return true;
}

}  // namespace um::store

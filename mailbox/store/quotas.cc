#include "mailbox/store/quotas.h"

#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"

namespace um::store {

StoreQuotas::StoreQuotas(async::Loop& loop, async::WorkerPool& workers, MessageStore& store)
    : loop_(loop), workers_(workers), store_(store) {}

StoreQuotas::~StoreQuotas() {
  *alive_ = false;
  std::unique_lock lock(mutex_);
  waiting_.clear();
  idle_.wait(lock, [this] { return !working_; });
}

void StoreQuotas::AskFull(const domain::CallFacts& facts, const domain::Quota& quota,
                          std::function<void(bool)> answer) {
  if (!quota.messages && !quota.audio) return answer(false);
  std::unique_lock lock(mutex_);
  if (waiting_.size() >= kMostWaiting) {
    lock.unlock();
    return answer(false);
  }
  waiting_.push_back({facts, quota, std::move(answer)});
  if (std::exchange(working_, true)) return;
  workers_.Submit([this] { Work(); });
}

void StoreQuotas::Work() {
  std::unique_lock lock(mutex_);
  while (!waiting_.empty()) {
    Question question = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const bool full = IsFull(question);
    loop_.Post([alive = alive_, full, answer = std::move(question.answer)] {
      if (*alive) answer(full);
    });
    lock.lock();
  }
  working_ = false;
  idle_.notify_all();  // under the lock: the destructor waits for it
}

bool StoreQuotas::IsFull(const Question& question) {
  const domain::CallFacts& facts = question.facts;
  const auto held = store_.Held(facts.organisation, facts.mailbox_id);
  if (!held.ok()) {
    log::Warning("quota.unknown", {{"trace", facts.trace_id}, {"error", Message(held.status())}});
    return false;
  }
  if (!domain::IsFull(question.quota, *held)) return false;
  log::Warning("mailbox.full", {{"trace", facts.trace_id},
                                {"mailbox", facts.extension},
                                {"messages", held->messages},
                                {"audio_ms", held->audio.count()}});
  return true;
}

}  // namespace um::store

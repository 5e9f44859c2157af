// StoreQuotas: asks the store how full mailboxes are, beside the calls.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "common/async/loop.h"
#include "common/async/worker_pool.h"
#include "mailbox/domain/ports.h"
#include "mailbox/store/message_store.h"

namespace um::store {

/// One worker at a time asks for all calls: a store that hangs does not take the others too. When
/// kMostWaiting questions wait, no mailbox is full.
class StoreQuotas final : public domain::Quotas {
 public:
  static constexpr size_t kMostWaiting = 1000;

  /// All outlive it. Thread of construction and destruction: loop.
  StoreQuotas(async::Loop& loop, async::WorkerPool& workers, MessageStore& store);
  /// Waits for the question that the store is answering.
  ~StoreQuotas() override;
  void AskFull(const domain::CallFacts& facts, const domain::Quota& quota,
               std::function<void(bool)> answer) override;

 private:
  struct Question {
    domain::CallFacts facts;
    domain::Quota quota;
    std::function<void(bool)> answer;
  };
  void Work();
  bool IsFull(const Question& question);

  // Passed in.
  async::Loop& loop_;
  async::WorkerPool& workers_;
  MessageStore& store_;
  // State.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // the loop's thread
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Question> waiting_;  // guarded by mutex_, like all below
  bool working_ = false;
};

}  // namespace um::store

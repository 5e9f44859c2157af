// StoreQuotas: asks the store how full mailboxes are, beside the calls.
#pragma once

#include <functional>
#include <memory>

#include "common/async/loop.h"
#include "common/async/one_by_one.h"
#include "mailbox/domain/ports.h"
#include "mailbox/store/message_store.h"

namespace um::store {

/// When kMostWaiting questions wait, no mailbox is full.
class StoreQuotas final : public domain::Quotas {
 public:
  static constexpr size_t kMostWaiting = 1000;

  /// All outlive it. Thread of construction and destruction: loop.
  StoreQuotas(async::Loop& loop, async::WorkerPool& workers, MessageStore& store);
  /// Waits for the question that the store is answering.
  ~StoreQuotas() override { *alive_ = false; }
  void AskFull(const domain::CallFacts& facts, const domain::Quota& quota,
               std::function<void(bool)> answer) override;

 private:
  bool IsFull(const domain::CallFacts& facts, const domain::Quota& quota);

  // Passed in.
  async::Loop& loop_;
  MessageStore& store_;
  // State.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // the loop's thread
  async::OneByOne questions_;
};

}  // namespace um::store

// StoreContacts: asks the store whom a mailbox' user knows, beside the calls.
#pragma once

#include <functional>
#include <memory>

#include "common/async/loop.h"
#include "common/async/one_by_one.h"
#include "mailbox/domain/ports.h"
#include "mailbox/store/contact_store.h"

namespace um::store {

/// When kMostWaiting questions wait, callers have no names.
class StoreContacts final : public domain::Contacts {
 public:
  static constexpr size_t kMostWaiting = 1000;

  /// All outlive it. Thread of construction and destruction: loop.
  StoreContacts(async::Loop& loop, async::WorkerPool& workers, ContactStore& store)
      : loop_(loop), store_(store), questions_(workers, kMostWaiting) {}
  /// Waits for the question that the store is answering.
  ~StoreContacts() override { *alive_ = false; }
  void Ask(const domain::CallFacts& facts, domain::CallerKeys keys,
           std::function<void(domain::ContactName)> answer) override;

 private:
  domain::ContactName Find(const domain::CallFacts& facts, const domain::CallerKeys& keys);

  // Passed in.
  async::Loop& loop_;
  ContactStore& store_;
  // State.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // the loop's thread
  async::OneByOne questions_;
};

}  // namespace um::store

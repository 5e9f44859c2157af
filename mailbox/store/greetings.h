// StoreGreetings: asks the store what users have recorded, beside the calls.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/async/loop.h"
#include "common/async/one_by_one.h"
#include "common/base/lru_cache.h"
#include "mailbox/domain/ports.h"
#include "mailbox/store/greeting_store.h"

namespace um::store {

/// The store says for each call which recordings there are, so that a change counts from the next
/// call on, whichever node made it; their audio is kept once it was read. When kMostWaiting
/// questions wait, callers hear the system.
class StoreGreetings final : public domain::Greetings {
 public:
  static constexpr size_t kMostWaiting = 1000;
  /// [bytes] of audio that is kept: above an hour of it.
  static constexpr size_t kMostKept = size_t{64} << 20;

  /// All outlive it. Thread of construction and destruction: loop.
  StoreGreetings(async::Loop& loop, async::WorkerPool& workers, GreetingStore& store)
      : loop_(loop), store_(store), questions_(workers, kMostWaiting) {}
  /// Waits for the question that the store is answering.
  ~StoreGreetings() override { *alive_ = false; }
  void Ask(const domain::CallFacts& facts, std::function<void(domain::OwnWords)> answer) override;

 private:
  struct Kept {
    std::string id;
    domain::ClipPtr clip;
  };
  domain::OwnWords Find(const domain::CallFacts& facts);
  absl::StatusOr<domain::OwnWords> Read(const domain::CallFacts& facts);
  /// @param key what it is kept under
  absl::StatusOr<domain::ClipPtr> ClipOf(const std::string& key, const std::string& organisation,
                                         const std::string& id);

  // Passed in.
  async::Loop& loop_;
  GreetingStore& store_;
  // State.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // the loop's thread
  LruCache<Kept> kept_{kMostKept};  // by mailbox and kind; the questions' thread
  async::OneByOne questions_;       // goes first: it waits for who uses the others
};

}  // namespace um::store

#include "mailbox/store/quotas.h"

#include <future>

#include "tests/support/catch.h"
#include "tests/support/fake_loop.h"
#include "tests/unit/mailbox/store/fake_message_store.h"
#include "tests/unit/mailbox/store/recordings.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {

/// A store with two minutes of messages for "ann", and what was answered.
struct Bench {
  FakeLoop loop;
  FakeMessageStore store;
  async::WorkerPool workers{1};
  std::optional<store::StoreQuotas> quotas;
  std::vector<bool> answers;

  Bench() {
    for (int i = 0; i < 2; ++i) {
      store::StoredMessage message;
      message.call = Facts();
      message.duration = 1min;
      REQUIRE(store.Insert(message, "").ok());
    }
    quotas.emplace(loop, workers, store);
  }
  void Ask(const domain::Quota& quota) {
    quotas->AskFull(Facts(), quota, [this](bool full) { answers.push_back(full); });
  }
  void Settle() {
    std::promise<void> reached;
    workers.Submit([&reached] { reached.set_value(); });
    reached.get_future().wait();
    loop.RunFor(0ms);
  }
};

using Answers = std::vector<bool>;

}  // namespace

TEST_CASE("the store tells whether a mailbox is full, on the loop") {
  Bench bench;
  bench.Ask({.messages = 2});
  bench.Ask({.messages = 3});
  bench.Ask({.messages = 3, .audio = 2min});
  bench.Ask({.messages = std::nullopt, .audio = 3min});
  CHECK(bench.answers.empty());
  bench.Settle();
  CHECK(bench.answers == Answers{true, false, true, false});
}

TEST_CASE(
    "a mailbox without limits is not asked after, and one that nothing is known of is not full") {
  Bench bench;
  bench.store.SetStatus(absl::UnavailableError("away"));
  bench.Ask({std::nullopt, std::nullopt});
  CHECK(bench.answers == Answers{false});
  bench.Ask({.messages = 1});
  bench.Settle();
  CHECK(bench.answers == Answers{false, false});
}

TEST_CASE("a store that hangs holds one worker and a bounded queue, and no caller") {
  Bench bench;
  bench.store.Hold(true);
  for (size_t i = 0; i < store::StoreQuotas::kMostWaiting + 10; ++i) bench.Ask({.messages = 1});
  // Those for whom there is no place; the worker may have taken one.
  CHECK(bench.answers.size() >= 9);
  CHECK(bench.answers.size() <= 10);
  for (const bool full : bench.answers) CHECK_FALSE(full);
  bench.store.Hold(false);
  bench.quotas.reset();  // waits for the one that is being answered
  bench.loop.RunFor(0ms);
  CHECK(bench.answers.size() <= 10);
}

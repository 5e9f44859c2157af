#include "mailbox/pins/hasher.h"

#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace um::pins {
namespace {

constexpr HashCost kCheap{.memory_kib = 64, .passes = 1};

TEST_CASE("a hash is argon2id at the cost that is documented, and salted") {
  Hasher hasher;
  const auto turn = hasher.Begin();
  const std::string one = turn->Hash("482913").value(), two = turn->Hash("482913").value();
  CHECK(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  CHECK(one != two);
  CHECK(one.find("482913") == std::string::npos);
  CHECK(turn->Matches("482913", one).value());
  CHECK(turn->Matches("482913", two).value());
  CHECK_FALSE(turn->Matches("482914", one).value());
  CHECK_FALSE(turn->Matches("", one).value());
}

TEST_CASE("hashes of another cost are still compared") {
  Hasher before({.cost = kCheap}), now({.cost = {.memory_kib = 128, .passes = 2}});
  const std::string hash = before.Begin()->Hash("482913").value();
  CHECK(now.Begin()->Matches("482913", hash).value());
  CHECK_FALSE(now.Begin()->Matches("482914", hash).value());
}

TEST_CASE("what is no hash is damage, not a wrong PIN") {
  Hasher hasher({.cost = kCheap});
  const auto turn = hasher.Begin();
  for (const std::string& bad :
       {std::string(), std::string("482913"), std::string("$argon2id$"),
        std::string("$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"),
        std::string("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ"), std::string(100'000, '$'),
        "$argon2id$" + std::string(100'000, 'x')}) {
    CAPTURE(bad.substr(0, 60));
    CHECK(absl::IsDataLoss(turn->Matches("482913", bad).status()));
  }
}

TEST_CASE("only so many hash at once, and only so many wait") {
  Hasher hasher({.cost = kCheap, .at_once = 2, .waiting = 1});
  auto first = std::make_unique<Hasher::Turn>(hasher.Begin().value());
  const auto second = hasher.Begin();
  REQUIRE(second.ok());
  bool had_turn = false;
  std::thread third([&] { had_turn = hasher.Begin().ok(); });
  while (hasher.waiting() == 0) std::this_thread::yield();
  const auto fourth = hasher.Begin();
  CHECK(absl::IsResourceExhausted(fourth.status()));
  first.reset();  // the third one's turn
  third.join();
  CHECK(had_turn);
  CHECK(hasher.waiting() == 0);
  CHECK(hasher.Begin().ok());
}

}  // namespace
}  // namespace um::pins

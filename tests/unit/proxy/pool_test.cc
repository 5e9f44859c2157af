#include "proxy/pool.h"

#include <algorithm>
#include <map>

#include "tests/support/catch.h"

namespace um::proxy {
namespace {

using namespace std::chrono_literals;

const async::Time kStart{1000s};

topology::v1::Snapshot SnapshotOf(const std::map<std::string, int>& calls_by_node,
                                  int max_calls = 0) {
  topology::v1::Snapshot snapshot;
  for (const auto& [node, calls] : calls_by_node) {
    auto& n = *snapshot.add_nodes();
    n.set_name("name of " + node);
    n.set_rpc(node);
    n.set_serving(true);
    n.set_calls(static_cast<uint32_t>(calls));
    n.set_max_calls(static_cast<uint32_t>(max_calls));
  }
  return snapshot;
}

Pool PoolOf(const std::map<std::string, int>& calls_by_node) {
  Pool pool;
  pool.Adopt(SnapshotOf(calls_by_node));
  for (const auto& [node, calls] : calls_by_node) pool.OnConnected(node);
  return pool;
}

std::string KeyOf(int i) { return AffinityKey("Main", std::to_string(1000 + i), ""); }

TEST_CASE("the affinity key is dial plan and digits, or the Call-ID") {
  CHECK(AffinityKey("Main", "+1 (425) 555-0123", "x") == AffinityKey("Main", "14255550123", "y"));
  CHECK(AffinityKey("Main", "4711;phone-context=x7", "x") == AffinityKey("Main", "4711", "y"));
  CHECK(AffinityKey("Main", "4711", "x") != AffinityKey("Branch", "4711", "x"));
  CHECK(AffinityKey("Main", "", "x") != AffinityKey("Main", "", "y"));
  CHECK(AffinityKey("Main", "ann", "x") == AffinityKey("Main", "ann", "y"));
  CHECK(AffinityKey("Main", "ann", "x") != AffinityKey("Main", "bob", "x"));
}

TEST_CASE("mailboxes are spread evenly over idle nodes") {
  const Pool pool = PoolOf({{"a:1", 0}, {"b:1", 0}, {"c:1", 0}, {"d:1", 0}});
  std::map<std::string, int> first;
  for (int i = 0; i < 8000; ++i) ++first[pool.Candidates(KeyOf(i), kStart).front()];
  for (const auto& [node, count] : first) {
    CHECK(count > 1800);  // of 2000; four standard deviations are 155
    CHECK(count < 2200);
  }
}

TEST_CASE("every candidate list names every usable node once") {
  const Pool pool = PoolOf({{"a:1", 3}, {"b:1", 0}, {"c:1", 9}});
  for (int i = 0; i < 100; ++i) {
    auto candidates = pool.Candidates(KeyOf(i), kStart);
    std::sort(candidates.begin(), candidates.end());
    CHECK(candidates == std::vector<std::string>{"a:1", "b:1", "c:1"});
  }
}

TEST_CASE("a node that leaves moves only its own mailboxes") {
  Pool pool = PoolOf({{"a:1", 0}, {"b:1", 0}, {"c:1", 0}, {"d:1", 0}});
  std::vector<std::string> before;
  for (int i = 0; i < 2000; ++i) before.push_back(pool.Candidates(KeyOf(i), kStart).front());
  pool.OnBroken("c:1");
  for (int i = 0; i < 2000; ++i) {
    const std::string now = pool.Candidates(KeyOf(i), kStart).front();
    if (before[i] != "c:1") CHECK(now == before[i]);
    CHECK(now != "c:1");
  }
}

TEST_CASE("a node above 1.25 times the mean load is asked last") {
  // Mean of 40 with the new call: the bound is 50.
  const Pool pool = PoolOf({{"a:1", 60}, {"b:1", 30}, {"c:1", 30}});
  for (int i = 0; i < 200; ++i) CHECK(pool.Candidates(KeyOf(i), kStart).back() == "a:1");
  // At 49 of a mean of 40 it is still within.
  const Pool near = PoolOf({{"a:1", 49}, {"b:1", 36}, {"c:1", 35}});
  int first = 0;
  for (int i = 0; i < 200; ++i) first += near.Candidates(KeyOf(i), kStart).front() == "a:1";
  CHECK(first > 30);
}

TEST_CASE("calls accepted since the snapshot count: even one mailbox's flood is spread") {
  Pool pool = PoolOf({{"a:1", 0}, {"b:1", 0}, {"c:1", 0}, {"d:1", 0}});
  std::map<std::string, int> taken;
  for (int i = 0; i < 1000; ++i) {
    const std::string node = pool.Candidates("one mailbox", kStart).front();
    pool.OnAccepted(node, kStart);
    ++taken[node];
    const auto most =
        std::max_element(taken.begin(), taken.end(),
                         [](const auto& x, const auto& y) { return x.second < y.second; });
    CHECK(most->second <= 1.25 * (i + 1) / 4 + 1);
  }
  CHECK(taken.size() == 4);
  // Two seconds later the snapshots count them.
  CHECK(pool.Candidates("one mailbox", kStart + 3s).front() ==
        PoolOf({{"a:1", 0}, {"b:1", 0}, {"c:1", 0}, {"d:1", 0}})
            .Candidates("one mailbox", kStart)
            .front());
}

TEST_CASE("a full node is asked last, one that does not serve or is not connected never") {
  Pool pool;
  auto snapshot = SnapshotOf({{"a:1", 10}, {"b:1", 9}}, 10);
  pool.Adopt(snapshot);
  CHECK_FALSE(pool.HasHealthyNode(kStart));
  pool.OnConnected("a:1");
  pool.OnConnected("b:1");
  for (int i = 0; i < 50; ++i) CHECK(pool.Candidates(KeyOf(i), kStart).back() == "a:1");
  snapshot.mutable_nodes(0)->set_serving(false);
  pool.Adopt(snapshot);
  CHECK(pool.Candidates("k", kStart) == std::vector<std::string>{"b:1"});
  pool.OnBroken("b:1");
  CHECK(pool.Candidates("k", kStart).empty());
  CHECK_FALSE(pool.HasHealthyNode(kStart));
}

TEST_CASE("a node that the pool no longer lists gets no calls") {
  Pool pool = PoolOf({{"a:1", 0}, {"b:1", 0}});
  pool.Adopt(SnapshotOf({{"b:1", 0}}));
  CHECK(pool.Candidates("k", kStart) == std::vector<std::string>{"b:1"});
  pool.OnBroken("a:1");
  pool.Adopt(SnapshotOf({{"a:1", 0}, {"b:1", 0}}));
  CHECK(pool.Candidates("k", kStart) == std::vector<std::string>{"b:1"});  // not connected any more
}

TEST_CASE("the circuit breaker leaves out a node that keeps failing, then lets one call try it") {
  Pool pool = PoolOf({{"a:1", 0}});
  pool.OnSilent("a:1", kStart);
  pool.OnSilent("a:1", kStart);
  CHECK(pool.HasHealthyNode(kStart));
  pool.OnSilent("a:1", kStart);
  CHECK_FALSE(pool.HasHealthyNode(kStart));
  CHECK_FALSE(pool.HasHealthyNode(kStart + 4999ms));
  CHECK(pool.HasHealthyNode(kStart + 5s));
  pool.OnOffered("a:1", kStart + 5s);
  CHECK_FALSE(pool.HasHealthyNode(kStart + 5s));  // one call at a time
  CHECK(pool.HasHealthyNode(kStart + 6500ms));    // even if that call never came to an end
  SECTION("it answers") {
    pool.OnAnswered("a:1");
    CHECK(pool.HasHealthyNode(kStart + 5s));
    pool.OnSilent("a:1", kStart + 5s);
    CHECK(pool.HasHealthyNode(kStart + 5s));  // counted from the beginning
  }
  SECTION("it does not, and is left out for longer and longer, at most a minute") {
    async::Time now = kStart + 5s;
    async::Duration pause{};
    for (int i = 0; i < 8; ++i) {
      pool.OnSilent("a:1", now);
      const async::Time closed = now;
      while (!pool.HasHealthyNode(now)) now += 1s;
      CHECK(now - closed >= pause);
      pause = now - closed;
    }
    CHECK(pause == 60s);
  }
  SECTION("it reconnects") {
    pool.OnBroken("a:1");
    pool.OnConnected("a:1");
    CHECK(pool.HasHealthyNode(kStart));
  }
}

}  // namespace
}  // namespace um::proxy

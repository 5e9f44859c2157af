#include "mailbox/media/reception.h"

#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/catch.h"

using namespace um::media;
using namespace std::chrono_literals;

TEST_CASE("sequence numbers are extended over the wrap") {
  Reception r;
  const int64_t first = r.Add(65534).sequence;
  CHECK(r.Add(65535).sequence == first + 1);
  CHECK(r.Add(0).sequence == first + 2);
  CHECK(r.Add(1).sequence == first + 3);
  CHECK(r.lost() == 0);
  CHECK(r.Report(1).highest_sequence == 65536 + 1);
}

TEST_CASE("loss is counted, and what comes late is no loss") {
  Reception r;
  r.Add(10);
  r.Add(13);
  CHECK(r.lost() == 2);
  CHECK(r.Add(12).arrival == Arrival::kNew);
  CHECK(r.lost() == 1);
  CHECK(r.received() == 3);
}

TEST_CASE("duplicates and replays are known") {
  Reception r;
  for (uint16_t s = 100; s < 200; ++s) CHECK(r.Add(s).arrival == Arrival::kNew);
  for (uint16_t s = 101; s < 200; ++s) CHECK(r.Add(s).arrival == Arrival::kDuplicate);
  CHECK(r.duplicates() == 99);
  CHECK(r.received() == 100);
  CHECK(r.lost() == 0);
}

TEST_CASE("a second packet that overtook the first still counts") {
  Reception r;
  const int64_t second = r.Add(0).sequence;
  const auto first = r.Add(65535);
  CHECK(first.arrival == Arrival::kNew);
  CHECK(first.sequence == second - 1);
  CHECK(r.lost() == 0);
}

TEST_CASE("one wild sequence number is refused, two in a row are a restart") {
  Reception r;
  const int64_t before = r.Add(1000).sequence;
  CHECK(r.Add(30000).arrival == Arrival::kRefused);
  CHECK(r.Add(1001).arrival == Arrival::kNew);
  CHECK(r.Add(40000).arrival == Arrival::kRefused);
  CHECK(r.Add(50000).arrival == Arrival::kRefused);
  CHECK(r.Add(40001).arrival == Arrival::kRefused);  // not the one after the last jump
  CHECK(r.Add(40002).arrival == Arrival::kRestarted);
  CHECK(r.highest() > before);
  CHECK(r.Add(40003).arrival == Arrival::kNew);
  CHECK(r.lost() == 0);
  CHECK(r.received() == 4);
}

TEST_CASE("another source keeps the totals and lets sequence numbers grow") {
  Reception r;
  r.Add(60000);
  const int64_t before = r.Add(60003).sequence;
  r.Restart();
  CHECK(r.Add(5).sequence > before);
  CHECK(r.lost() == 2);
  CHECK(r.received() == 3);
  CHECK(r.Report(1).highest_sequence == 5);
  CHECK(r.Report(1).cumulative_lost == 0);
}

TEST_CASE("any shuffled order within the window is complete and without duplicates") {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    std::vector<uint16_t> order(500);
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<uint16_t>(65300 + i);
    for (size_t i = 0; i + 20 <= order.size(); i += 20) {
      std::shuffle(order.begin() + int(i), order.begin() + int(i) + 20, random);
    }
    Reception r;
    std::vector<int64_t> seen;
    for (const uint16_t s : order) {
      const auto got = r.Add(s);
      CHECK(got.arrival == Arrival::kNew);
      seen.push_back(got.sequence);
    }
    std::sort(seen.begin(), seen.end());
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
    CHECK(seen.back() - seen.front() == 499);
    CHECK(r.lost() == 0);
  }
}

TEST_CASE("random sequence numbers never break the counters") {
  std::mt19937 random(5);
  Reception r;
  for (int i = 0; i < 100000; ++i) {
    r.Add(static_cast<uint16_t>(random()));
    if (i % 100 == 0) r.Report(1);
    if (i % 1000 == 0) r.Restart();
  }
  CHECK(r.received() > 0);
}

TEST_CASE("the fraction lost is that of the interval") {
  Reception r;
  r.Add(0);
  r.Add(1);
  r.Add(4);
  CHECK(r.Report(9).fraction_lost == 2 * 256 / 5);
  r.Add(5);
  const ReportBlock block = r.Report(9);
  CHECK(block.fraction_lost == 0);
  CHECK(block.cumulative_lost == 2);
  CHECK(block.ssrc == 9);
}

TEST_CASE("jitter is that of appendix A.8") {
  Reception r;
  um::async::WallTime now{};
  uint32_t timestamp = 0xFFFFFF00;  // wraps
  for (int i = 0; i < 200; ++i) {
    r.AddTiming(timestamp, now + (i % 2 ? 2ms : 0ms));
    timestamp += 160;
    now += 20ms;
  }
  CHECK(r.jitter_ms() == Approx(2.0).margin(0.05));
  // A pause of silence suppression with its jump of the timestamp is no jitter, nor is a wild
  // timestamp.
  r.AddTiming(timestamp + 80000, now + 10s);
  r.AddTiming(timestamp + 0x70000000, now + 10s);
  CHECK(r.jitter_ms() < 2.1);
}

#include "mailbox/media/burst_meter.h"

#include <string_view>

#include "mailbox/media/reception.h"
#include "tests/support/catch.h"

using namespace um::media;

namespace {
/// '.': it came; 'x': it was lost; a number: so many came.
um::domain::BurstLoss Of(std::string_view packets, size_t repeated = 0) {
  BurstMeter meter;
  for (const char packet : packets) {
    if (packet != '_') {
      meter.Add(packet == '.');
      continue;
    }
    for (size_t i = 0; i < repeated; ++i) meter.Add(true);
  }
  return meter.Result(20);
}
}  // namespace

TEST_CASE("losses less than sixteen packets apart are one burst, others none") {
  // 100 came, 2 of 5 were lost, 100 came.
  const auto burst = Of("_x...x_", 100);
  CHECK(burst.density_percent == Approx(40));
  CHECK(burst.burst_ms == 5 * 20);
  CHECK(burst.gap_ms == 100 * 20);
  CHECK(Of("_x_x_", 15).burst_ms == 17 * 20);
  CHECK(Of("_x_x_", 16).burst_ms == 0);
  CHECK(Of("_x_x_", 16).gap_ms == 50 * 20);
}

TEST_CASE("a call without bursts is one gap") {
  CHECK(Of("_", 500).gap_ms == 10'000);
  CHECK(Of("_", 500).density_percent == 0);
  CHECK(Of("_x", 499).gap_ms == 10'000);
  CHECK(Of("").gap_ms == 0);
}

TEST_CASE("a burst at the beginning or end has a gap on one side only") {
  CHECK(Of("xx_", 100).gap_ms == 100 * 20);
  CHECK(Of("_xx", 100).gap_ms == 100 * 20);
  CHECK(Of("xx_xx", 100).gap_ms == 100 * 20);
  CHECK(Of("xxx").gap_ms == 0);
  CHECK(Of("xxx").density_percent == 100);
  CHECK(Of("xx_xx", 100).burst_ms == 2 * 20);
}

TEST_CASE("another source's losses are another burst") {
  BurstMeter meter;
  for (int i = 0; i < 20; ++i) meter.Add(true);
  meter.Add(false);
  meter.Restart();
  meter.Add(false);
  for (int i = 0; i < 20; ++i) meter.Add(true);
  CHECK(meter.Result(20).burst_ms == 0);
}

TEST_CASE("what arrives is put in order before its bursts are measured") {
  Reception reception;
  const auto lost = [](int n) { return n == 300 || n == 304 || n == 307; };
  // Each pair the wrong way round, over the wrap of sequence numbers.
  for (int n = 0; n < 1000; n += 2) {
    for (const int m : {n + 1, n}) {
      if (!lost(m)) reception.Add(static_cast<uint16_t>(65'000 + m));
    }
  }
  const auto burst = reception.bursts(20);
  CHECK(burst.burst_ms == 8 * 20);
  CHECK(burst.density_percent == Approx(100.0 * 3 / 8));
  CHECK(burst.gap_ms == Approx(992.0 / 2 * 20));
  CHECK(reception.lost() == 3);
}

TEST_CASE("a hole of any length is a burst of its length") {
  Reception reception;
  for (int n = 0; n < 100; ++n) reception.Add(static_cast<uint16_t>(n));
  for (int n = 1100; n < 1200; ++n) reception.Add(static_cast<uint16_t>(n));
  CHECK(reception.bursts(20).burst_ms == 1000 * 20);
  CHECK(reception.bursts(20).density_percent == 100);
  CHECK(reception.bursts(20).gap_ms == 100 * 20);
}

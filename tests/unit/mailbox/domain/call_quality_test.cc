#include "mailbox/domain/call_quality.h"

#include "tests/support/catch.h"

using namespace um::domain;

TEST_CASE("audio without loss has the best score that G.711 can have") {
  const auto quality = QualityOf({.lasted = 60s, .received = 3000}, Codec::kPcmu);
  REQUIRE(quality);
  CHECK(quality->nmos == Approx(4.41).margin(0.01));
  CHECK(quality->degradation() == Approx(0));
}

TEST_CASE("loss and late packets cost what the E-model says, each its part") {
  // 5 % loss: Ie,eff = 95 * 5 / 30.1 = 15.78, R = 77.42, MOS = 3.92.
  const auto lossy = QualityOf({.lasted = 60s, .received = 950, .lost = 50}, Codec::kPcmu);
  REQUIRE(lossy);
  CHECK(lossy->nmos == Approx(3.92).margin(0.01));
  CHECK(lossy->lost_to_loss == Approx(4.41 - 3.92).margin(0.01));
  CHECK(lossy->lost_to_jitter == Approx(0));
  // As many late ones besides: Ie,eff = 95 * 10 / 35.1 = 27.07, R = 66.13, MOS = 3.41.
  const auto both =
      QualityOf({.lasted = 60s, .received = 950, .lost = 50, .late = 50}, Codec::kPcmu);
  CHECK(both->nmos == Approx(3.41).margin(0.01));
  CHECK(both->lost_to_loss == Approx(lossy->lost_to_loss));
  CHECK(both->lost_to_jitter == Approx(3.92 - 3.41).margin(0.01));
  CHECK(both->nmos + both->degradation() == Approx(4.41).margin(0.01));
}

TEST_CASE("each codec has its own best, and its own way to bear loss") {
  // G.723.1: R = 93.2 - 15 = 78.2, MOS 3.95; with 5 %: Ie,eff = 15 + 80 * 5 / 21.1 = 33.96, R
  // = 59.24, MOS = 3.06.
  const auto best = QualityOf({.lasted = 60s, .received = 2000}, Codec::kG7231);
  CHECK(best->nmos == Approx(3.95).margin(0.01));
  CHECK(best->degradation() == Approx(0));
  const auto lossy = QualityOf({.lasted = 60s, .received = 1900, .lost = 100}, Codec::kG7231);
  CHECK(lossy->nmos == Approx(3.06).margin(0.01));
  for (const Codec codec : {Codec::kPcma, Codec::kG722, Codec::kOpus}) {
    CHECK(QualityOf({.lasted = 60s, .received = 950, .lost = 50}, codec)->nmos ==
          Approx(3.92).margin(0.01));
  }
}

TEST_CASE("a score is never out of its scale, and short or silent calls have none") {
  CHECK(
      QualityOf({.lasted = 60s, .received = 1, .lost = 1'000'000, .late = 9}, Codec::kPcmu)->nmos >=
      1);
  CHECK_FALSE(QualityOf({.lasted = 9s, .received = 450}, Codec::kPcmu));
  CHECK_FALSE(QualityOf({.lasted = 60s}, Codec::kPcmu));
  CHECK(LossPercent({.received = 75, .lost = 25}) == Approx(25));
  CHECK(LossPercent({}) == 0);
}

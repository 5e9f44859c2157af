#include "mailbox/domain/call_quality.h"

#include "tests/support/catch.h"

using namespace um::domain;

TEST_CASE("audio without loss has the best score that G.711 can have") {
  const auto quality = QualityOf({.lasted = 60s, .received = 3000});
  REQUIRE(quality);
  CHECK(quality->nmos == Approx(4.41).margin(0.01));
  CHECK(quality->degradation() == Approx(0));
}

TEST_CASE("loss and late packets cost what the E-model says, each its part") {
  // 5 % loss: Ie,eff = 95 * 5 / 30.1 = 15.78, R = 77.42, MOS = 3.92.
  const auto lossy = QualityOf({.lasted = 60s, .received = 950, .lost = 50});
  REQUIRE(lossy);
  CHECK(lossy->nmos == Approx(3.92).margin(0.01));
  CHECK(lossy->lost_to_loss == Approx(4.41 - 3.92).margin(0.01));
  CHECK(lossy->lost_to_jitter == Approx(0));
  // As many late ones besides: Ie,eff = 95 * 10 / 35.1 = 27.07, R = 66.13, MOS = 3.41.
  const auto both = QualityOf({.lasted = 60s, .received = 950, .lost = 50, .late = 50});
  CHECK(both->nmos == Approx(3.41).margin(0.01));
  CHECK(both->lost_to_loss == Approx(lossy->lost_to_loss));
  CHECK(both->lost_to_jitter == Approx(3.92 - 3.41).margin(0.01));
  CHECK(both->nmos + both->degradation() == Approx(4.41).margin(0.01));
}

TEST_CASE("a score is never out of its scale, and short or silent calls have none") {
  CHECK(QualityOf({.lasted = 60s, .received = 1, .lost = 1'000'000, .late = 9})->nmos >= 1);
  CHECK_FALSE(QualityOf({.lasted = 9s, .received = 450}));
  CHECK_FALSE(QualityOf({.lasted = 60s}));
  CHECK(LossPercent({.received = 75, .lost = 25}) == Approx(25));
  CHECK(LossPercent({}) == 0);
}

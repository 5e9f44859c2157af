#include "mailbox/domain/call_quality.h"

#include <algorithm>

namespace um::domain {
namespace {

constexpr Milliseconds kShortest = 10s;

double PerCent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// @param loss [%]
double MosOf(double loss) {
  constexpr double kBest = 93.2, kRobustness = 25.1;
  const double r = std::clamp(kBest - 95 * loss / (loss + kRobustness), 0.0, 100.0);
  return std::clamp(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6, 1.0, 5.0);
}

}  // namespace

double LossPercent(const Reception& reception) {
  return PerCent(reception.lost, reception.received + reception.lost);
}

std::optional<CallQuality> QualityOf(const Reception& reception) {
  if (reception.lasted < kShortest || reception.received == 0) return std::nullopt;
  const double loss = LossPercent(reception);
  const double late =
      PerCent(std::min(reception.late, reception.received), reception.received + reception.lost);
  const double best = MosOf(0), with_loss = MosOf(loss), with_both = MosOf(loss + late);
  return CallQuality{
      .nmos = with_both, .lost_to_jitter = with_loss - with_both, .lost_to_loss = best - with_loss};
}

}  // namespace um::domain

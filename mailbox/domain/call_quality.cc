#include "mailbox/domain/call_quality.h"

#include <algorithm>

namespace um::domain {
namespace {

constexpr Milliseconds kShortest = 10s;

double PerCent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// G.113 appendix I: Ie and Bpl.
struct Impairment {
  double equipment = 0;
  double robustness = 25.1;
};
Impairment ImpairmentOf(Codec codec) {
  return codec == Codec::kG7231 ? Impairment{15, 16.1} : Impairment{};
}

/// @param loss [%]
double MosOf(double loss, Impairment codec) {
  constexpr double kBest = 93.2;
  const double impairment =
      codec.equipment + (95 - codec.equipment) * loss / (loss + codec.robustness);
  const double r = std::clamp(kBest - impairment, 0.0, 100.0);
  return std::clamp(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6, 1.0, 5.0);
}

}  // namespace

double LossPercent(const Reception& reception) {
  return PerCent(reception.lost, reception.received + reception.lost);
}

std::optional<CallQuality> QualityOf(const Reception& reception, Codec codec) {
  if (reception.lasted < kShortest || reception.received == 0) return std::nullopt;
  const double loss = LossPercent(reception);
  const double late =
      PerCent(std::min(reception.late, reception.received), reception.received + reception.lost);
  const Impairment impairment = ImpairmentOf(codec);
  const double best = MosOf(0, impairment), with_loss = MosOf(loss, impairment),
               with_both = MosOf(loss + late, impairment);
  return CallQuality{
      .nmos = with_both, .lost_to_jitter = with_loss - with_both, .lost_to_loss = best - with_loss};
}

}  // namespace um::domain

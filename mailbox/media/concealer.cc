#include "mailbox/media/concealer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace um::media {
namespace {
constexpr int kShortest = 40;  // samples: 200 Hz
constexpr int kLongest = 120;  // samples: 67 Hz
constexpr int kCompared = 160;
constexpr int kHold = 80;   // samples at full level
constexpr int kFade = 400;  // samples from there to silence
}  // namespace

void Concealer::Heard(std::span<const uint8_t> codes) {
  const size_t n = std::min<size_t>(codes.size(), kHistory);
  std::memmove(history_.data(), history_.data() + n, kHistory - n);
  std::memcpy(history_.data() + kHistory - n, codes.data() + codes.size() - n, n);
}

int Concealer::PitchPeriod(const std::array<int16_t, kHistory>& past) const {
  const int16_t* recent = past.data() + kHistory - kCompared;
  int best = kLongest;
  double best_match = 0;
  for (int lag = kShortest; lag <= kLongest; ++lag) {
    int64_t product = 0;
    int64_t energy = 1;
    for (int i = 0; i < kCompared; ++i) {
      product += int64_t{recent[i]} * recent[i - lag];
      energy += int64_t{recent[i - lag]} * recent[i - lag];
    }
    const double match = static_cast<double>(product) / std::sqrt(static_cast<double>(energy));
    if (match > best_match) {
      best_match = match;
      best = lag;
    }
  }
  return best;
}

void Concealer::Conceal(std::span<uint8_t> out) const {
  const auto& linear = domain::G711Table(law_);
  std::array<int16_t, kHistory> past;
  std::transform(history_.begin(), history_.end(), past.begin(),
                 [&](uint8_t code) { return linear[code]; });
  const int period = PitchPeriod(past);
  const int n = static_cast<int>(out.size());
  for (int i = 0; i < n; ++i) {
    const int level = i < kHold ? kFade : kFade - (i - kHold);
    if (level <= 0) {
      std::fill(out.begin() + i, out.end(), domain::SilenceCode(law_));
      return;
    }
    const int sample = past[kHistory - period + i % period] * level / kFade;
    out[i] = domain::EncodeG711(law_, static_cast<int16_t>(sample));
  }
}

}  // namespace um::media

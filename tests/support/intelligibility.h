// How much of speech can still be understood: STOI, the short-time objective intelligibility of C.
// H. Taal, R. C. Hendriks, R. Heusdens, J. Jensen ("An Algorithm for Intelligibility Prediction of
// Time-Frequency Weighted Noisy Speech", IEEE TASLP 19(7), 2011).   Pure.
#pragma once

#include <cstdint>
#include <span>

namespace um::tests {

inline constexpr int kIntelligibilityRate = 10000;  // [Hz] what the measure is defined for

/// 1: nothing was lost; listeners tested by its authors understood practically every word above
/// 0.8. Both are of kIntelligibilityRate and begin at the same sample; the longer one's end does
/// not count. 0 if there is too little speech to tell (0.4 s).
double Intelligibility(std::span<const int16_t> said, std::span<const int16_t> heard);

}  // namespace um::tests

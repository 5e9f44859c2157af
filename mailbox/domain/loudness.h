// Loudness: how loud speech is, where it begins and ends, and all recordings of it at one level.
// Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mailbox/domain/time.h"

namespace um::domain {

/// How loud speech is that we play or mail: the level of the recordings that telephone systems ship
/// with.
inline constexpr double kSpeechLevel = -20;  // [dBov] root mean square of the frames with speech
inline constexpr double kPeakLevel = -1.5;   // [dBov] no sample is above it

/// The level [dBov] of the frames within 25 dB of the loudest one, in the manner of ITU-T P.56:
/// pauses do not count. 0 dBov is a full-scale square wave. -100: silence.
double ActiveLevel(std::span<const int16_t> samples);

/// From the first to the last audible frame of 10 ms, and `margin` on each side. Audible is what is
/// at most 35 dB below the loudest frame, and not below -60 dBov. Empty if nothing is.
std::span<const int16_t> Audible(std::span<const int16_t> samples, Milliseconds margin);

/// A caller's recording as it is mailed: at kSpeechLevel, as far as its peaks allow and noise
/// should not be raised (15 dB), and with 100 ms of what is before and after the words. Clicks are
/// cut down to kPeakLevel. Unchanged if nothing is audible.
std::vector<int16_t> ForListeners(std::vector<int16_t> recording);

}  // namespace um::domain

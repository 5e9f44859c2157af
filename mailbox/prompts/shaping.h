// Shaping: makes recordings and synthesis sound as if one person spoke them in one go: one
// loudness, and pauses of natural length where they are joined.   Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mailbox/domain/time.h"

namespace um::prompts {

/// How loud the speech of all prompts is: the level of the recordings that telephone systems ship
/// with.
inline constexpr double kSpeechLevel = -20;  // [dBov] root mean square of the frames with speech
inline constexpr double kPeakLevel = -1.5;   // [dBov] no sample is above it

/// The level [dBov] of the frames within 25 dB of the loudest one, in the manner of ITU-T P.56:
/// pauses do not count. 0 dBov is a full-scale square wave. -100: silence.
double ActiveLevel(std::span<const int16_t> samples);

struct Pauses {
  domain::Milliseconds before{40};
  domain::Milliseconds after{60};
};
/// At kSpeechLevel without clipping, with silence of these lengths around it. Empty if nothing is
/// audible.
std::vector<int16_t> Shape(std::span<const int16_t> samples, Pauses pauses);

}  // namespace um::prompts

// Shaping: makes recordings and synthesis sound as if one person spoke them in one go: one
// loudness, and pauses of natural length where they are joined.   Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mailbox/domain/loudness.h"
#include "mailbox/domain/time.h"

namespace um::prompts {

using domain::ActiveLevel;
using domain::kPeakLevel;
using domain::kSpeechLevel;

struct Pauses {
  domain::Milliseconds before{40};
  domain::Milliseconds after{60};
};
/// At kSpeechLevel without clipping, with silence of these lengths around it. Empty if nothing is
/// audible.
std::vector<int16_t> Shape(std::span<const int16_t> samples, Pauses pauses);

}  // namespace um::prompts

// What callers say: recorded speech at a speed of each caller's own, under noise of its own. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace um::tests {

/// `seconds` of G.711 µ-law that end where `speech` (µ-law, 8 kHz) ends; speech that is too short
/// begins anew. The noise is too soft to be heard, and makes every 20 ms of every caller different
/// from all others.
std::vector<uint8_t> VoiceOf(int caller, std::span<const uint8_t> speech, int seconds);

}  // namespace um::tests

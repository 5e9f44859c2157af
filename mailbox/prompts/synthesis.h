// Synthesis: speaks English text with flite's slt voice, a woman's like that of the recordings. The
// one adapter of flite.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace um::prompts {

/// `text` as 8 kHz samples; empty if nothing came of it. ASCII only (SpokenForm()).
/// Blocking, about 50 ms a second of speech; thread: any worker. flite is not thread-safe: one at a
/// time.
std::vector<int16_t> Synthesise(const std::string& text);

}  // namespace um::prompts

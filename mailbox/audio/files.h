// Audio files: what leaves in mail and what comes in as prompts. The one adapter of FFmpeg (libavcodec, libavformat,
// libswresample).   Blocking; thread: any worker, never the loop or a media thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/g711.h"

namespace um::audio {

/// An MP3 file of 8 kHz mono, with the tag (Xing/LAME) from which players know its exact length.
/// @param bit_rate [bit/s] 16000 is the default of dial plans.
absl::StatusOr<std::string> EncodeMp3(std::span<const int16_t> samples, int bit_rate);

/// A RIFF/WAVE file of G.711 as it is (format tag 7 for µ-law, 6 for A-law): 8 kHz, mono, lossless.
std::string WavOfG711(domain::Law law, std::string_view codes);

/// Decodes any audio file FFmpeg knows into mono samples at `sample_rate` [Hz].
/// kInvalidArgument: not audio. kResourceExhausted: longer than ten minutes.
absl::StatusOr<std::vector<int16_t>> Decode(std::string_view file, int sample_rate);

}  // namespace um::audio

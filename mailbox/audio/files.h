// Audio files: what leaves in mail and what comes in as prompts. The one adapter of FFmpeg
// (libavcodec, libavformat, libswresample).   Blocking; thread: any worker, never the loop or a
// media thread.
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
/// @param bit_rate [bit/s] 8000 to 64000; 16000 is the default of dial plans.
absl::StatusOr<std::string> EncodeMp3(std::span<const int16_t> samples, int bit_rate);

/// A RIFF/WAVE file of G.711 as it is (format tag 7 for µ-law, 6 for A-law): 8 kHz, mono, lossless.
std::string WavOfG711(domain::Law law, std::string_view codes);

/// Decodes a WAV, MP3, Ogg (Vorbis, Opus), FLAC, GSM or G.722 file into mono samples at
/// `sample_rate` [Hz].
/// @param format FFmpeg's name of the format for files without a signature of their own ("g722");
/// "" looks for itself. kInvalidArgument: not audio. kResourceExhausted: longer than ten minutes.
absl::StatusOr<std::vector<int16_t>> Decode(std::string_view file, int sample_rate,
                                            const std::string& format = "");

}  // namespace um::audio

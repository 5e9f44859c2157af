// Audio files: what leaves in mail and what comes in as prompts. The adapter of FFmpeg (libavcodec,
// libavformat, libswresample) for files; g7231.h has what it does in calls.   Blocking; thread: any
// worker, never the loop or a media thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/g711.h"
#include "mailbox/domain/organisation.h"

namespace um::audio {

/// A file of 8 kHz mono speech, the same bytes every time: MP3 of 16 kbit/s with the tag
/// (Xing/LAME) from which players know its exact length; GSM 06.10 in RIFF/WAVE (13 kbit/s); Opus
/// of 16 kbit/s in Ogg. Players cut off what the codec pads, but of GSM (up to 40 ms).
/// kInvalidArgument: kG711, see WavOfG711().
absl::StatusOr<std::string> Encode(std::span<const int16_t> samples, domain::AudioFormat format);

/// A RIFF/WAVE file of G.711 as it is (format tag 7 for µ-law, 6 for A-law): 8 kHz, mono, lossless.
std::string WavOfG711(domain::Law law, std::string_view codes);

/// Decodes a WAV, MP3, Ogg (Vorbis, Opus), FLAC, GSM or G.722 file into mono samples at
/// `sample_rate` [Hz].
/// @param format FFmpeg's name of the format for files without a signature of their own ("g722");
/// "" looks for itself. kInvalidArgument: not audio. kResourceExhausted: longer than ten minutes.
absl::StatusOr<std::vector<int16_t>> Decode(std::string_view file, int sample_rate,
                                            const std::string& format = "");

}  // namespace um::audio

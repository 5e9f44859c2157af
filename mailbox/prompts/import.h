// Import: recordings of people's own, made to sound as prompts do.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/time.h"

namespace um::prompts {

/// `file`, any that audio::Decode() takes, as 8 kHz samples: mono, at the prompts' level without
/// clipping, without the silence around it. kInvalidArgument: it is no audio, nothing is to be
/// heard in it, or it is longer than `longest` then; in words for who handed it in. Blocking, up to
/// seconds, and up to 120 MB; thread: any, never the loop. Hostile files are safe.
absl::StatusOr<std::vector<int16_t>> Import(std::string_view file, domain::Milliseconds longest);

}  // namespace um::prompts

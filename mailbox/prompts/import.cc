#include "mailbox/prompts/import.h"

#include "common/base/status.h"
#include "mailbox/audio/files.h"
#include "mailbox/domain/g711.h"
#include "mailbox/prompts/shaping.h"

namespace um::prompts {
namespace {

/// As between the prompts' sentences.
constexpr Pauses kPauses{.before = domain::Milliseconds(40), .after = domain::Milliseconds(140)};

domain::Milliseconds LengthOf(size_t samples) {
  return domain::Milliseconds(samples * 1000 / domain::kSampleRate);
}

/// "5:00", "0:09.5"
std::string Minutes(domain::Milliseconds length) {
  const auto tenths = length.count() / 100;
  std::string text = fmt::format("{}:{:02}", tenths / 600, tenths / 10 % 60);
  if (tenths % 10 != 0) text += fmt::format(".{}", tenths % 10);
  return text;
}

}  // namespace

absl::StatusOr<std::vector<int16_t>> Import(std::string_view file, domain::Milliseconds longest) {
  const absl::StatusOr<std::vector<int16_t>> decoded = audio::Decode(file, domain::kSampleRate);
  if (absl::IsResourceExhausted(decoded.status())) {
    return absl::InvalidArgumentError(
        fmt::format("the recording is too long: {}; at most {} may be", Message(decoded.status()),
                    Minutes(longest)));
  }
  if (!decoded.ok()) {
    return absl::InvalidArgumentError(fmt::format(
        "no recording that can be read (WAV, MP3, Ogg, FLAC, GSM): {}", Message(decoded.status())));
  }
  std::vector<int16_t> shaped = Shape(*decoded, kPauses);
  if (shaped.empty()) return absl::InvalidArgumentError("nothing is to be heard in the recording");
  const domain::Milliseconds length = LengthOf(shaped.size()) - kPauses.before - kPauses.after;
  if (length <= longest) return shaped;
  return absl::InvalidArgumentError(fmt::format("the recording is {} long, and at most {} may be",
                                                Minutes(length), Minutes(longest)));
}

}  // namespace um::prompts

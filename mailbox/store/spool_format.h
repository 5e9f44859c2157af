// The bytes of a spool file (FORMAT.md), apart from any file.   Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mailbox/domain/message.h"

namespace um::store {

inline constexpr size_t kPreambleSize =
    64;  // [bytes] magic to seal record: what is in front of the facts
inline constexpr uint64_t kSealOffset = 32;
inline constexpr uint32_t kMaxFacts = 16 << 20;  // [bytes] more is a damaged length
inline constexpr std::string_view kSpoolSuffix = ".spool";

enum class SealState : uint32_t { kRecording = 0, kSealed = 1, kDiscarded = 2 };

struct Seal {
  SealState state = SealState::kRecording;
  uint32_t audio_crc = 0;
  uint64_t audio_size = 0;  ///< [bytes]
  domain::Marks marks;      ///< the caller's
};

/// Preamble and facts, with the state recording.
std::string EncodeHeader(const domain::CallFacts& facts);
/// The 32 bytes at kSealOffset.
std::string EncodeSeal(const Seal& seal);

struct Preamble {
  uint32_t version = 0;
  uint32_t facts_size = 0;
  uint32_t checksum = 0;
  Seal seal;  ///< kRecording if the record is not whole
};
/// Reads the first kPreambleSize bytes. kDataLoss: no spool file. kUnimplemented: of a newer
/// release.
absl::StatusOr<Preamble> DecodePreamble(std::string_view bytes);
/// Checks and reads header = preamble and facts. kDataLoss.
absl::StatusOr<domain::CallFacts> DecodeHeaderFacts(const Preamble& preamble,
                                                    std::string_view header);

/// How much of a cut-off recording is audio: all but the zero bytes at its end.
size_t WrittenSize(std::string_view audio);
/// Measures and judges a whole recording.
domain::Verdict JudgeAudio(const domain::CallFacts& facts, std::string_view audio);

}  // namespace um::store

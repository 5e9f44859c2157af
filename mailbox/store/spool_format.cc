#include "mailbox/store/spool_format.h"

#include <span>

#include "common/base/status.h"
#include "mailbox/domain/speech_meter.h"
#include "mailbox/store/crc32c.h"
#include "mailbox/store/facts_codec.h"

namespace um::store {
namespace {

constexpr std::string_view kMagic = "VPSPOOL\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kChecksumOffset = 16;
constexpr size_t kSealSize = 32;
constexpr size_t kSealMarksOffset = 16;
constexpr size_t kSealChecksumOffset = 28;
constexpr uint32_t kImportant = 1, kPrivate = 2;

void Put(std::string& bytes, size_t offset, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) bytes[offset + i] = static_cast<char>(value >> (8 * i));
}

uint64_t Get(std::string_view bytes, size_t offset, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[offset + i])) << (8 * i);
  }
  return value;
}

uint32_t Get32(std::string_view bytes, size_t offset) {
  return static_cast<uint32_t>(Get(bytes, offset, 4));
}

Seal DecodeSeal(std::string_view record) {
  const uint32_t state = Get32(record, 0);
  const bool whole =
      Get32(record, kSealChecksumOffset) == Crc32c(record.substr(0, kSealChecksumOffset));
  if (!whole || state > static_cast<uint32_t>(SealState::kDiscarded)) return {};
  const uint32_t marks = Get32(record, kSealMarksOffset);
  return {static_cast<SealState>(state),
          Get32(record, 4),
          Get(record, 8, 8),
          {(marks & kImportant) != 0, (marks & kPrivate) != 0}};
}

}  // namespace

std::string EncodeHeader(const domain::CallFacts& facts) {
  const std::string encoded = EncodeFacts(facts);
  std::string header(kPreambleSize, '\0');
  header.replace(0, kMagic.size(), kMagic);
  Put(header, 8, kVersion, 4);
  Put(header, 12, encoded.size(), 4);
  const uint32_t checksum =
      Crc32c(encoded, Crc32c(std::string_view(header).substr(0, kChecksumOffset)));
  Put(header, kChecksumOffset, checksum, 4);
  return header + encoded;
}

std::string EncodeSeal(const Seal& seal) {
  std::string record(kSealSize, '\0');
  Put(record, 0, static_cast<uint32_t>(seal.state), 4);
  Put(record, 4, seal.audio_crc, 4);
  Put(record, 8, seal.audio_size, 8);
  const uint32_t marks =
      (seal.marks.important ? kImportant : 0) | (seal.marks.is_private ? kPrivate : 0);
  Put(record, kSealMarksOffset, marks, 4);
  Put(record, kSealChecksumOffset, Crc32c(std::string_view(record).substr(0, kSealChecksumOffset)),
      4);
  return record;
}

absl::StatusOr<Preamble> DecodePreamble(std::string_view bytes) {
  if (bytes.size() < kPreambleSize || !bytes.starts_with(kMagic)) {
    return absl::DataLossError("not a spool file");
  }
  Preamble preamble{.version = Get32(bytes, 8),
                    .facts_size = Get32(bytes, 12),
                    .checksum = Get32(bytes, kChecksumOffset),
                    .seal = DecodeSeal(bytes.substr(kSealOffset, kSealSize))};
  if (preamble.version > kVersion) {
    return absl::UnimplementedError(
        fmt::format("spool file of version {}, made by a newer release", preamble.version));
  }
  if (preamble.version == 0 || preamble.facts_size > kMaxFacts) {
    return absl::DataLossError("spool file with a damaged header");
  }
  return preamble;
}

absl::StatusOr<domain::CallFacts> DecodeHeaderFacts(const Preamble& preamble,
                                                    std::string_view header) {
  if (header.size() < kPreambleSize + preamble.facts_size) {
    return absl::DataLossError("spool file with a header cut short");
  }
  const std::string_view encoded = header.substr(kPreambleSize, preamble.facts_size);
  if (Crc32c(encoded, Crc32c(header.substr(0, kChecksumOffset))) != preamble.checksum) {
    return absl::DataLossError("spool file with a wrong checksum");
  }
  return DecodeFacts(encoded);
}

size_t WrittenSize(std::string_view audio) {
  const size_t last = audio.find_last_not_of('\0');
  return last == std::string_view::npos ? 0 : last + 1;
}

domain::Verdict JudgeAudio(const domain::CallFacts& facts, std::string_view audio) {
  domain::SpeechMeter meter(facts.law);
  meter.Add({reinterpret_cast<const uint8_t*>(audio.data()), audio.size()});
  return domain::Judge(meter.speech(), meter.last_speech(), meter.length(), facts.min_speech);
}

}  // namespace um::store

// The codecs that calls may be in.   Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mailbox/domain/g711.h"

namespace um::domain {

enum class Codec : uint8_t { kPcmu, kPcma, kG722, kOpus, kG7231 };

/// What SDP and RTP know a codec as (RFC 3551 tables 4 and 5, RFC 7587).
struct CodecForm {
  Codec codec = Codec::kPcmu;
  std::string_view encoding;     ///< upper case, as sip::RtpMap has it
  int clock_rate = kSampleRate;  ///< [Hz] of RTP timestamps
  int channels = 1;              ///< as SDP says it: Opus is always "2", and mono here all the same
  int payload_type = 0;          ///< the static one; what we offer for codecs that have none
  int shortest_ms = 10;          ///< packets are a multiple of this
};
const CodecForm& FormOf(Codec codec);
inline constexpr Codec kCodecs[] = {Codec::kPcmu, Codec::kPcma, Codec::kOpus, Codec::kG722,
                                    Codec::kG7231};  ///< as we like them

/// nullopt: not G.711.
constexpr std::optional<Law> LawOf(Codec codec) {
  if (codec == Codec::kPcmu) return Law::kMu;
  if (codec == Codec::kPcma) return Law::kA;
  return std::nullopt;
}
constexpr Codec CodecOf(Law law) { return law == Law::kMu ? Codec::kPcmu : Codec::kPcma; }

}  // namespace um::domain

// Coding: speech of one call in a codec other than G.711, 8 kHz mono on our side. The adapter of
// libopus and of spandsp's G.722; G.723.1 is FFmpeg's, behind mailbox/audio.   Thread: whoever holds its stream's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "mailbox/domain/codec.h"

namespace um::media {

/// What the peer sends, packet by packet in the order of their sending. Any bytes may come.
class Decoder {
 public:
  static constexpr size_t kMostSamples = 960;  // 120 ms

  virtual ~Decoder() = default;
  /// How many samples a packet is; 0: it is not of this codec.
  virtual size_t Length(std::span<const uint8_t> payload) const = 0;
  /// @return the same, or less if it is broken inside.
  virtual size_t Decode(std::span<const uint8_t> payload,
                        std::span<int16_t, kMostSamples> samples) = 0;
  /// What was lost before `payload`, which is decoded next, if the codec has a guess of its own.
  /// @return false: it has none, and the samples are nothing.
  virtual bool Conceal(std::span<const uint8_t> payload, std::span<int16_t> samples) = 0;
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  /// One packet of `samples` (a multiple of CodecForm::shortest_ms, 60 ms at most). @return its
  /// size; never more than `packet`, which has room for G.711 of the same length.
  virtual size_t Encode(std::span<const int16_t> samples, std::span<uint8_t> packet) = 0;
};

/// null for G.711, which needs none.
std::unique_ptr<Decoder> MakeDecoder(domain::Codec codec);
std::unique_ptr<Encoder> MakeEncoder(domain::Codec codec);

}  // namespace um::media

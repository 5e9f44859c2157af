// Assembler: makes one gapless piece of audio out of packets.   Pure; thread: media.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "common/async/loop.h"
#include "mailbox/domain/comfort_noise.h"
#include "mailbox/domain/ports.h"
#include "mailbox/media/coding.h"
#include "mailbox/media/concealer.h"

namespace um::media {

/// A recording wants completeness, not low delay: audio in order goes straight through, what
/// follows a gap waits up to 100 ms for what is missing. What then is missing is concealed, what
/// the sender did not send becomes silence (a key) or its comfort noise (silence suppression), so
/// that the audio lasts as long as the call did. Timestamps are not believed beyond that: audio
/// never gets ahead of the clock by more than 2 s.
class Assembler {
 public:
  static constexpr size_t kMaxPacket = Decoder::kMostSamples;  // codes, or bytes

  /// What one packet carried, in the law of the output or as `decoder` takes it.
  struct Piece {
    int64_t sequence = 0;    ///< extended
    uint32_t timestamp = 0;  ///< in samples
    /// At most kMaxPacket. Empty: the sender said that there is no audio (comfort noise, a key).
    std::span<const uint8_t> codes;
    Decoder* decoder = nullptr;  ///< outlives the assembler, or Flush() comes before its end
    int noise = domain::ComfortNoise::kNone;  ///< of no audio: the sender's level [-dBov]
    size_t samples() const { return decoder == nullptr ? codes.size() : decoder->Length(codes); }
  };

  /// Takes packets after sequence number `after` (-1: any) until destroyed.
  Assembler(domain::AudioSink& out, domain::Law law, int64_t after, async::Time now);
  void Add(const Piece& piece, async::Time now);
  /// Gives up what has been missing for too long.
  void Advance(async::Time now);
  /// Gives out all that waits.
  void Flush(async::Time now);
  /// Timestamps have nothing to do with those before: another source, or a restarted one.
  void Restart(async::Time now);
  /// Time since `since` is not part of the recording (the call was held).
  void Forget(async::Time since, async::Time now);

  /// When audio was last given out.
  async::Time last_audio() const { return last_audio_; }
  /// Packets that came after their place had been filled.
  uint64_t late() const { return late_; }

 private:
  static constexpr size_t kHeld = 16;
  struct Held {
    int64_t sequence = 0;
    uint32_t timestamp = 0;
    async::Time arrival{};
    Decoder* decoder = nullptr;
    int noise = domain::ComfortNoise::kNone;
    size_t size = 0;
    uint8_t codes[kMaxPacket];
  };
  struct Waiting {  // sorted by sequence; made when the first gap appears, 16 kB
    size_t count = 0;
    uint8_t order[kHeld];
    Held slots[kHeld];
  };

  const Held& First() const { return waiting_->slots[waiting_->order[0]]; }
  bool Full() const { return waiting_ && waiting_->count == kHeld; }
  void Hold(const Piece& piece, async::Time now);
  void ReleaseFirst(async::Time now);
  void ReleaseInOrder(async::Time now);
  void Deliver(const Piece& piece, async::Time now);
  void FillGap(const Piece& piece, int64_t missing, async::Time now);
  void Silence(int64_t samples);
  void Noise(int64_t samples);
  void Conceal(const Piece& next, int64_t samples);
  bool ConcealByCodec(const Piece& next, std::span<uint8_t> codes);
  void Append(std::span<const uint8_t> codes);
  int64_t Room(async::Time now) const;

  domain::AudioSink& out_;
  domain::Law law_;
  Concealer concealer_;
  domain::ComfortNoise noise_;
  int64_t next_;  // sequence number; -1: any
  async::Time start_;
  async::Time last_audio_;
  int64_t given_ = 0;  // samples
  std::optional<uint32_t> next_timestamp_;
  bool fresh_ = true;           // no audio yet: nothing to be gapless with
  bool after_nothing_ = false;  // the last packet said that there is no audio
  size_t last_size_ = 160;
  std::unique_ptr<Waiting> waiting_;
  uint64_t late_ = 0;
};

}  // namespace um::media

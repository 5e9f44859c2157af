// Recorder: one recording: puts the packets together, hands the audio to the sink, and knows when
// it is enough.   Thread: whoever holds its stream's lock.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "mailbox/domain/ports.h"
#include "mailbox/domain/speech_meter.h"
#include "mailbox/media/assembler.h"
#include "mailbox/media/engine.h"
#include "mailbox/media/tone_keys.h"

namespace um::media {

class Recorder final : private domain::AudioSink {
 public:
  /// Packets up to `after` are older than the recording (-1: none are). `tones` (may be null,
  /// outlives it) listens for keys: their tones become silence, for which the newest
  /// ToneKeys::kOnset samples are held back.
  Recorder(domain::AudioSink& sink, RecordLimits limits, domain::Law law, int64_t after,
           ToneKeys* tones, async::Time now);

  /// A packet of audio, in `law` if it has no decoder. Silent: only its length counts (a key was
  /// held).
  void AddAudio(const Assembler::Piece& piece, domain::Law law, bool silent, async::Time now);
  /// A packet that says that there is no audio now, but noise of this level [-dBov].
  void AddNothing(int64_t sequence, uint32_t timestamp, int noise, async::Time now);
  /// A limit that was reached. Nothing is appended after the maximum length.
  std::optional<RecordingStop> Advance(async::Time now);
  /// Appends all that waits for missing packets, or is held back.
  void Flush(async::Time now);
  /// Another source sends.
  void Restart(async::Time now) { assembler_.Restart(now); }
  /// While held, nothing is recorded and silence is not counted; after it silence counts afresh.
  void SetHeld(bool held, async::Time now);
  uint64_t late() const { return assembler_.late(); }

 private:
  void Append(std::span<const uint8_t> codes) noexcept override;
  void HoldBack(std::span<const uint8_t> codes);
  void Keep(std::span<const uint8_t> codes);
  domain::Milliseconds SilenceNow(async::Time now) const;

  domain::AudioSink& sink_;
  RecordLimits limits_;
  domain::Law law_;
  uint64_t max_samples_;
  uint64_t samples_ = 0;
  domain::SpeechMeter meter_;
  ToneKeys* const tones_;
  std::array<uint8_t, ToneKeys::kOnset + ToneKeys::kStep> held_back_;  // the newest audio
  size_t held_back_size_ = 0;
  Assembler assembler_;
  std::optional<async::Time> held_since_;
  domain::Milliseconds silence_from_{0};  // silence before it does not count
};

}  // namespace um::media

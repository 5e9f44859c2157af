// SpeechMeter: where in a recording is speech? One definition for the silence limit while
// recording, for the trailing silence that is cut, and for "was anything said at all", live and
// when a crashed recording is recovered.   Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "mailbox/domain/g711.h"
#include "mailbox/domain/time.h"

namespace um::domain {

/// Measures in frames of 20 ms. A frame is speech when its energy, without its mean, is above both
/// an absolute floor
/// (-50 dBov) and the noise by 9 dB. The noise is what the pauses of the last three seconds have,
/// or the last second itself when it varied by less than those 9 dB: speech never does. A single
/// frame among silence is a click, not speech, but one that follows speech by 200 ms or less is its
/// final consonant. The answers depend on the samples alone, not on how Add() was called.
///
/// Noise cannot be told from speech before it has lasted. So the first second is judged twice:
/// against the floor while it comes in, and against its own noise once it is complete, when
/// speech() and last_speech() may go back. After that they only grow, and noise that sets in later
/// counts as speech for at most a second.
class SpeechMeter {
 public:
  explicit SpeechMeter(Law law) : law_(law) {}
  /// More of the recording, any length.
  void Add(std::span<const uint8_t> codes);
  /// All that was added.
  Milliseconds length() const;
  /// Sum of the frames that are speech.
  Milliseconds speech() const;
  /// End of the last speech frame, from the start; zero if none.
  Milliseconds last_speech() const;
  /// Silence since the last speech (or since the start).
  Milliseconds trailing_silence() const { return length() - last_speech(); }

 private:
  static constexpr int kOpening = 50;  // frames that are judged twice
  static constexpr int kBlocks = 15;   // the memory for noise: 15 blocks of 200 ms

  struct Block {
    float quietest = 0;  // mean square
    float loudest = 0;
  };
  void AddFrame();
  void UpdateNoise();
  void Judge(float energy);

  Law law_;
  uint64_t samples_ = 0;
  // The frame being filled.
  int filled_ = 0;
  int64_t sum_ = 0;
  int64_t sum_of_squares_ = 0;
  // Noise.
  int64_t frames_ = 0;
  std::array<float, kOpening> opening_{};
  std::array<Block, kBlocks> blocks_{};  // a ring
  float noise_ = 0;                      // mean square
  // What was judged so far.
  int64_t judged_ = 0;
  int64_t speech_frames_ = 0;
  int64_t last_speech_frame_ = 0;  // 1-based; 0: none
  bool pending_click_ = false;     // the last frame was above, alone so far
};

}  // namespace um::domain

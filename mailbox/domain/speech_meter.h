// SpeechMeter: where in a recording is speech? One definition for the silence limit while recording, for the trailing
// silence that is cut, and for "was anything said at all", live and when a crashed recording is recovered.   Pure.
#pragma once

#include <cstdint>
#include <span>

#include "mailbox/domain/g711.h"
#include "mailbox/domain/time.h"

namespace um::domain {

/// Measures in frames of 20 ms. A frame is speech when its energy, without its mean, is above both an absolute floor
/// (-50 dBov) and a noise estimate that follows the quietest frames (by 9 dB). A single frame among silence is a click, not speech.
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
  void AddFrame();
  Law law_;
  uint64_t samples_ = 0;
  // The frame being filled.
  int filled_ = 0;
  int64_t sum_ = 0;
  int64_t sum_of_squares_ = 0;
  // State.
  double noise_ = 0;        // mean square
  int frames_ = 0;
  int speech_frames_ = 0;
  int last_speech_frame_ = 0;  // 1-based end; 0: none
  bool pending_click_ = false;
};

}  // namespace um::domain

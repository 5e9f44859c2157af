// ToneKeys: keys out of the caller's audio (DTMF, ITU-T Q.23 and Q.24), for peers that send no RFC
// 4733 events.   Pure; thread: media.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "mailbox/domain/g711.h"

namespace um::media {

class ToneKeys {
 public:
  static constexpr size_t kStep = 102;  ///< samples; how often the detector decides
  /// A tone that has just been told began at most so many samples ago: it is told after two steps
  /// that agree, may begin within a step, and the first of its steps may be too noisy to count.
  static constexpr size_t kOnset = 4 * kStep;

  /// `pressed` is called once per press, from inside Hear() and HearPacket().
  explicit ToneKeys(std::function<void(char key)> pressed);
  ~ToneKeys();

  /// What the audio just heard is.
  enum class Tone {
    kNone,
    kNew,   ///< a key has just been told; see kOnset
    kHeld,  ///< it is still held
  };
  /// The next audio of a stream without gaps: at most kStep samples.
  Tone Hear(std::span<const uint8_t> codes, domain::Law law);
  /// The same as it comes from the network: late packets do not count, a lost one neither ends a
  /// tone nor begins another, a pause of the sender (silence suppression) ends it.
  void HearPacket(int64_t sequence, uint32_t timestamp, std::span<const uint8_t> codes,
                  domain::Law law);

 private:
  struct Detector;
  struct Place {
    int64_t sequence = 0;  // of the next packet
    uint32_t timestamp = 0;
  };
  void SkipTo(int64_t sequence, uint32_t timestamp);

  std::unique_ptr<Detector> detector_;
  std::optional<Place> next_;
};

}  // namespace um::media

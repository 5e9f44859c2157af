// G.723.1 (ITU-T): frames of 30 ms for calls. By FFmpeg, as no other library of Debian has it.
// Thread: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace um::audio {

class G7231Decoder {
 public:
  static constexpr size_t kFrameSamples = 240;

  G7231Decoder();
  ~G7231Decoder();
  /// How long the frame at the front is [bytes]: 24 (6.3 kbit/s), 20 (5.3), 4 or 1 (silence); 0:
  /// there is none whole. RFC 3551 section 4.5.3.
  static size_t FrameSize(std::span<const uint8_t> payload);
  /// One frame. Silence if it is broken.
  void Decode(std::span<const uint8_t> frame, std::span<int16_t, kFrameSamples> samples);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class G7231Encoder {
 public:
  static constexpr size_t kFrameBytes = 24;  // 6.3 kbit/s

  G7231Encoder();
  ~G7231Encoder();
  void Encode(std::span<const int16_t, G7231Decoder::kFrameSamples> samples,
              std::span<uint8_t, kFrameBytes> frame);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace um::audio

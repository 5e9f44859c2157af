#include "mailbox/domain/speech_meter.h"

#include <algorithm>

namespace um::domain {
namespace {
constexpr int kFrame = kSampleRate / 50;  // 20 ms
constexpr Milliseconds kFrameTime{20};
// -50 dBov, as a mean square; 0 dBov is a full-scale square wave: 32768^2 * 10^(-50/10).
constexpr float kFloor = 10737.4F;
constexpr float kAboveNoise = 7.94F;  // 9 dB
constexpr int kBlock = 10;            // frames: 200 ms
constexpr int kSteady =
    4;  // blocks that vary little are noise: with the one being filled, at most a second
}  // namespace

void SpeechMeter::Add(std::span<const uint8_t> codes) {
  const auto& linear = G711Table(law_);
  samples_ += codes.size();
  while (!codes.empty()) {
    const auto part = codes.first(std::min<size_t>(codes.size(), kFrame - filled_));
    int64_t sum = 0;
    int64_t squares = 0;
    for (const uint8_t code : part) {
      const int32_t x = linear[code];
      sum += x;
      squares += int64_t{x} * x;
    }
    sum_ += sum;
    sum_of_squares_ += squares;
    filled_ += static_cast<int>(part.size());
    codes = codes.subspan(part.size());
    if (filled_ == kFrame) AddFrame();
  }
}

void SpeechMeter::AddFrame() {
  const double mean = static_cast<double>(sum_) / kFrame;
  const auto energy =
      static_cast<float>(static_cast<double>(sum_of_squares_) / kFrame - mean * mean);
  filled_ = 0;
  sum_ = sum_of_squares_ = 0;

  Block& block = blocks_[frames_ / kBlock % kBlocks];
  if (frames_ % kBlock == 0) block = {energy, energy};
  block.quietest = std::min(block.quietest, energy);
  block.loudest = std::max(block.loudest, energy);
  if (frames_ < kOpening) opening_[frames_] = energy;
  ++frames_;
  if (frames_ % kBlock == 0 && frames_ >= kOpening) UpdateNoise();
  if (frames_ != kOpening) return Judge(energy);
  judged_ = speech_frames_ = last_speech_frame_ = 0;
  pending_click_ = false;
  for (const float each : opening_) Judge(each);
}

void SpeechMeter::UpdateNoise() {
  const int64_t complete = frames_ / kBlock;
  Block last = blocks_[(complete - 1) % kBlocks];
  for (int i = 2; i <= kSteady; ++i) {
    const Block& block = blocks_[(complete - i) % kBlocks];
    last.quietest = std::min(last.quietest, block.quietest);
    last.loudest = std::max(last.loudest, block.loudest);
  }
  if (last.loudest <= last.quietest * kAboveNoise) {
    noise_ = last.quietest;
    return;
  }
  // Not the very quietest of many blocks: a lost packet or a key press leaves a moment without
  // noise in a noisy call.
  std::array<float, kBlocks> quietest;
  const int n = static_cast<int>(std::min<int64_t>(complete, kBlocks));
  for (int i = 0; i < n; ++i) quietest[i] = blocks_[i].quietest;
  const auto nth = quietest.begin() + (n - 1) / 5;
  std::nth_element(quietest.begin(), nth, quietest.begin() + n);
  noise_ = *nth;
}

void SpeechMeter::Judge(float energy) {
  ++judged_;
  if (energy <= kFloor || energy <= noise_ * kAboveNoise) {
    pending_click_ = false;
    return;
  }
  const bool follows = last_speech_frame_ > 0 && judged_ - last_speech_frame_ <= kBlock;
  if (!follows && !pending_click_) {
    pending_click_ = true;
    return;
  }
  speech_frames_ += pending_click_ ? 2 : 1;
  last_speech_frame_ = judged_;
  pending_click_ = false;
}

Milliseconds SpeechMeter::length() const { return Milliseconds(samples_ * 1000 / kSampleRate); }
Milliseconds SpeechMeter::speech() const { return speech_frames_ * kFrameTime; }
Milliseconds SpeechMeter::last_speech() const { return last_speech_frame_ * kFrameTime; }

}  // namespace um::domain

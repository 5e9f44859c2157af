#include "mailbox/media/recorder.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace um::media {
namespace {
using async::Duration;
// Without packets for this long the sender is silent (silence suppression), and the clock counts.
constexpr Duration kQuiet{200'000};
}  // namespace

Recorder::Recorder(domain::AudioSink& sink, RecordLimits limits, domain::Law law, int64_t after,
                   ToneKeys* tones, async::Time now)
    : sink_(sink),
      limits_(limits),
      law_(law),
      max_samples_(static_cast<uint64_t>(limits.max.count()) * domain::kSampleRate / 1'000'000),
      meter_(law),
      tones_(tones),
      assembler_(*this, law, after, now) {}

void Recorder::AddAudio(const Assembler::Piece& piece, domain::Law law, bool silent,
                        async::Time now) {
  if (held_since_) return;
  const size_t n = piece.samples();
  const bool as_it_is = law == law_ || piece.decoder != nullptr;
  if (n > Assembler::kMaxPacket || (as_it_is && !silent)) return assembler_.Add(piece, now);
  uint8_t codes[Assembler::kMaxPacket];
  if (silent) {
    std::memset(codes, domain::SilenceCode(law_), n);
  } else {
    const auto& table = domain::TranscodingTo(law_);
    std::transform(piece.codes.begin(), piece.codes.end(), codes,
                   [&](uint8_t code) { return table[code]; });
  }
  assembler_.Add({piece.sequence, piece.timestamp, {codes, n}}, now);
}

void Recorder::AddNothing(int64_t sequence, uint32_t timestamp, int noise, async::Time now) {
  if (held_since_) return;
  assembler_.Add({.sequence = sequence, .timestamp = timestamp, .codes = {}, .noise = noise}, now);
}

std::optional<RecordingStop> Recorder::Advance(async::Time now) {
  assembler_.Advance(now);
  if (max_samples_ > 0 && samples_ >= max_samples_) return RecordingStop::kLimit;
  if (held_since_ || limits_.idle_timeout == Duration::zero()) return std::nullopt;
  if (SilenceNow(now) < limits_.idle_timeout) return std::nullopt;
  return RecordingStop::kSilence;
}

domain::Milliseconds Recorder::SilenceNow(async::Time now) const {
  domain::Milliseconds silence = meter_.length() - std::max(meter_.last_speech(), silence_from_);
  const Duration quiet = now - assembler_.last_audio();
  if (quiet > kQuiet) silence += std::chrono::duration_cast<domain::Milliseconds>(quiet);
  return silence;
}

void Recorder::SetHeld(bool held, async::Time now) {
  if (held == held_since_.has_value()) return;
  if (held) {
    assembler_.Flush(now);
    held_since_ = now;
  } else {
    assembler_.Forget(*held_since_, now);
    held_since_.reset();
    silence_from_ = meter_.length();
  }
}

void Recorder::Flush(async::Time now) {
  assembler_.Flush(now);
  Keep(std::span(held_back_).first(std::exchange(held_back_size_, 0)));
}

void Recorder::Append(std::span<const uint8_t> codes) noexcept {
  if (tones_ == nullptr) return Keep(codes);
  while (!codes.empty()) {
    const size_t n = std::min(codes.size(), ToneKeys::kStep);
    HoldBack(codes.first(n));
    codes = codes.subspan(n);
  }
}

void Recorder::HoldBack(std::span<const uint8_t> codes) {
  const ToneKeys::Tone tone = tones_->Hear(codes, law_);
  std::copy(codes.begin(), codes.end(), held_back_.begin() + held_back_size_);
  held_back_size_ += codes.size();
  size_t silent = 0;
  if (tone == ToneKeys::Tone::kNew) silent = held_back_size_;
  if (tone == ToneKeys::Tone::kHeld) silent = codes.size();
  const auto end = held_back_.begin() + held_back_size_;
  std::fill(end - silent, end, domain::SilenceCode(law_));
  if (held_back_size_ <= ToneKeys::kOnset) return;
  const size_t over = held_back_size_ - ToneKeys::kOnset;
  Keep(std::span(held_back_).first(over));
  std::copy(held_back_.begin() + over, end, held_back_.begin());
  held_back_size_ = ToneKeys::kOnset;
}

void Recorder::Keep(std::span<const uint8_t> codes) {
  if (max_samples_ > 0)
    codes = codes.first(std::min<uint64_t>(codes.size(), max_samples_ - samples_));
  if (codes.empty()) return;
  samples_ += codes.size();
  meter_.Add(codes);
  sink_.Append(codes);
}

}  // namespace um::media

#include "mailbox/media/assembler.h"

#include <algorithm>
#include <cstring>

namespace um::media {
namespace {
using async::Duration;
constexpr Duration kPatience{100'000};
constexpr Duration kSlack{2'000'000};
constexpr int kLoudest = 50;         // [-dBov] of comfort noise: none is taken for speech
constexpr Duration kPause{100'000};  // a restarted source that was away longer than this left a gap

int64_t Samples(Duration time) { return time.count() * domain::kSampleRate / 1'000'000; }
}  // namespace

Assembler::Assembler(domain::AudioSink& out, domain::Law law, int64_t after, async::Time now)
    : out_(out),
      law_(law),
      concealer_(law),
      next_(after < 0 ? -1 : after + 1),
      start_(now),
      last_audio_(now) {}

int64_t Assembler::Room(async::Time now) const { return Samples(now - start_ + kSlack) - given_; }

void Assembler::Add(const Piece& piece, async::Time now) {
  if (piece.codes.size() > kMaxPacket) return;
  if (next_ < 0) next_ = piece.sequence;
  if (Full() && piece.sequence > First().sequence) {
    ReleaseFirst(now);
    ReleaseInOrder(now);
  }
  if (piece.sequence < next_) {
    ++late_;
  } else if (piece.sequence > next_ && !Full()) {
    Hold(piece, now);
  } else {
    Deliver(piece, now);
    ReleaseInOrder(now);
  }
}

void Assembler::Hold(const Piece& piece, async::Time now) {
  if (!waiting_) waiting_ = std::make_unique<Waiting>();
  Waiting& w = *waiting_;
  size_t at = w.count;
  while (at > 0 && w.slots[w.order[at - 1]].sequence > piece.sequence) --at;
  if (at > 0 && w.slots[w.order[at - 1]].sequence == piece.sequence) return;
  // order[] is a permutation of all slots; those at and after `count` are free.
  if (w.count == 0) {
    for (size_t i = 0; i < kHeld; ++i) w.order[i] = static_cast<uint8_t>(i);
  }
  const uint8_t slot = w.order[w.count];
  std::memmove(w.order + at + 1, w.order + at, w.count - at);
  w.order[at] = slot;
  ++w.count;
  Held& held = w.slots[slot];
  held.sequence = piece.sequence;
  held.timestamp = piece.timestamp;
  held.arrival = now;
  held.decoder = piece.decoder;
  held.noise = piece.noise;
  held.size = piece.codes.size();
  if (held.size > 0) std::memcpy(held.codes, piece.codes.data(), held.size);
}

void Assembler::ReleaseFirst(async::Time now) {
  Waiting& w = *waiting_;
  const uint8_t slot = w.order[0];
  --w.count;
  std::memmove(w.order, w.order + 1, w.count);
  w.order[w.count] = slot;
  const Held& held = w.slots[slot];
  Deliver({held.sequence, held.timestamp, {held.codes, held.size}, held.decoder, held.noise}, now);
}

void Assembler::ReleaseInOrder(async::Time now) {
  while (waiting_ && waiting_->count > 0 && First().sequence <= next_) ReleaseFirst(now);
}

void Assembler::Advance(async::Time now) {
  while (waiting_ && waiting_->count > 0 && now - First().arrival >= kPatience) {
    ReleaseFirst(now);
    ReleaseInOrder(now);
  }
}

void Assembler::Flush(async::Time now) {
  while (waiting_ && waiting_->count > 0) ReleaseFirst(now);
}

void Assembler::Restart(async::Time now) {
  Flush(now);
  next_ = -1;
  next_timestamp_.reset();
}

void Assembler::Forget(async::Time since, async::Time now) {
  next_timestamp_.reset();
  next_ = -1;
  start_ += now - since;
  last_audio_ = now;
}

void Assembler::Deliver(const Piece& piece, async::Time now) {
  const int64_t missing = piece.sequence - next_;
  next_ = piece.sequence + 1;
  if (piece.codes.empty()) {
    after_nothing_ = true;
    noise_.SetLevel(std::max(piece.noise, kLoudest));
    return;
  }
  if (!fresh_) FillGap(piece, missing, now);
  const size_t length = piece.samples();
  next_timestamp_ = piece.timestamp + static_cast<uint32_t>(length);
  after_nothing_ = false;
  if (Room(now) < static_cast<int64_t>(length)) return;  // faster than time: a flood
  fresh_ = false;
  last_size_ = length;
  last_audio_ = now;
  if (piece.decoder == nullptr) {
    concealer_.Heard(piece.codes);
    return Append(piece.codes);
  }
  int16_t samples[Decoder::kMostSamples];
  uint8_t codes[kMaxPacket];
  const size_t n = piece.decoder->Decode(piece.codes, samples);
  domain::EncodeG711(law_, {samples, n}, codes);
  concealer_.Heard({codes, n});
  Append({codes, n});
  Silence(static_cast<int64_t>(length - std::min(n, length)));  // of a packet that is broken inside
}

void Assembler::Append(std::span<const uint8_t> codes) {
  given_ += static_cast<int64_t>(codes.size());
  out_.Append(codes);
}

void Assembler::FillGap(const Piece& piece, int64_t missing, async::Time now) {
  const int64_t lost = after_nothing_ ? 0 : missing * static_cast<int64_t>(last_size_);
  int64_t gap = 0;
  if (next_timestamp_) gap = static_cast<int32_t>(piece.timestamp - *next_timestamp_);
  if (!next_timestamp_ || gap < 0 || gap > Room(now)) {
    // The timestamps do not say how long the gap was: what the clock says, if that is a gap at all.
    const Duration away = now - last_audio_;
    gap = away > kPause ? Samples(away) - static_cast<int64_t>(piece.samples()) : 0;
    gap = std::max<int64_t>(gap, 0);
  }
  gap = std::min(gap, Room(now));
  if (gap <= 0) return;
  const int64_t concealed = std::min(gap, lost);
  Conceal(piece, concealed);
  if (after_nothing_) return Noise(gap);
  Silence(gap - concealed);
}

void Assembler::Noise(int64_t samples) {
  int16_t linear[kMaxPacket];
  uint8_t codes[kMaxPacket];
  while (samples > 0) {
    const auto n = static_cast<size_t>(std::min<int64_t>(samples, kMaxPacket));
    noise_.Fill({linear, n});
    domain::EncodeG711(law_, {linear, n}, codes);
    Append({codes, n});
    samples -= static_cast<int64_t>(n);
  }
}

void Assembler::Silence(int64_t samples) {
  uint8_t silence[kMaxPacket];
  std::memset(silence, domain::SilenceCode(law_), sizeof silence);
  while (samples > 0) {
    const auto n = std::min<int64_t>(samples, kMaxPacket);
    Append({silence, static_cast<size_t>(n)});
    samples -= n;
  }
}

void Assembler::Conceal(const Piece& next, int64_t samples) {
  uint8_t codes[kMaxPacket];
  const auto n = static_cast<size_t>(std::min<int64_t>(samples, kMaxPacket));
  if (n > 0) {
    if (!ConcealByCodec(next, {codes, n})) concealer_.Conceal({codes, n});
    Append({codes, n});
  }
  Silence(samples - static_cast<int64_t>(n));
}

bool Assembler::ConcealByCodec(const Piece& next, std::span<uint8_t> codes) {
  int16_t samples[kMaxPacket];
  const std::span<int16_t> guess(samples, codes.size());
  if (next.decoder == nullptr || !next.decoder->Conceal(next.codes, guess)) return false;
  domain::EncodeG711(law_, guess, codes.data());
  return true;
}

}  // namespace um::media

#include "mailbox/media/rtp_sender.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "mailbox/domain/comfort_noise.h"
#include "mailbox/media/wire.h"

namespace um::media {

RtpSender::RtpSender(std::span<const uint8_t, 10> random)
    : ssrc_(Get32(&random[0])), sequence_(Get16(&random[4])), timestamp_(Get32(&random[6])) {}

void RtpSender::Play(std::vector<domain::ClipPtr> clips) {
  std::erase(clips, nullptr);
  clips_ = std::move(clips);
  clip_ = position_ = 0;
}

size_t RtpSender::Next(const Form& form, Buffer out, bool& ended) {
  const size_t samples = std::min(form.samples, kMaxSamples);
  WriteRtpHeader({.payload_type = form.payload_type,
                  .marker = std::exchange(marker_, false),  // RFC 3551 section 4.1
                  .sequence = sequence_++,
                  .timestamp = timestamp_,
                  .ssrc = ssrc_},
                 out.first<kRtpHeader>());
  timestamp_ += static_cast<uint32_t>(samples) * form.ticks;
  const std::span<uint8_t> payload = out.subspan(kRtpHeader, samples);
  if (form.encoder == nullptr) {
    ended = Fill(payload,
                 [&](const domain::Clip& clip) -> const auto& { return clip.codes(form.law); });
    return kRtpHeader + samples;
  }
  std::array<int16_t, kMaxSamples> linear;
  ended = Fill(std::span(linear).first(samples),
               [](const domain::Clip& clip) -> const auto& { return clip.samples(); });
  return kRtpHeader + form.encoder->Encode(std::span(linear).first(samples), payload);
}

void RtpSender::Skip(size_t ticks) {
  timestamp_ += static_cast<uint32_t>(ticks);
  marker_ = true;
}

template <class T, class Of>
bool RtpSender::Fill(std::span<T> out, const Of& of) {
  const bool was_playing = playing();
  while (!out.empty() && clip_ < clips_.size()) {
    const std::vector<T>& all = of(*clips_[clip_]);
    const size_t n = std::min(out.size(), all.size() - position_);
    if (n > 0) std::memcpy(out.data(), all.data() + position_, n * sizeof(T));
    out = out.subspan(n);
    position_ += n;
    if (position_ == all.size()) {
      ++clip_;
      position_ = 0;
    }
  }
  const std::vector<T>& noise = of(domain::QuietLine());
  for (std::span<T> rest = out; !rest.empty();) {
    const size_t n = std::min(rest.size(), noise.size() - noise_);
    std::memcpy(rest.data(), noise.data() + noise_, n * sizeof(T));
    rest = rest.subspan(n);
    noise_ = noise_ + n == noise.size() ? 0 : noise_ + n;
  }
  if (clip_ < clips_.size()) return false;
  clips_.clear();
  return was_playing;
}

}  // namespace um::media

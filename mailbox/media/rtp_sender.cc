#include "mailbox/media/rtp_sender.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "mailbox/media/wire.h"

namespace um::media {

RtpSender::RtpSender(std::span<const uint8_t, 10> random)
    : ssrc_(Get32(&random[0])), sequence_(Get16(&random[4])), timestamp_(Get32(&random[6])) {}

void RtpSender::Play(std::vector<domain::ClipPtr> clips) {
  std::erase(clips, nullptr);
  clips_ = std::move(clips);
  clip_ = position_ = 0;
}

size_t RtpSender::Next(domain::Law law, uint8_t payload_type, size_t samples, Buffer out,
                       bool& ended) {
  samples = std::min(samples, kMaxSamples);
  WriteRtpHeader({.payload_type = payload_type,
                  .marker = std::exchange(marker_, false),  // RFC 3551 section 4.1
                  .sequence = sequence_++,
                  .timestamp = timestamp_,
                  .ssrc = ssrc_},
                 out.first<kRtpHeader>());
  timestamp_ += static_cast<uint32_t>(samples);
  ended = Fill(law, out.subspan(kRtpHeader, samples));
  return kRtpHeader + samples;
}

void RtpSender::Skip(size_t samples) {
  timestamp_ += static_cast<uint32_t>(samples);
  marker_ = true;
}

bool RtpSender::Fill(domain::Law law, std::span<uint8_t> out) {
  const bool was_playing = playing();
  while (!out.empty() && clip_ < clips_.size()) {
    const std::vector<uint8_t>& codes = clips_[clip_]->codes(law);
    const size_t n = std::min(out.size(), codes.size() - position_);
    if (n > 0) std::memcpy(out.data(), codes.data() + position_, n);
    out = out.subspan(n);
    position_ += n;
    if (position_ == codes.size()) {
      ++clip_;
      position_ = 0;
    }
  }
  if (!out.empty()) std::memset(out.data(), domain::SilenceCode(law), out.size());
  if (clip_ < clips_.size()) return false;
  clips_.clear();
  return was_playing;
}

}  // namespace um::media

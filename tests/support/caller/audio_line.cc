#include "tests/support/caller/audio_line.h"

#include <array>
#include <cstring>
#include <random>
#include <utility>

namespace um::tests {
namespace {
constexpr async::Duration kPacket = std::chrono::milliseconds(20);
constexpr size_t kSamples = 160;

uint32_t Random() {
  static std::mt19937 random{std::random_device()()};
  return static_cast<uint32_t>(random());
}
}  // namespace

AudioLine::AudioLine(async::Loop& loop, media::Batch& batch, LineStatistics& statistics,
                     Events events)
    : loop_(loop),
      batch_(batch),
      statistics_(statistics),
      events_(std::move(events)),
      sequence_(static_cast<uint16_t>(Random())),
      timestamp_(Random()),
      ssrc_(Random()),
      timer_(loop, [this] { OnTime(); }) {}

absl::Status AudioLine::Open(media::PortRange& ports, const net::IpAddress& local) {
  auto opened = ports.Open(local);
  if (opened.ok()) ports_ = *std::move(opened);
  return opened.status();
}

void AudioLine::Start(const net::Endpoint& remote) {
  remote_size_ = remote.ToSockaddr(remote_);
  due_ = loop_.Now();
  timer_.Start({});
}

void AudioLine::OnTime() {
  const async::Time now = loop_.Now();
  statistics_.late_ms.push_back(static_cast<float>((now - due_).count()) / 1000);
  due_ += kPacket;
  timer_.Start(due_ - now);
  Listen();
  if (speaking_ && to_say_.empty()) {
    speaking_ = false;
    events_.said();
  }
  if (!timer_.running()) return;  // stopped meanwhile
  static constexpr auto kSilence = [] {
    std::array<uint8_t, kSamples> codes{};
    codes.fill(0xFF);
    return codes;
  }();
  if (to_say_.empty()) return Send(kSilence);
  if (!std::exchange(speaking_, true)) began_ = now;
  Send(to_say_.first(kSamples));
  to_say_ = to_say_.subspan(kSamples);
}

void AudioLine::Send(std::span<const uint8_t> codes) {
  std::array<uint8_t, media::kRtpHeader + kSamples> packet;
  media::WriteRtpHeader({.sequence = sequence_++, .timestamp = timestamp_, .ssrc = ssrc_},
                        std::span(packet).first<media::kRtpHeader>());
  std::memcpy(packet.data() + media::kRtpHeader, codes.data(), kSamples);
  timestamp_ += kSamples;
  ports_.rtp.SendTo(packet, remote_, remote_size_);
}

void AudioLine::Listen() {
  size_t n;
  do {
    n = batch_.Receive(ports_.rtp);
    for (size_t i = 0; i < n; ++i) {
      if (const auto packet = media::ParseRtp(batch_[i].bytes)) Hear(*packet);
    }
  } while (n == media::Batch::kSize);
}

void AudioLine::Hear(const media::RtpPacket& packet) {
  ++statistics_.heard;
  if (heard_ && (packet.sequence != next_sequence_ || packet.timestamp != next_timestamp_)) {
    ++statistics_.gaps;
  }
  heard_ = true;
  next_sequence_ = static_cast<uint16_t>(packet.sequence + 1);
  next_timestamp_ = packet.timestamp + static_cast<uint32_t>(packet.payload.size());
  if (tone_.Hear(packet.payload)) events_.tone();
}

}  // namespace um::tests

#include "tests/support/caller/audio_line.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string_view>
#include <utility>

namespace um::tests {
namespace {
constexpr async::Duration kPacket = std::chrono::milliseconds(20);
constexpr size_t kSamples = 160;
// RFC 4733 section 2.5.1: a key's packets, the last three of which say that it has ended.
constexpr int kEventPackets = 8, kEventEnds = 3;

uint32_t Random() {
  static std::mt19937 random{std::random_device()()};
  return static_cast<uint32_t>(random());
}
}  // namespace

AudioLine::AudioLine(async::Loop& loop, media::Batch& batch, LineStatistics& statistics,
                     const Impairment& impairment, Events events)
    : loop_(loop),
      batch_(batch),
      statistics_(statistics),
      events_(std::move(events)),
      path_(loop, impairment,
            [this](std::span<const uint8_t> packet) {
              ports_.rtp.SendTo(packet, remote_, remote_size_);
            }),
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
  if (speaking_ && to_say_.empty() && event_packets_ == 0) {
    speaking_ = false;
    events_.said();
  }
  if (!timer_.running()) return;  // stopped meanwhile
  static constexpr auto kSilence = [] {
    std::array<uint8_t, kSamples> codes{};
    codes.fill(0xFF);
    return codes;
  }();
  if (event_packets_ > 0) return SendEvent();
  if (to_say_.empty()) return Send(kSilence);
  if (!std::exchange(speaking_, true)) began_ = now;
  Send(to_say_.first(kSamples));
  to_say_ = to_say_.subspan(kSamples);
}

void AudioLine::Press(char key) {
  event_ = static_cast<uint8_t>(std::string_view("0123456789*#").find(key));
  event_packets_ = kEventPackets;
  speaking_ = true;
}

void AudioLine::Send(std::span<const uint8_t> codes) {
  SendPacket(0, false, timestamp_, codes);
  timestamp_ += kSamples;
}

void AudioLine::SendEvent() {
  const int sent = kEventPackets - event_packets_--;
  const bool end = sent >= kEventPackets - kEventEnds;
  const auto duration =
      static_cast<uint16_t>(std::min(sent + 1, kEventPackets - kEventEnds + 1) * kSamples);
  const std::array<uint8_t, 4> payload = {event_, static_cast<uint8_t>((end ? 0x80 : 0) | 10),
                                          static_cast<uint8_t>(duration >> 8),
                                          static_cast<uint8_t>(duration)};
  SendPacket(kEventType, sent == 0, timestamp_, payload);
  if (event_packets_ == 0) timestamp_ += kEventPackets * kSamples;
}

void AudioLine::SendPacket(uint8_t type, bool marker, uint32_t timestamp,
                           std::span<const uint8_t> payload) {
  std::array<uint8_t, media::kRtpHeader + kSamples> packet;
  media::WriteRtpHeader({type, marker, sequence_++, timestamp, ssrc_, {}},
                        std::span(packet).first<media::kRtpHeader>());
  std::memcpy(packet.data() + media::kRtpHeader, payload.data(), payload.size());
  path_.Take({packet.data(), media::kRtpHeader + payload.size()});
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

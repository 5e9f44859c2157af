#include "mailbox/media/rtp_sender.h"

#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "mailbox/domain/comfort_noise.h"
#include "tests/support/catch.h"

using namespace um::media;
using um::domain::Law;

namespace {
using Bytes = std::vector<uint8_t>;
um::domain::ClipPtr MakeClip(size_t samples, int from) {
  std::vector<int16_t> out;
  for (size_t i = 0; i < samples; ++i) out.push_back(static_cast<int16_t>(from + int(i) * 40));
  return std::make_shared<um::domain::Clip>(out);
}
struct Peer {
  explicit Peer(std::array<uint8_t, 10> random = {}) : sender(random) {}
  RtpSender sender;
  std::array<uint8_t, kRtpHeader + RtpSender::kMaxSamples> bytes{};
  bool ended = false;
  RtpPacket Next(Law law = Law::kMu, size_t samples = 160) {
    const auto type = static_cast<uint8_t>(law == Law::kMu ? 0 : 8);
    const size_t n =
        sender.Next({.law = law, .payload_type = type, .samples = samples}, bytes, ended);
    return *ParseRtp(std::span(bytes).first(n));
  }
};
/// The line's noise, from one of its samples on.
Bytes Quiet(Law law, size_t from, size_t samples) {
  const Bytes& noise = um::domain::QuietLine().codes(law);
  return {noise.begin() + static_cast<long>(from),
          noise.begin() + static_cast<long>(from + samples)};
}
Bytes Payload(const RtpPacket& p) { return {p.payload.begin(), p.payload.end()}; }
}  // namespace

TEST_CASE("what is sent is the clips, one after the other, then a quiet line") {
  Peer peer;
  const um::domain::ClipPtr a = MakeClip(250, -3000);
  const um::domain::ClipPtr b = MakeClip(100, 500);
  peer.sender.Play({a, nullptr, MakeClip(0, 0), b});
  Bytes heard;
  for (int i = 0; i < 4; ++i) {
    const Bytes p = Payload(peer.Next());
    CHECK(peer.ended == (i == 2));
    heard.insert(heard.end(), p.begin(), p.end());
  }
  Bytes expected = a->codes(Law::kMu);
  expected.insert(expected.end(), b->codes(Law::kMu).begin(), b->codes(Law::kMu).end());
  const Bytes quiet = Quiet(Law::kMu, 0, 290);
  expected.insert(expected.end(), quiet.begin(), quiet.end());
  CHECK(heard == expected);
}

TEST_CASE("a line on which nothing is played is as quiet as told, and never dead") {
  Peer peer;
  double sum = 0;
  const int packets = 400;  // longer than the noise lasts
  for (int i = 0; i < packets; ++i) {
    double sum_of_packet = 0;
    for (const uint8_t code : Payload(peer.Next(Law::kA))) {
      const double sample = um::domain::DecodeG711(Law::kA, code);
      sum_of_packet += sample * sample;
    }
    CHECK(sum_of_packet > 0);
    sum += sum_of_packet;
  }
  CHECK(20 * std::log10(std::sqrt(sum / (packets * 160)) / 32768) == Approx(-60).margin(1));
}

TEST_CASE("sequence and timestamp go on over play, silence, law and length, and wrap") {
  Peer peer({1, 2, 3, 4, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0x00});
  RtpPacket p = peer.Next();
  CHECK(p.ssrc == 0x01020304);
  CHECK(p.sequence == 0xFFFE);
  CHECK(p.timestamp == 0xFFFFFF00);
  CHECK(p.marker);
  peer.sender.Play({MakeClip(1000, 0)});
  p = peer.Next(Law::kA, 80);
  CHECK(p.sequence == 0xFFFF);
  CHECK(p.timestamp == 0xFFFFFFA0);
  CHECK(p.payload_type == 8);
  CHECK_FALSE(p.marker);
  peer.sender.StopPlaying();
  p = peer.Next(Law::kA, 480);
  CHECK(p.sequence == 0);
  CHECK(p.timestamp == 0xFFFFFFF0);
  CHECK(p.payload.size() == 480);
  CHECK(Payload(p) == Quiet(Law::kA, 160, 480));
  peer.sender.Skip(160);
  p = peer.Next();
  CHECK(p.sequence == 1);
  CHECK(p.timestamp == 0xFFFFFFF0u + 480 + 160);
  CHECK(p.marker);  // the first after a pause
}

TEST_CASE("stopped or replaced clips do not end") {
  Peer peer;
  peer.sender.Play({MakeClip(320, 0)});
  peer.Next();
  const um::domain::ClipPtr other = MakeClip(160, 8000);
  peer.sender.Play({other});
  CHECK(Payload(peer.Next()) == other->codes(Law::kMu));
  CHECK(peer.ended);
  peer.sender.Play({MakeClip(160, 0)});
  peer.sender.StopPlaying();
  CHECK(Payload(peer.Next()) == Quiet(Law::kMu, 0, 160));
  CHECK_FALSE(peer.ended);
}

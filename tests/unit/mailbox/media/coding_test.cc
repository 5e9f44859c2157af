#include "mailbox/media/coding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <random>
#include <vector>

#include "mailbox/media/assembler.h"
#include "tests/support/catch.h"

using namespace um::media;
using um::domain::Codec;
using namespace std::chrono_literals;

namespace {

using Samples = std::vector<int16_t>;
using Packet = std::vector<uint8_t>;
constexpr Codec kCoded[] = {Codec::kG722, Codec::kOpus, Codec::kG7231};

// A voice of sorts: harmonics of a gliding pitch, in syllables.
Samples Voice(size_t length) {
  Samples out;
  double phase = 0;
  for (size_t i = 0; i < length; ++i) {
    const double t = static_cast<double>(i) / um::domain::kSampleRate;
    phase += 2 * std::numbers::pi * (130 + 30 * std::sin(2 * t)) / um::domain::kSampleRate;
    double sample = 0;
    for (int k = 1; k <= 12; ++k) sample += std::sin(k * phase) / k;
    out.push_back(static_cast<int16_t>(5000 * sample * (0.55 + 0.45 * std::sin(9 * t))));
  }
  return out;
}

// The likeness of two signals at the best of all delays up to 40 ms: codecs delay.
double Likeness(const Samples& sent, const Samples& got) {
  double best = 0;
  for (size_t delay = 0; delay <= 320; ++delay) {
    double ab = 0, aa = 1, bb = 1;
    for (size_t i = 0; i + delay < got.size() && i < sent.size(); ++i) {
      ab += double{1} * sent[i] * got[i + delay];
      aa += double{1} * sent[i] * sent[i];
      bb += double{1} * got[i + delay] * got[i + delay];
    }
    best = std::max(best, ab / std::sqrt(aa * bb));
  }
  return best;
}

std::vector<Packet> Encoded(Codec codec, const Samples& samples, size_t length) {
  const auto encoder = MakeEncoder(codec);
  std::vector<Packet> packets;
  for (size_t at = 0; at + length <= samples.size(); at += length) {
    Packet packet(length);
    packet.resize(encoder->Encode(std::span(samples).subspan(at, length), packet));
    packets.push_back(packet);
  }
  return packets;
}

struct Sink final : um::domain::AudioSink {
  void Append(std::span<const uint8_t> codes) noexcept override {
    for (const uint8_t code : codes) {
      samples.push_back(um::domain::DecodeG711(um::domain::Law::kMu, code));
    }
  }
  Samples samples;
};

}  // namespace

TEST_CASE("G.711 needs no coding") {
  CHECK(MakeDecoder(Codec::kPcmu) == nullptr);
  CHECK(MakeEncoder(Codec::kPcma) == nullptr);
}

TEST_CASE("what is encoded comes out of the decoder as long as it was, and alike") {
  for (const Codec codec : kCoded) {
    const size_t step = um::domain::FormOf(codec).shortest_ms * 8;
    for (size_t length = step; length <= 480; length += step) {
      CAPTURE(um::domain::FormOf(codec).encoding, length);
      const Samples voice = Voice(16000);
      const auto decoder = MakeDecoder(codec);
      Samples heard;
      for (const Packet& packet : Encoded(codec, voice, length)) {
        REQUIRE_FALSE(packet.empty());
        CHECK(decoder->Length(packet) == length);
        std::array<int16_t, Decoder::kMostSamples> samples;
        REQUIRE(decoder->Decode(packet, samples) == length);
        heard.insert(heard.end(), samples.begin(), samples.begin() + static_cast<long>(length));
      }
      CHECK(Likeness(voice, heard) > (codec == Codec::kG722 ? 0.98 : 0.8));
    }
  }
}

TEST_CASE("any bytes are decoded to a bounded number of samples") {
  std::mt19937 random(7);
  for (const Codec codec : kCoded) {
    const auto decoder = MakeDecoder(codec);
    CHECK(decoder->Length({}) == 0);
    for (int i = 0; i < 3000; ++i) {
      Packet packet(random() % 960);
      for (uint8_t& byte : packet) byte = static_cast<uint8_t>(random());
      std::array<int16_t, Decoder::kMostSamples> samples;
      CHECK(decoder->Length(packet) <= samples.size());
      CHECK(decoder->Decode(packet, samples) <= samples.size());
      std::array<int16_t, 480> guess;
      decoder->Conceal(packet, guess);
      decoder->Conceal({}, guess);
    }
  }
}

TEST_CASE("a packet that is broken inside leaves silence of its length") {
  struct Broken final : Decoder {
    size_t Length(std::span<const uint8_t>) const override { return 160; }
    size_t Decode(std::span<const uint8_t>, std::span<int16_t, kMostSamples> samples) override {
      std::fill_n(samples.begin(), 40, int16_t{1000});
      return 40;
    }
    bool Conceal(std::span<const uint8_t>, std::span<int16_t>) override { return false; }
  } decoder;
  Sink sink;
  Assembler assembler(sink, um::domain::Law::kMu, -1, um::async::Time{});
  const Packet packet(10, uint8_t{1});
  for (int64_t i = 0; i < 3; ++i) {
    assembler.Add({.sequence = i,
                   .timestamp = static_cast<uint32_t>(i * 160),
                   .codes = packet,
                   .decoder = &decoder},
                  um::async::Time{});
  }
  REQUIRE(sink.samples.size() == 480);
  CHECK(sink.samples[160] > 900);
  CHECK(sink.samples[200] == 0);
}

TEST_CASE("packets that come in another order are decoded in the right one, and losses concealed") {
  for (const Codec codec : kCoded) {
    CAPTURE(um::domain::FormOf(codec).encoding);
    const size_t length = codec == Codec::kG7231 ? 240 : 160;
    const Samples voice = Voice(24000);
    const std::vector<Packet> packets = Encoded(codec, voice, length);
    const auto decoder = MakeDecoder(codec);
    Sink sink;
    um::async::Time now{};
    Assembler assembler(sink, um::domain::Law::kMu, 99, now);
    const auto add = [&](size_t i) {
      if (i >= packets.size() || i % 20 == 10) return;  // every twentieth is lost
      assembler.Add({.sequence = static_cast<int64_t>(100 + i),
                     .timestamp = static_cast<uint32_t>(i * length),
                     .codes = packets[i],
                     .decoder = decoder.get()},
                    now);
    };
    for (size_t i = 0; i < packets.size(); i += 2) {
      add(i + 1);
      add(i);
      now += std::chrono::microseconds(length * 2 * 125);
      assembler.Advance(now);
    }
    assembler.Flush(now);
    CHECK(sink.samples.size() == packets.size() * length);
    // What is lost costs likeness; packets decoded in the order of coming would cost most of it.
    CHECK(Likeness(voice, sink.samples) > 0.5);
  }
}

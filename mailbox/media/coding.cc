#include "mailbox/media/coding.h"

#include <opus/opus.h>
#include <spandsp.h>

#include <algorithm>

#include "mailbox/audio/g7231.h"

namespace um::media {
namespace {

constexpr int kG722Rate = 64000;      // [bit/s] a byte is two samples of 16 kHz, one of 8 kHz
constexpr int kOpusRate = 16000;      // [bit/s]
constexpr int kOpusComplexity = 5;    // of 10
constexpr int kOpusExpectedLoss = 5;  // [%] what the forward error correction is made for

template <class T, auto Release>
struct Freed {
  void operator()(T* state) const { Release(state); }
};

/// Of the two bands the upper one, over 4 kHz, is not decoded, and silent in what we send.
class G722Decoder final : public Decoder {
 public:
  size_t Decode(std::span<const uint8_t> payload,
                std::span<int16_t, kMostSamples> samples) override {
    const size_t n = std::min(payload.size(), kMostSamples);
    const int got = g722_decode(state_.get(), samples.data(), payload.data(), static_cast<int>(n));
    return static_cast<size_t>(std::max(got, 0));
  }
  size_t Length(std::span<const uint8_t> payload) const override {
    return std::min(payload.size(), kMostSamples);
  }
  bool Conceal(std::span<const uint8_t>, std::span<int16_t>) override { return false; }

 private:
  std::unique_ptr<g722_decode_state_t, Freed<g722_decode_state_t, g722_decode_free>> state_{
      g722_decode_init(nullptr, kG722Rate, G722_SAMPLE_RATE_8000)};
};

class G722Encoder final : public Encoder {
 public:
  size_t Encode(std::span<const int16_t> samples, std::span<uint8_t> packet) override {
    const size_t n = std::min(samples.size(), packet.size());
    const int got = g722_encode(state_.get(), packet.data(), samples.data(), static_cast<int>(n));
    return static_cast<size_t>(std::max(got, 0));
  }

 private:
  std::unique_ptr<g722_encode_state_t, Freed<g722_encode_state_t, g722_encode_free>> state_{
      g722_encode_init(nullptr, kG722Rate, G722_SAMPLE_RATE_8000)};
};

/// RFC 6716 and 7587. It decodes to 8 kHz whatever the peer's bandwidth is.
class OpusDecoding final : public Decoder {
 public:
  size_t Decode(std::span<const uint8_t> payload,
                std::span<int16_t, kMostSamples> samples) override {
    if (payload.empty()) return 0;  // libopus would conceal
    const int got =
        opus_decode(state_.get(), payload.data(), static_cast<opus_int32>(payload.size()),
                    samples.data(), static_cast<int>(kMostSamples), 0);
    return static_cast<size_t>(std::max(got, 0));
  }

  size_t Length(std::span<const uint8_t> payload) const override {
    const int samples =
        payload.empty()
            ? 0
            : opus_packet_get_nb_samples(payload.data(), static_cast<opus_int32>(payload.size()),
                                         domain::kSampleRate);
    return samples > static_cast<int>(kMostSamples) ? 0 : static_cast<size_t>(std::max(samples, 0));
  }

  /// The last lost packet may be in `payload`, coarsely (RFC 6716 section 2.1.7); what was lost
  /// before that is made up.
  bool Conceal(std::span<const uint8_t> payload, std::span<int16_t> samples) override {
    if (payload.empty()) return false;
    const size_t n = samples.size() / kStep * kStep;
    const int frame = opus_packet_get_samples_per_frame(payload.data(), domain::kSampleRate);
    const size_t sent_again = std::min<size_t>(n, std::max(frame, 0));
    const auto fill = [&](std::span<int16_t> out, bool again) {
      return out.empty() || opus_decode(state_.get(), again ? payload.data() : nullptr,
                                        again ? static_cast<opus_int32>(payload.size()) : 0,
                                        out.data(), static_cast<int>(out.size()),
                                        again ? 1 : 0) == static_cast<int>(out.size());
    };
    std::fill(samples.begin() + static_cast<ptrdiff_t>(n), samples.end(), int16_t{0});
    return fill(samples.first(n - sent_again), false) &&
           fill(samples.subspan(n - sent_again, sent_again), true);
  }

 private:
  static constexpr size_t kStep = 20;  // samples: 2.5 ms, what libopus counts in

  std::unique_ptr<OpusDecoder, Freed<OpusDecoder, opus_decoder_destroy>> state_{
      opus_decoder_create(domain::kSampleRate, 1, nullptr)};
};

class OpusEncoding final : public Encoder {
 public:
  OpusEncoding() {
    OpusEncoder* state = state_.get();
    opus_encoder_ctl(state, OPUS_SET_BITRATE(kOpusRate));
    opus_encoder_ctl(state, OPUS_SET_COMPLEXITY(kOpusComplexity));
    opus_encoder_ctl(state, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    opus_encoder_ctl(state, OPUS_SET_INBAND_FEC(1));
    opus_encoder_ctl(state, OPUS_SET_PACKET_LOSS_PERC(kOpusExpectedLoss));
  }
  size_t Encode(std::span<const int16_t> samples, std::span<uint8_t> packet) override {
    const int got = opus_encode(state_.get(), samples.data(), static_cast<int>(samples.size()),
                                packet.data(), static_cast<opus_int32>(packet.size()));
    return static_cast<size_t>(std::max(got, 0));
  }

 private:
  std::unique_ptr<OpusEncoder, Freed<OpusEncoder, opus_encoder_destroy>> state_{
      opus_encoder_create(domain::kSampleRate, 1, OPUS_APPLICATION_VOIP, nullptr)};
};

/// Whole frames; what follows the last one is ignored.
class G7231Decoding final : public Decoder {
 public:
  size_t Length(std::span<const uint8_t> payload) const override {
    size_t samples = 0;
    while (samples < kMostSamples) {
      const size_t size = audio::G7231Decoder::FrameSize(payload);
      if (size == 0) break;
      payload = payload.subspan(size);
      samples += kFrame;
    }
    return samples;
  }
  size_t Decode(std::span<const uint8_t> payload,
                std::span<int16_t, kMostSamples> samples) override {
    const size_t length = Length(payload);
    for (size_t at = 0; at < length; at += kFrame) {
      const size_t size = audio::G7231Decoder::FrameSize(payload);
      decoder_.Decode(payload.first(size), samples.subspan(at).first<kFrame>());
      payload = payload.subspan(size);
    }
    return length;
  }
  bool Conceal(std::span<const uint8_t>, std::span<int16_t>) override { return false; }

 private:
  static constexpr size_t kFrame = audio::G7231Decoder::kFrameSamples;
  audio::G7231Decoder decoder_;
};

class G7231Encoding final : public Encoder {
 public:
  size_t Encode(std::span<const int16_t> samples, std::span<uint8_t> packet) override {
    constexpr size_t kFrame = audio::G7231Decoder::kFrameSamples;
    constexpr size_t kBytes = audio::G7231Encoder::kFrameBytes;
    size_t size = 0;
    for (; samples.size() >= kFrame && packet.size() >= size + kBytes; size += kBytes) {
      encoder_.Encode(samples.first<kFrame>(), packet.subspan(size).first<kBytes>());
      samples = samples.subspan(kFrame);
    }
    return size;
  }

 private:
  audio::G7231Encoder encoder_;
};

}  // namespace

std::unique_ptr<Decoder> MakeDecoder(domain::Codec codec) {
  if (codec == domain::Codec::kG722) return std::make_unique<G722Decoder>();
  if (codec == domain::Codec::kOpus) return std::make_unique<OpusDecoding>();
  if (codec == domain::Codec::kG7231) return std::make_unique<G7231Decoding>();
  return nullptr;
}

std::unique_ptr<Encoder> MakeEncoder(domain::Codec codec) {
  if (codec == domain::Codec::kG722) return std::make_unique<G722Encoder>();
  if (codec == domain::Codec::kOpus) return std::make_unique<OpusEncoding>();
  if (codec == domain::Codec::kG7231) return std::make_unique<G7231Encoding>();
  return nullptr;
}

}  // namespace um::media

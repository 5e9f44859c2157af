#include "mailbox/audio/g7231.h"

#include <algorithm>
#include <cstring>

#include "mailbox/domain/g711.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/log.h>
}

namespace um::audio {
namespace {

constexpr int kBitRate = 6300;  // [bit/s] what FFmpeg's encoder has

/// A codec with what goes in and out of it. One that cannot be opened gives silence.
struct Coder {
  explicit Coder(const AVCodec* codec)
      : context(avcodec_alloc_context3(codec)), packet(av_packet_alloc()), frame(av_frame_alloc()) {
    // FFmpeg writes to standard error, which is the log's, about every frame that it dislikes.
    av_log_set_level(AV_LOG_QUIET);
    if (context == nullptr) return;
    context->sample_rate = domain::kSampleRate;
    context->sample_fmt = AV_SAMPLE_FMT_S16;
    context->time_base = {1, domain::kSampleRate};
    context->bit_rate = kBitRate;
    context->thread_count = 1;
    av_channel_layout_default(&context->ch_layout, 1);
    open = packet != nullptr && frame != nullptr && codec != nullptr &&
           avcodec_open2(context, codec, nullptr) == 0;
  }
  ~Coder() {
    avcodec_free_context(&context);
    av_packet_free(&packet);
    av_frame_free(&frame);
  }
  Coder(const Coder&) = delete;
  Coder& operator=(const Coder&) = delete;

  AVCodecContext* context;
  AVPacket* packet;
  AVFrame* frame;
  bool open = false;
};

}  // namespace

struct G7231Decoder::State : Coder {
  State() : Coder(avcodec_find_decoder(AV_CODEC_ID_G723_1)) {}
};

G7231Decoder::G7231Decoder() : state_(std::make_unique<State>()) {}
G7231Decoder::~G7231Decoder() = default;

size_t G7231Decoder::FrameSize(std::span<const uint8_t> payload) {
  constexpr size_t kSizes[] = {24, 20, 4, 1};
  const size_t size = payload.empty() ? 0 : kSizes[payload[0] & 3];
  return size <= payload.size() ? size : 0;
}

void G7231Decoder::Decode(std::span<const uint8_t> frame,
                          std::span<int16_t, kFrameSamples> samples) {
  std::ranges::fill(samples, int16_t{0});
  State& s = *state_;
  if (!s.open || av_new_packet(s.packet, static_cast<int>(frame.size())) < 0) return;
  std::memcpy(s.packet->data, frame.data(), frame.size());
  const bool sent = avcodec_send_packet(s.context, s.packet) == 0;
  av_packet_unref(s.packet);
  if (!sent || avcodec_receive_frame(s.context, s.frame) < 0) return;
  const size_t n = std::min<size_t>(kFrameSamples, std::max(s.frame->nb_samples, 0));
  std::memcpy(samples.data(), s.frame->data[0], n * sizeof(int16_t));
  av_frame_unref(s.frame);
}

struct G7231Encoder::State : Coder {
  State() : Coder(avcodec_find_encoder(AV_CODEC_ID_G723_1)) {}
};

G7231Encoder::G7231Encoder() : state_(std::make_unique<State>()) {}
G7231Encoder::~G7231Encoder() = default;

void G7231Encoder::Encode(std::span<const int16_t, G7231Decoder::kFrameSamples> samples,
                          std::span<uint8_t, kFrameBytes> frame) {
  std::ranges::fill(frame, uint8_t{0});
  State& s = *state_;
  if (!s.open) return;
  s.frame->format = AV_SAMPLE_FMT_S16;
  s.frame->sample_rate = domain::kSampleRate;
  s.frame->nb_samples = static_cast<int>(samples.size());
  if (av_channel_layout_copy(&s.frame->ch_layout, &s.context->ch_layout) < 0 ||
      av_frame_get_buffer(s.frame, 0) < 0) {
    return;
  }
  std::memcpy(s.frame->data[0], samples.data(), samples.size_bytes());
  const bool sent = avcodec_send_frame(s.context, s.frame) == 0;
  av_frame_unref(s.frame);
  if (!sent || avcodec_receive_packet(s.context, s.packet) < 0) return;
  std::memcpy(frame.data(), s.packet->data,
              std::min<size_t>(kFrameBytes, static_cast<size_t>(s.packet->size)));
  av_packet_unref(s.packet);
}

}  // namespace um::audio

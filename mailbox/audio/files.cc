// The adapter of FFmpeg: encoding for mail, and the decoding of whatever an administrator or user
// hands in.
#include "mailbox/audio/files.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

#include "common/base/status.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

namespace um::audio {
namespace {

// What may be read: no format that opens further files or streams, and no codec that voice mail has
// no use for. Every parser left out is one that hostile input cannot reach.
constexpr char kFormats[] = "wav,mp3,ogg,flac,g722,gsm";
constexpr char kCodecs[] =
    "pcm_s16le,pcm_u8,pcm_s24le,pcm_s32le,pcm_f32le,pcm_mulaw,pcm_alaw,gsm,gsm_ms,libgsm,libgsm_ms,"
    "g722,mp3float,mp3,"
    "flac,vorbis,libvorbis,opus,libopus";
constexpr int64_t kMaxSeconds = 600;
constexpr int kMaxChannels = 8;
constexpr int kMinRate = 4000;    // [Hz]
constexpr int kMaxRate = 192000;  // [Hz]

struct FreeCodec {
  void operator()(AVCodecContext* c) const { avcodec_free_context(&c); }
};
struct FreeFrame {
  void operator()(AVFrame* f) const { av_frame_free(&f); }
};
struct FreePacket {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
struct FreeInput {
  void operator()(AVFormatContext* f) const { avformat_close_input(&f); }
};
struct FreeOutput {
  void operator()(AVFormatContext* f) const { avformat_free_context(f); }
};
struct FreeResampler {
  void operator()(SwrContext* s) const { swr_free(&s); }
};
struct FreeIo {
  void operator()(AVIOContext* io) const {
    av_freep(&io->buffer);  // FFmpeg may have replaced the buffer it was given
    avio_context_free(&io);
  }
};
using Codec = std::unique_ptr<AVCodecContext, FreeCodec>;
using Frame = std::unique_ptr<AVFrame, FreeFrame>;
using Packet = std::unique_ptr<AVPacket, FreePacket>;
using Input = std::unique_ptr<AVFormatContext, FreeInput>;
using Output = std::unique_ptr<AVFormatContext, FreeOutput>;
using Resampler = std::unique_ptr<SwrContext, FreeResampler>;
using Io = std::unique_ptr<AVIOContext, FreeIo>;

// FFmpeg writes to standard error, which is the log's.
void Silence() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_level(AV_LOG_QUIET); });
}

// An FFmpeg error code as a status.
absl::Status Failure(int error, const char* attempt) {
  if (error == AVERROR(ENOMEM))
    return absl::ResourceExhaustedError(fmt::format("{}: no memory", attempt));
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return absl::InvalidArgumentError(fmt::format("{}: {}", attempt, text));
}

#define UM_RETURN_IF_AV_ERROR(call, attempt)                                 \
  do {                                                                       \
    if (const int um_av = (call); um_av < 0) return Failure(um_av, attempt); \
  } while (false)

// A file in memory that FFmpeg reads or writes, seekable. Bytes are copied only where it writes.
struct MemoryFile {
  std::string_view content;  // read
  std::string written;       // or written
  int64_t position = 0;

  static int Read(void* self, uint8_t* to, int size) {
    auto& file = *static_cast<MemoryFile*>(self);
    const int64_t left = static_cast<int64_t>(file.content.size()) - file.position;
    if (left <= 0) return AVERROR_EOF;
    const int64_t n = std::min<int64_t>(left, size);
    std::memcpy(to, file.content.data() + file.position, static_cast<size_t>(n));
    file.position += n;
    return static_cast<int>(n);
  }
  static int Write(void* self, uint8_t* from, int size) {
    auto& file = *static_cast<MemoryFile*>(self);
    const auto end = static_cast<size_t>(file.position + size);
    if (end > file.written.size()) file.written.resize(end);
    std::memcpy(file.written.data() + file.position, from, static_cast<size_t>(size));
    file.position += size;
    return size;
  }
  static int64_t Seek(void* self, int64_t offset, int whence) {
    auto& file = *static_cast<MemoryFile*>(self);
    const auto size = static_cast<int64_t>(std::max(file.content.size(), file.written.size()));
    whence &= ~AVSEEK_FORCE;
    if (whence == AVSEEK_SIZE) return size;
    if (whence == SEEK_CUR) offset += file.position;
    if (whence == SEEK_END) offset += size;
    if (offset < 0 || offset > size) return AVERROR(EINVAL);
    return file.position = offset;
  }
};

Io OpenMemory(MemoryFile& file, bool write) {
  constexpr int kBuffer = 16384;
  auto* buffer = static_cast<uint8_t*>(av_malloc(kBuffer));
  AVIOContext* io = buffer == nullptr ? nullptr
                                      : avio_alloc_context(buffer, kBuffer, write ? 1 : 0, &file,
                                                           &MemoryFile::Read, &MemoryFile::Write,
                                                           &MemoryFile::Seek);
  if (io == nullptr) av_free(buffer);
  return Io(io);
}

// How FFmpeg makes a format.
struct Recipe {
  const char* encoder;
  const char* file;  // FFmpeg's name of the container
  AVSampleFormat samples;
  int bit_rate;  // [bit/s]
};
Recipe RecipeOf(domain::AudioFormat format) {
  switch (format) {
    case domain::AudioFormat::kGsm:
      return {"libgsm_ms", "wav", AV_SAMPLE_FMT_S16, 13000};
    case domain::AudioFormat::kOpus:
      return {"libopus", "ogg", AV_SAMPLE_FMT_S16, 16000};
    default:
      return {"libmp3lame", "mp3", AV_SAMPLE_FMT_S16P, 16000};
  }
}

absl::StatusOr<Codec> OpenEncoder(const Recipe& recipe, bool global_header) {
  const AVCodec* encoder = avcodec_find_encoder_by_name(recipe.encoder);
  if (encoder == nullptr) {
    return absl::UnimplementedError(fmt::format("this FFmpeg has no {}", recipe.encoder));
  }
  Codec codec(avcodec_alloc_context3(encoder));
  if (codec == nullptr) return Failure(AVERROR(ENOMEM), "open encoder");
  codec->sample_fmt = recipe.samples;
  codec->sample_rate = domain::kSampleRate;
  codec->time_base = {1, domain::kSampleRate};
  codec->bit_rate = recipe.bit_rate;
  codec->flags |= AV_CODEC_FLAG_BITEXACT;
  if (global_header) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av_channel_layout_default(&codec->ch_layout, 1);
  UM_RETURN_IF_AV_ERROR(avcodec_open2(codec.get(), encoder, nullptr), "open encoder");
  return codec;
}

// Moves what the encoder has ready into the file.
absl::Status Drain(AVCodecContext& codec, AVFormatContext& file, AVPacket& packet) {
  while (true) {
    const int got = avcodec_receive_packet(&codec, &packet);
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return absl::OkStatus();
    UM_RETURN_IF_AV_ERROR(got, "encode");
    packet.stream_index = 0;
    av_packet_rescale_ts(&packet, codec.time_base, file.streams[0]->time_base);
    UM_RETURN_IF_AV_ERROR(av_write_frame(&file, &packet), "write audio file");
    av_packet_unref(&packet);
  }
}

absl::Status EncodeInto(AVCodecContext& codec, AVFormatContext& file,
                        std::span<const int16_t> samples) {
  const Packet packet(av_packet_alloc());
  const Frame frame(av_frame_alloc());
  if (packet == nullptr || frame == nullptr) return Failure(AVERROR(ENOMEM), "encode");
  // The last frame may be shorter. What pads it is cut off again by players where the file says it.
  for (size_t at = 0; at < samples.size(); at += static_cast<size_t>(frame->nb_samples)) {
    av_frame_unref(frame.get());
    frame->format = codec.sample_fmt;
    frame->sample_rate = codec.sample_rate;
    frame->nb_samples = static_cast<int>(
        std::min<size_t>(static_cast<size_t>(codec.frame_size), samples.size() - at));
    frame->pts = static_cast<int64_t>(at);
    UM_RETURN_IF_AV_ERROR(av_channel_layout_copy(&frame->ch_layout, &codec.ch_layout), "encode");
    UM_RETURN_IF_AV_ERROR(av_frame_get_buffer(frame.get(), 0), "encode");
    std::memcpy(frame->data[0], samples.data() + at,
                static_cast<size_t>(frame->nb_samples) * sizeof(int16_t));
    UM_RETURN_IF_AV_ERROR(avcodec_send_frame(&codec, frame.get()), "encode");
    UM_RETURN_IF_ERROR(Drain(codec, file, *packet));
  }
  UM_RETURN_IF_AV_ERROR(avcodec_send_frame(&codec, nullptr), "encode");
  return Drain(codec, file, *packet);
}

// What a resampler is made for.
struct Shape {
  int sample_format = -1;
  int sample_rate = 0;
  int channels = 0;
  bool operator==(const Shape&) const = default;
};

// What is being decoded, and into what.
struct Decoding {
  Codec codec;
  Resampler resampler;
  Shape shape;
  int64_t limit = 0;  // [samples]
  std::vector<int16_t> samples;
};

absl::StatusOr<Input> OpenInput(AVIOContext& io, const std::string& format) {
  const AVInputFormat* forced = nullptr;
  if (!format.empty() && (forced = av_find_input_format(format.c_str())) == nullptr) {
    return absl::InvalidArgumentError("no such audio format: " + format);
  }
  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) return Failure(AVERROR(ENOMEM), "open audio file");
  context->pb = &io;
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->max_streams = 8;
  // A file that refers to another gets nothing.
  context->io_open = [](AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
    return AVERROR(EPERM);
  };
  if (av_opt_set(context, "format_whitelist", kFormats, 0) < 0 ||
      av_opt_set(context, "codec_whitelist", kCodecs, 0) < 0) {
    avformat_free_context(context);
    return Failure(AVERROR(ENOMEM), "open audio file");
  }
  // On failure it frees the context itself.
  UM_RETURN_IF_AV_ERROR(avformat_open_input(&context, nullptr, forced, nullptr), "open audio file");
  Input input(context);
  UM_RETURN_IF_AV_ERROR(avformat_find_stream_info(context, nullptr), "read audio file");
  return input;
}

absl::StatusOr<Codec> OpenDecoder(const AVStream& stream) {
  const AVCodecParameters& parameters = *stream.codecpar;
  if (parameters.sample_rate < kMinRate || parameters.sample_rate > kMaxRate ||
      parameters.ch_layout.nb_channels < 1 || parameters.ch_layout.nb_channels > kMaxChannels) {
    return absl::InvalidArgumentError(fmt::format("audio of {} Hz and {} channels",
                                                  parameters.sample_rate,
                                                  parameters.ch_layout.nb_channels));
  }
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  if (decoder == nullptr) return absl::InvalidArgumentError("audio of an unknown codec");
  Codec codec(avcodec_alloc_context3(decoder));
  if (codec == nullptr) return Failure(AVERROR(ENOMEM), "open decoder");
  UM_RETURN_IF_AV_ERROR(avcodec_parameters_to_context(codec.get(), &parameters), "open decoder");
  UM_RETURN_IF_AV_ERROR(av_opt_set(codec.get(), "codec_whitelist", kCodecs, 0), "open decoder");
  codec->pkt_timebase = stream.time_base;  // without it the encoder's padding is not cut off
  codec->thread_count = 1;
  UM_RETURN_IF_AV_ERROR(avcodec_open2(codec.get(), decoder, nullptr), "open decoder");
  return codec;
}

absl::StatusOr<Resampler> OpenResampler(const AVFrame& frame, int sample_rate) {
  AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
  AVChannelLayout from = {};
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&from, frame.ch_layout.nb_channels);
  } else {
    UM_RETURN_IF_AV_ERROR(av_channel_layout_copy(&from, &frame.ch_layout), "resample");
  }
  SwrContext* swr = nullptr;
  const int made =
      swr_alloc_set_opts2(&swr, &mono, AV_SAMPLE_FMT_S16, sample_rate, &from,
                          static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
  av_channel_layout_uninit(&from);
  UM_RETURN_IF_AV_ERROR(made, "resample");
  Resampler resampler(swr);
  UM_RETURN_IF_AV_ERROR(swr_init(swr), "resample");
  return resampler;
}

// Appends `frame` converted; null: what the resampler still holds.
absl::Status Resample(Decoding& d, const AVFrame* frame) {
  if (d.resampler == nullptr) return absl::OkStatus();
  const int room = swr_get_out_samples(d.resampler.get(), frame == nullptr ? 0 : frame->nb_samples);
  UM_RETURN_IF_AV_ERROR(room, "resample");
  const size_t before = d.samples.size();
  d.samples.resize(before + static_cast<size_t>(room));
  auto* to = reinterpret_cast<uint8_t*>(d.samples.data() + before);
  const int got =
      swr_convert(d.resampler.get(), &to, room,
                  frame == nullptr ? nullptr : const_cast<const uint8_t**>(frame->extended_data),
                  frame == nullptr ? 0 : frame->nb_samples);
  UM_RETURN_IF_AV_ERROR(got, "resample");
  d.samples.resize(before + static_cast<size_t>(got));
  if (static_cast<int64_t>(d.samples.size()) > d.limit) {
    return absl::ResourceExhaustedError(
        fmt::format("audio is longer than {} minutes", kMaxSeconds / 60));
  }
  return absl::OkStatus();
}

// A stream may change its shape on the way (hostile ones do): a resampler reads as many channels as
// it was made for.
absl::Status Adapt(Decoding& d, const AVFrame& frame, int sample_rate) {
  const Shape shape{frame.format, frame.sample_rate, frame.ch_layout.nb_channels};
  if (d.resampler != nullptr && shape == d.shape) return absl::OkStatus();
  if (shape.sample_rate < kMinRate || shape.sample_rate > kMaxRate || shape.channels < 1 ||
      shape.channels > kMaxChannels) {
    return absl::InvalidArgumentError("decode audio: rate or channels out of range");
  }
  UM_RETURN_IF_ERROR(Resample(d, nullptr));
  UM_ASSIGN_OR_RETURN(d.resampler, OpenResampler(frame, sample_rate));
  d.shape = shape;
  return absl::OkStatus();
}

// Decodes what the decoder has ready.
absl::Status Collect(Decoding& d, AVFrame& frame, int sample_rate) {
  while (true) {
    const int got = avcodec_receive_frame(d.codec.get(), &frame);
    // EAGAIN and EOF: all there is for now. A broken frame is skipped, as a player would.
    if (got < 0) return absl::OkStatus();
    UM_RETURN_IF_ERROR(Adapt(d, frame, sample_rate));
    UM_RETURN_IF_ERROR(Resample(d, &frame));
    av_frame_unref(&frame);
  }
}

}  // namespace

absl::StatusOr<std::string> Encode(std::span<const int16_t> samples, domain::AudioFormat format) {
  Silence();
  if (format == domain::AudioFormat::kG711) {
    return absl::InvalidArgumentError("G.711 is not encoded from samples");
  }
  const Recipe recipe = RecipeOf(format);
  MemoryFile memory;
  const Io io = OpenMemory(memory, true);
  AVFormatContext* made = nullptr;
  UM_RETURN_IF_AV_ERROR(avformat_alloc_output_context2(&made, nullptr, recipe.file, nullptr),
                        "write audio file");
  const Output file(made);
  UM_ASSIGN_OR_RETURN(const Codec codec,
                      OpenEncoder(recipe, (made->oformat->flags & AVFMT_GLOBALHEADER) != 0));
  AVStream* stream = io == nullptr ? nullptr : avformat_new_stream(made, nullptr);
  if (stream == nullptr) return Failure(AVERROR(ENOMEM), "write audio file");
  file->pb = io.get();
  file->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  stream->time_base = codec->time_base;
  UM_RETURN_IF_AV_ERROR(avcodec_parameters_from_context(stream->codecpar, codec.get()),
                        "write audio file");
  // Lengths are written at the end into the room left for them at the front, hence the seekable
  // file.
  UM_RETURN_IF_AV_ERROR(avformat_write_header(made, nullptr), "write audio file");
  UM_RETURN_IF_ERROR(EncodeInto(*codec, *file, samples));
  UM_RETURN_IF_AV_ERROR(av_write_trailer(made), "write audio file");
  avio_flush(io.get());
  return std::move(memory.written);
}

absl::StatusOr<std::vector<int16_t>> Decode(std::string_view file, int sample_rate,
                                            const std::string& format) {
  Silence();
  if (sample_rate < kMinRate || sample_rate > kMaxRate)
    return absl::InvalidArgumentError("sample rate out of range");
  MemoryFile memory{.content = file};
  const Io io = OpenMemory(memory, false);
  const Packet packet(av_packet_alloc());
  const Frame frame(av_frame_alloc());
  if (io == nullptr || packet == nullptr || frame == nullptr)
    return Failure(AVERROR(ENOMEM), "decode audio");
  UM_ASSIGN_OR_RETURN(const Input input, OpenInput(*io, format));
  const int index = av_find_best_stream(input.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  if (index < 0) return absl::InvalidArgumentError("no audio in the file");
  Decoding d{.limit = kMaxSeconds * sample_rate};
  UM_ASSIGN_OR_RETURN(d.codec, OpenDecoder(*input->streams[index]));
  while (av_read_frame(input.get(), packet.get()) >= 0) {
    if (packet->stream_index == index && avcodec_send_packet(d.codec.get(), packet.get()) >= 0) {
      UM_RETURN_IF_ERROR(Collect(d, *frame, sample_rate));
    }
    av_packet_unref(packet.get());
  }
  if (avcodec_send_packet(d.codec.get(), nullptr) >= 0)
    UM_RETURN_IF_ERROR(Collect(d, *frame, sample_rate));
  UM_RETURN_IF_ERROR(Resample(d, nullptr));
  if (d.samples.empty()) return absl::InvalidArgumentError("no audio in the file");
  return std::move(d.samples);
}

}  // namespace um::audio

#include "mailbox/media/stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "common/base/bytes.h"

namespace um::media {
namespace {
using async::Duration;
using async::Time;
constexpr Duration kRead{20'000};       // how often arrivals are read
constexpr Duration kRtcpRead{500'000};  // and reports
constexpr Duration kStall{200'000};     // a later packet is not sent any more: its time has gone
// Batches read at once: a flood must not stop the other streams, but a recording wants all there
// is.
constexpr int kSomeBatches = 4;
constexpr int kAllBatches = 64;
constexpr uint8_t kPcmu = 0, kPcma = 8, kCn = 13;  // RFC 3551 section 6

RtpSender MakeSender() {
  const std::string random = RandomBytes(10);
  std::array<uint8_t, 10> bytes;
  std::memcpy(bytes.data(), random.data(), bytes.size());
  return RtpSender(bytes);
}

RtcpSession MakeRtcp() {
  uint32_t seed;
  std::memcpy(&seed, RandomBytes(sizeof seed).data(), sizeof seed);
  return RtcpSession(Base64Url(RandomBytes(12)), seed);  // RFC 7022 section 5: 96 bits
}

int64_t SamplesOf(Duration time) { return time.count() * domain::kSampleRate / 1'000'000; }

async::WallTime WallNow() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}
}  // namespace

Stream::Stream(PortPair ports, Duration rtp_timeout, std::shared_ptr<StreamEvents> events)
    : rtp_timeout_(rtp_timeout),
      events_(std::move(events)),
      ports_(std::move(ports)),
      sender_(MakeSender()),
      rtcp_(MakeRtcp()) {}

void Stream::Configure(const StreamParameters& parameters, Time now) {
  const std::lock_guard lock(mutex_);
  if (!parameters_) record_law_ = domain::LawOf(parameters.codec).value_or(domain::Law::kMu);
  if (!parameters_ || parameters.codec != parameters_->codec) {
    if (recorder_) recorder_->Flush(now);  // what waits there needs its decoder
    decoder_ = MakeDecoder(parameters.codec);
    encoder_ = MakeEncoder(parameters.codec);
    extended_timestamp_ = 0;
  }
  const bool received_before = parameters_ && parameters_->receive;
  parameters_ = parameters;
  parameters_->packet_ms = std::clamp(parameters.packet_ms / 10 * 10, 10, 60);
  remote_size_ = parameters.remote.ToSockaddr(remote_);
  net::Endpoint rtcp = parameters.remote;
  ++rtcp.port;  // RFC 3550 section 11
  rtcp.ToSockaddr(remote_rtcp_);
  source_.Configure(parameters.remote, parameters.strict_source, now);
  if (!received_before) last_rtp_ = now;
  lost_reported_ = false;
  if (parameters.receive && parameters.event_payload_type < 0 && !tones_) {
    tones_ = std::make_unique<ToneKeys>([this](char key) { events_->OnToneKey(key); });
  }
  if (recorder_) recorder_->SetHeld(!parameters.receive, now);
}

void Stream::Play(std::vector<domain::ClipPtr> clips, uint64_t play) {
  const std::lock_guard lock(mutex_);
  sender_.Play(std::move(clips));
  play_ = play;
  if (!sender_.playing()) events_->OnPlayed(play_);
}

void Stream::StopPlaying() {
  const std::lock_guard lock(mutex_);
  sender_.StopPlaying();
}

void Stream::StartRecording(domain::AudioSink& sink, RecordLimits limits, uint64_t recording,
                            Batch& batch, Time now) {
  const std::lock_guard lock(mutex_);
  Receive(batch, kAllBatches, now);  // what arrived before is older than the recording
  DropRecorder(now);
  recorder_.emplace(sink, limits, record_law_, reception_.highest(), tones_.get(), now);
  recording_ = recording;
  if (parameters_) recorder_->SetHeld(!parameters_->receive, now);
}

void Stream::StopRecording(Batch& batch, Time now) {
  const std::lock_guard lock(mutex_);
  if (!recorder_) return;
  Receive(batch, kAllBatches, now);
  DropRecorder(now);
}

void Stream::Close(Batch& batch, Time now) {
  const std::lock_guard lock(mutex_);
  if (recorder_) Receive(batch, kAllBatches, now);
  DropRecorder(now);
  // RFC 3550 section 6.3.7: no BYE from one who never said anything.
  if (parameters_ && (sender_.packets() > 0 || rtcp_.reported())) SendRtcp(now, true);
  ports_.rtp.Close();
  ports_.rtcp.Close();
  closed_ = true;
}

void Stream::DropRecorder(Time now) {
  if (!recorder_) return;
  recorder_->Flush(now);
  late_ += recorder_->late();
  recorder_.reset();
}

Statistics Stream::statistics() const {
  const std::lock_guard lock(mutex_);
  Statistics s;
  s.packets_received = reception_.received();
  s.packets_sent = sender_.packets();
  s.packets_lost = reception_.lost();
  s.packets_late = late_ + (recorder_ ? recorder_->late() : 0);
  s.packets_duplicate = reception_.duplicates();
  s.packets_refused = refused_;
  s.bursts = reception_.bursts(packet_ms_);
  s.jitter_ms = reception_.jitter_ms();
  s.round_trip_ms = rtcp_.round_trip_ms();
  s.remote_loss = rtcp_.remote_loss();
  return s;
}

Stream::Service Stream::Serve(Time slot, Time now, Batch& batch, int& slots) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return Service::kBusy;
  if (closed_) return Service::kClosed;
  Receive(batch, kSomeBatches, now);
  CheckLimits(now);
  Send(slot);
  if (now >= next_rtcp_read_) {
    next_rtcp_read_ = now + kRtcpRead;
    ReceiveRtcp(batch);
  }
  if (parameters_ && rtcp_.Due(now)) SendRtcp(now, false);
  // Packets of 10, 30 or 50 ms need every slot, the others every second one.
  slots = parameters_ && parameters_->packet_ms % 20 != 0 ? 1 : static_cast<int>(kRead / kSlot);
  return Service::kDone;
}

void Stream::Receive(Batch& batch, int batches, Time now) {
  for (int i = 0; i < batches; ++i) {
    const size_t n = batch.Receive(ports_.rtp);
    for (size_t k = 0; k < n; ++k) OnRtp(batch[k], now);
    if (n < Batch::kSize) return;
  }
}

Stream::Kind Stream::KindOf(uint8_t payload_type) const {
  if (payload_type == parameters_->receive_payload_type) {
    if (decoder_) return Kind::kCoded;
    return parameters_->codec == domain::Codec::kPcmu ? Kind::kMuAudio : Kind::kAAudio;
  }
  if (payload_type == parameters_->event_payload_type) return Kind::kEvent;
  // The other law's packets may still be under way after a new answer, and their numbers are fixed.
  if (payload_type == kPcmu) return Kind::kMuAudio;
  if (payload_type == kPcma) return Kind::kAAudio;
  if (payload_type == kCn) return Kind::kComfortNoise;
  return Kind::kUnknown;
}

void Stream::OnRtp(const Batch::Datagram& datagram, Time now) {
  if (!parameters_) return;
  const std::optional<RtpPacket> packet = ParseRtp(datagram.bytes);
  const Kind kind = packet ? KindOf(packet->payload_type) : Kind::kUnknown;
  if (kind == Kind::kUnknown || packet->payload.size() > Assembler::kMaxPacket ||
      (kind == Kind::kCoded && decoder_->Length(packet->payload) == 0) ||
      !source_.Accept(datagram.from, now)) {
    ++refused_;
    return;
  }
  // RFC 3550 section 8: a transfer behind the gateway brings another source.
  const bool restarted = ssrc_ && packet->ssrc != *ssrc_;
  if (restarted) {
    reception_.Restart();
    extended_timestamp_ = 0;
  }
  ssrc_ = packet->ssrc;
  const Reception::Seen seen = reception_.Add(packet->sequence);
  if (seen.arrival == Arrival::kRefused) ++refused_;
  if (restarted || seen.arrival == Arrival::kRestarted) {
    keys_.Restart();
    if (recorder_) recorder_->Restart(now);
  }
  last_rtp_ = now;
  lost_reported_ = false;
  if (seen.arrival == Arrival::kRefused || seen.arrival == Arrival::kDuplicate) return;
  if (kind == Kind::kMuAudio || kind == Kind::kAAudio || kind == Kind::kCoded) {
    reception_.AddTiming(InSamples(packet->timestamp), datagram.arrival);
  }
  OnPacket(*packet, kind, seen.sequence, now);
}

uint32_t Stream::Ticks() const {
  const int clock = domain::FormOf(parameters_->codec).clock_rate;
  return static_cast<uint32_t>(clock / domain::kSampleRate);
}

uint32_t Stream::InSamples(uint32_t timestamp) {
  const uint32_t ticks = Ticks();
  if (ticks == 1) return timestamp;
  // 2^32 is no multiple of 6: a count that wraps cannot be divided.
  if (extended_timestamp_ == 0) extended_timestamp_ = (int64_t{1} << 32) + timestamp;
  extended_timestamp_ +=
      static_cast<int32_t>(timestamp - static_cast<uint32_t>(extended_timestamp_));
  return static_cast<uint32_t>(extended_timestamp_ / ticks);
}

void Stream::OnPacket(const RtpPacket& packet, Kind kind, int64_t sequence, Time now) {
  if (kind == Kind::kEvent) {
    const int rate = parameters_->event_clock_rate;
    const bool ours = rate == domain::kSampleRate;
    const auto key = keys_.Add(ours ? packet.timestamp : InSamples(packet.timestamp), packet.marker,
                               packet.payload, static_cast<uint32_t>(rate / domain::kSampleRate));
    if (key) events_->OnKey(*key);
  }
  const uint32_t timestamp = InSamples(packet.timestamp);
  if (kind == Kind::kEvent || kind == Kind::kComfortNoise) {
    // RFC 3389 section 3.1: the level comes first, of other bytes the spectrum.
    const bool has_level = kind == Kind::kComfortNoise && !packet.payload.empty();
    const int noise = has_level ? packet.payload[0] & 0x7F : domain::ComfortNoise::kNone;
    if (recorder_) recorder_->AddNothing(sequence, timestamp, noise, now);
    return;
  }
  const domain::Law law = kind == Kind::kAAudio ? domain::Law::kA : domain::Law::kMu;
  Decoder* const decoder = kind == Kind::kCoded ? decoder_.get() : nullptr;
  const Assembler::Piece piece{sequence, timestamp, packet.payload, decoder};
  packet_ms_ = static_cast<double>(piece.samples()) * 1000 / domain::kSampleRate;
  if (!recorder_) return HearTones(piece, law);
  recorder_->AddAudio(piece, law, keys_.Covers(timestamp), now);
  // A flood may bring the limit within one reading: Append() stops there by itself.
}

void Stream::HearTones(const Assembler::Piece& piece, domain::Law law) {
  if (piece.decoder == nullptr) {
    if (tones_) tones_->HearPacket(piece.sequence, piece.timestamp, piece.codes, law);
    return;
  }
  // Decoded even if nobody listens: a decoder that missed what came before crackles.
  std::array<int16_t, Decoder::kMostSamples> samples;
  std::array<uint8_t, Decoder::kMostSamples> codes;
  const size_t n = piece.decoder->Decode(piece.codes, samples);
  if (!tones_) return;
  domain::EncodeG711(law, std::span(samples).first(n), codes.data());
  tones_->HearPacket(piece.sequence, piece.timestamp, std::span(codes).first(n), law);
}

void Stream::ReceiveRtcp(Batch& batch) {
  const size_t n = batch.Receive(ports_.rtcp);
  for (size_t i = 0; i < n && parameters_; ++i) {
    const Batch::Datagram datagram = batch[i];
    // Reports come from the host that sends the media, or from the one that was signalled.
    const auto& source = source_.locked();
    if (datagram.from.ip != parameters_->remote.ip && (!source || datagram.from.ip != source->ip))
      continue;
    if (const auto news = ParseRtcp(datagram.bytes, sender_.ssrc()))
      rtcp_.Read(*news, datagram.arrival);
  }
}

void Stream::CheckLimits(Time now) {
  if (recorder_) {
    if (const auto why = recorder_->Advance(now)) {
      DropRecorder(now);
      events_->OnRecordingStopped(recording_, *why);
    }
  }
  if (!parameters_ || !parameters_->receive || rtp_timeout_ == Duration::zero() || lost_reported_)
    return;
  if (now - last_rtp_ < rtp_timeout_) return;
  lost_reported_ = true;
  events_->OnMediaLost();
}

bool Stream::MaySend() const {
  // RFC 3264 section 8.4: the address 0.0.0.0 is the old way to hold.
  return parameters_->send && parameters_->remote.port != 0 &&
         !parameters_->remote.ip.is_unspecified();
}

void Stream::Send(Time slot) {
  if (!parameters_) return;
  if (next_send_ == Time::min()) next_send_ = slot;
  if (slot - next_send_ > kStall) {
    // Nobody waits for old silence; what is being played goes on where it was.
    sender_.Skip(static_cast<size_t>(SamplesOf(slot - next_send_)) * Ticks());
    next_send_ = slot;
  }
  while (next_send_ <= slot) {
    const Duration length{parameters_->packet_ms * 1000};
    SendPacket();
    next_send_ += length;
  }
}

void Stream::SendPacket() {
  const auto samples = static_cast<size_t>(parameters_->packet_ms) * domain::kSampleRate / 1000;
  if (!MaySend()) return sender_.Skip(samples * Ticks());
  std::array<uint8_t, kRtpHeader + RtpSender::kMaxSamples> packet;
  bool ended = false;
  const size_t size =
      sender_.Next({.law = domain::LawOf(parameters_->codec).value_or(domain::Law::kMu),
                    .encoder = encoder_.get(),
                    .payload_type = parameters_->payload_type,
                    .ticks = Ticks(),
                    .samples = samples},
                   packet, ended);
  if (ports_.rtp.SendTo({packet.data(), size}, remote_, remote_size_)) {
    sender_.Sent(size - kRtpHeader);
  }
  if (ended) events_->OnPlayed(play_);
}

void Stream::SendRtcp(Time now, bool bye) {
  if (parameters_->remote.port == 0 || parameters_->remote.ip.is_unspecified()) return;
  const async::WallTime wall = WallNow();
  std::optional<SenderInfo> sender;
  if (sender_.packets() != reported_packets_) {  // section 6.4: SR if anything was sent since
    reported_packets_ = sender_.packets();
    const int64_t ahead = next_send_ == Time::min() ? 0 : SamplesOf(next_send_ - now) * Ticks();
    sender = SenderInfo{.ntp = NtpTime(wall),
                        .rtp_timestamp = sender_.timestamp() - static_cast<uint32_t>(ahead),
                        .packets = static_cast<uint32_t>(sender_.packets()),
                        .octets = static_cast<uint32_t>(sender_.octets())};
  }
  std::optional<ReportBlock> source;
  if (ssrc_ && reception_.received() > 0) {
    source = reception_.Report(*ssrc_);
    source->jitter *= Ticks();
  }
  std::array<uint8_t, kMaxRtcpReport> out;
  const size_t size = rtcp_.Write(sender_.ssrc(), sender, source, bye, wall, out);
  ports_.rtcp.SendTo({out.data(), size}, remote_rtcp_, remote_size_);
}

}  // namespace um::media

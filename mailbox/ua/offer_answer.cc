#include "mailbox/ua/offer_answer.h"

#include <algorithm>
#include <optional>

#include "common/base/status.h"

namespace um::ua {
namespace {

using sip::Direction;
using sip::MediaDescription;
using sip::RtpMap;
using sip::SessionDescription;

constexpr int kPacketMs = 20;           // [ms] ours, where the peer does not say
constexpr int kMaxPacketMs = 60;        // [ms]
constexpr int kEventPayloadType = 101;  // what most of the field uses for telephone-event

std::optional<domain::Codec> CodecOf(const RtpMap& format) {
  if (format.payload_type < 0) return std::nullopt;
  for (const domain::Codec codec : domain::kCodecs) {
    const domain::CodecForm& form = domain::FormOf(codec);
    if (format.encoding == form.encoding && format.clock_rate == form.clock_rate &&
        format.channels == form.channels) {
      return codec;
    }
  }
  return std::nullopt;
}

// RFC 4733 section 2.4: the events share the audio's clock. Some peers have but one of 8000 Hz for
// all codecs.
const RtpMap* FindEvents(const MediaDescription& media, int clock_rate) {
  const auto find = [&](int rate) {
    const auto it = std::ranges::find_if(media.formats, [&](const RtpMap& format) {
      return format.encoding == "TELEPHONE-EVENT" && format.clock_rate == rate;
    });
    return it == media.formats.end() ? nullptr : &*it;
  };
  const RtpMap* const same = find(clock_rate);
  return same == nullptr ? find(domain::kSampleRate) : same;
}

const RtpMap* FindCodec(const MediaDescription& media, domain::Codec wanted) {
  const auto it = std::ranges::find_if(
      media.formats, [&](const RtpMap& format) { return CodecOf(format) == wanted; });
  return it == media.formats.end() ? nullptr : &*it;
}

// What is recorded bit for bit as it comes, else what we like best.
const RtpMap* FindBest(const MediaDescription& media) {
  for (const RtpMap& format : media.formats) {
    const auto codec = CodecOf(format);
    if (codec && domain::LawOf(*codec)) return &format;
  }
  for (const domain::Codec codec : domain::kCodecs) {
    if (const RtpMap* const format = FindCodec(media, codec)) return format;
  }
  return nullptr;
}

// Our direction for theirs (RFC 3264 section 6.1).
Direction Mirror(Direction theirs) {
  switch (theirs) {
    case Direction::kSendOnly:
      return Direction::kRecvOnly;
    case Direction::kRecvOnly:
      return Direction::kSendOnly;
    default:
      return theirs;
  }
}

// An address that RTP may go to: a peer must not make us send to groups or to a whole network.
bool IsUnicast(const net::IpAddress& ip) {
  const uint8_t first = ip.bytes()[0];
  return ip.is_v6() ? first != 0xFF : first < 224;
}

int PacketMs(const MediaDescription& media, int step) {
  int ms = media.ptime > 0 ? media.ptime : std::max(kPacketMs, step);
  if (media.maxptime > 0) ms = std::min(ms, media.maxptime);
  return std::clamp(ms / step * step, step, kMaxPacketMs);
}

RtpMap FormatOf(domain::Codec codec, int payload_type) {
  const domain::CodecForm& form = domain::FormOf(codec);
  // RFC 7587 section 6.1: more than 8 kHz would be lost here.
  const char* parameters =
      codec == domain::Codec::kOpus ? "maxplaybackrate=8000;useinbandfec=1" : "";
  return {payload_type, std::string(form.encoding), form.clock_rate, form.channels, parameters};
}

// RFC 4733 section 2.4.1: the sixteen keys, and no events that we would ignore.
RtpMap EventFormat(int payload_type, int clock_rate) {
  return {payload_type, "TELEPHONE-EVENT", clock_rate, 1, "0-15"};
}

// The same m-line with port 0 (RFC 3264 section 6): formats are kept because one must be there.
MediaDescription RefusalOf(const MediaDescription& offered) {
  MediaDescription out;
  out.type = offered.type;
  out.protocol = offered.protocol;
  out.formats = offered.formats;
  return out;
}

}  // namespace

// One stream of the peer's description that we can use.
struct Negotiator::Choice {
  size_t index = 0;
  domain::Codec codec = domain::Codec::kPcmu;
  int payload_type = 0;
  int event_payload_type = -1;
  int event_clock_rate = domain::kSampleRate;
  net::IpAddress address;
};

Negotiator::Negotiator(net::Endpoint local, uint64_t session_id)
    : local_(local), session_id_(session_id) {}

absl::StatusOr<Negotiator::Choice> Negotiator::Choose(const SessionDescription& description) const {
  // A re-offer keeps its m-lines in place (RFC 3264 section 8), so look at our stream's place
  // first.
  std::vector<size_t> order;
  if (agreed_ && stream_ < description.media.size()) order.push_back(stream_);
  for (size_t i = 0; i < description.media.size(); ++i) order.push_back(i);
  for (const size_t i : order) {
    const MediaDescription& media = description.media[i];
    if (media.type != "audio" || media.port == 0 || media.protocol != "RTP/AVP") continue;
    const RtpMap* format = agreed_ ? FindCodec(media, plan_.codec) : nullptr;
    if (format == nullptr) format = FindBest(media);
    const auto address = net::IpAddress::Parse(media.address);
    if (format == nullptr || !address || !IsUnicast(*address)) continue;
    Choice choice{.index = i,
                  .codec = *CodecOf(*format),
                  .payload_type = format->payload_type,
                  .address = *address};
    if (const RtpMap* const events = FindEvents(media, format->clock_rate)) {
      choice.event_payload_type = events->payload_type;
      choice.event_clock_rate = events->clock_rate;
    }
    return choice;
  }
  return absl::FailedPreconditionError(
      "no audio stream over RTP/AVP with G.711, Opus, G.722 or G.723.1");
}

void Negotiator::Plan(const Choice& choice, const SessionDescription& description) {
  const MediaDescription& media = description.media[choice.index];
  plan_.remote = {choice.address, media.port};
  plan_.codec = choice.codec;
  plan_.payload_type = choice.payload_type;
  plan_.event_clock_rate = choice.event_clock_rate;
  plan_.packet_ms = PacketMs(media, domain::FormOf(choice.codec).shortest_ms);
  plan_.direction = Mirror(media.direction);
  // RFC 3264 section 8.4: 0.0.0.0 is how RFC 2543 held a call. Such a peer takes nothing, and sends
  // nothing unless it says so.
  if (choice.address.is_unspecified()) {
    plan_.direction =
        media.direction == Direction::kSendOnly ? Direction::kRecvOnly : Direction::kInactive;
  }
  stream_ = choice.index;
  agreed_ = true;
}

absl::StatusOr<std::string> Negotiator::Answer(const std::string& offer) {
  UM_ASSIGN_OR_RETURN(const auto theirs, SessionDescription::Parse(offer));
  UM_ASSIGN_OR_RETURN(const auto choice, Choose(theirs));
  Plan(choice, theirs);
  plan_.receive_payload_type = plan_.payload_type;  // an answer uses the offer's numbers
  plan_.event_payload_type = choice.event_payload_type;

  SessionDescription answer;
  for (const MediaDescription& media : theirs.media) answer.media.push_back(RefusalOf(media));
  MediaDescription& audio = answer.media[stream_];
  audio.port = local_.port;
  audio.formats = {FormatOf(plan_.codec, plan_.payload_type)};
  if (plan_.event_payload_type >= 0) {
    audio.formats.push_back(EventFormat(plan_.event_payload_type, plan_.event_clock_rate));
  }
  audio.ptime = plan_.packet_ms;
  audio.direction = plan_.direction;
  return Describe(answer);
}

std::string Negotiator::Offer() {
  SessionDescription offer;
  // RFC 3264 section 8: as many m-lines as there were, the refused ones with port 0 again.
  for (const MediaDescription& media : ours_.media) offer.media.push_back(RefusalOf(media));
  if (offer.media.empty()) offer.media.emplace_back();
  MediaDescription& audio = offer.media[stream_];
  audio = {};
  audio.type = "audio";
  audio.port = local_.port;
  audio.protocol = "RTP/AVP";
  // A number once bound to a format stays bound to it (RFC 3264 section 8.3.2).
  const int first = agreed_ ? plan_.receive_payload_type : domain::FormOf(plan_.codec).payload_type;
  int events = plan_.event_payload_type;
  if (events < 0) events = first == kEventPayloadType ? kEventPayloadType + 1 : kEventPayloadType;
  audio.formats = {FormatOf(plan_.codec, first)};
  for (const domain::Codec codec : domain::kCodecs) {
    const int type = domain::FormOf(codec).payload_type;
    if (agreed_ && !domain::LawOf(codec)) continue;  // no reason to change to it in mid-call
    if (codec != plan_.codec && type != first && type != events) {
      audio.formats.push_back(FormatOf(codec, type));
    }
  }
  audio.formats.push_back(EventFormat(events, plan_.event_clock_rate));
  audio.ptime = agreed_ ? plan_.packet_ms : kPacketMs;
  return Describe(offer);
}

absl::Status Negotiator::Accept(const std::string& answer) {
  UM_ASSIGN_OR_RETURN(const auto theirs, SessionDescription::Parse(answer));
  if (theirs.media.size() != ours_.media.size()) {
    return absl::InvalidArgumentError("the answer has not the offer's number of m-lines");
  }
  UM_ASSIGN_OR_RETURN(const auto choice, Choose(theirs));
  if (choice.index != stream_)
    return absl::InvalidArgumentError("the answer takes a stream never offered");
  const RtpMap* offered = FindCodec(ours_.media[stream_], choice.codec);
  if (offered == nullptr)
    return absl::FailedPreconditionError("the answer has a codec never offered");
  Plan(choice, theirs);
  // Each side receives with the numbers that it wrote (RFC 3264 section 5.1); they may differ.
  plan_.receive_payload_type = offered->payload_type;
  const RtpMap* events = FindEvents(ours_.media[stream_], choice.event_clock_rate);
  plan_.event_payload_type =
      choice.event_payload_type >= 0 && events != nullptr ? events->payload_type : -1;
  return absl::OkStatus();
}

// Writes `description` as ours. The version grows when, and only when, something changed (RFC 3264
// section 8).
std::string Negotiator::Describe(const SessionDescription& description) {
  SessionDescription next = description;
  next.session_id = session_id_;
  next.address = local_.ip.ToString();
  next.version = version_;
  const std::string same = next.ToString();
  if (version_ == 0 || same != ours_.ToString()) next.version = ++version_;
  ours_ = std::move(next);
  return ours_.ToString();
}

}  // namespace um::ua

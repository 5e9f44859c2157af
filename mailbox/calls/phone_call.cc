#include "mailbox/calls/phone_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/async/race.h"
#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/log/log.h"

namespace um::calls {
namespace {

using async::Lift;
using dialogs::Key;
using dialogs::Task;

/// A random SDP session id that fits a signed 63-bit reader (RFC 8866 section 5.2).
uint64_t NewSessionId() {
  uint64_t id = 0;
  for (const unsigned char c : RandomBytes(7)) id = id << 8 | c;
  return id;
}

/// How much of a recording is read for playing at a time [bytes]: 30 s.
constexpr size_t kPart = size_t{30} * domain::kSampleRate;

/// Stops playing with its frame: barge-in and hang-up alike.
struct Playing {
  media::Session& session;
  ~Playing() { session.StopPlaying(); }
};

bool Sends(sip::Direction ours) {
  return ours == sip::Direction::kSendRecv || ours == sip::Direction::kSendOnly;
}
bool Receives(sip::Direction ours) {
  return ours == sip::Direction::kSendRecv || ours == sip::Direction::kRecvOnly;
}

}  // namespace

PhoneCall::PhoneCall(const Services& services, std::unique_ptr<ua::Session> session,
                     const domain::CallRoute& route, std::string trace_id,
                     std::vector<domain::CallStep> steps)
    : services_(services),
      trace_id_(std::move(trace_id)),
      language_(route.dial_plan.language),
      strict_source_(route.gateway.rtp_source == domain::RtpSourceRule::kStrict),
      gateway_advertised_(route.gateway.advertised_address),
      session_(std::move(session)),
      steps_(std::move(steps)),
      established_(services.loop),
      gone_(services.loop),
      keys_(services.loop),
      transferred_(services.loop),
      played_(services.loop),
      recording_stopped_(services.loop) {
  session_->SetListener(this);
}

PhoneCall::~PhoneCall() = default;

void PhoneCall::AddStep(std::string what) {
  if (steps_.size() < domain::kMaxCallSteps)
    steps_.push_back({std::move(what), services_.loop.WallNow()});
}

absl::Status PhoneCall::OpenMedia() {
  const net::IpAddress local = services_.rtp.local.value_or(session_->flow().local.ip);
  UM_ASSIGN_OR_RETURN(media_, services_.media.Open(local, *this, services_.rtp.timeout));
  const net::IpAddress told =
      gateway_advertised_.value_or(services_.rtp.advertised.value_or(local));
  negotiator_.emplace(net::Endpoint{told, media_->port()}, NewSessionId());
  return absl::OkStatus();
}

std::optional<domain::Refusal> PhoneCall::Negotiate() {
  if (const absl::Status opened = OpenMedia(); !opened.ok()) {
    session_->Reject({503, "Service Unavailable", "Retry-After: 5\r\n"});
    return domain::Refusal{
        503, "Service Unavailable", 0, std::string(Message(Annotate(opened, "open RTP"))), 5, ""};
  }
  if (!session_->offer()) {
    answer_ = negotiator_->Offer();
    // The recording's law is fixed here, before the trace is begun; what the answer brings is
    // transcoded to it.
    media_->Configure({.codec = domain::CodecOf(law_), .send = false, .receive = false});
    return std::nullopt;
  }
  absl::StatusOr<std::string> answer = negotiator_->Answer(*session_->offer());
  if (!answer.ok()) {
    const bool malformed = absl::IsInvalidArgument(answer.status());
    const domain::Refusal refusal{
        malformed ? 400 : 488,
        malformed ? "Bad Session Description" : "Not Acceptable Here",
        0,
        std::string(Message(Annotate(answer.status(), "answer the offer"))),
        0,
        ""};
    session_->Reject({refusal.status, refusal.phrase, ""});
    return refusal;
  }
  answer_ = *std::move(answer);
  ApplyPlan();
  law_ = domain::LawOf(negotiator_->plan().codec).value_or(law_);
  return std::nullopt;
}

void PhoneCall::ApplyPlan() {
  const ua::AudioPlan& plan = negotiator_->plan();
  const bool reachable = plan.remote.port != 0 && !plan.remote.ip.is_unspecified();
  media_->Configure({.remote = plan.remote,
                     .codec = plan.codec,
                     .payload_type = static_cast<uint8_t>(plan.payload_type),
                     .receive_payload_type = static_cast<uint8_t>(plan.receive_payload_type),
                     .packet_ms = plan.packet_ms,
                     .event_payload_type = plan.event_payload_type,
                     .event_clock_rate = plan.event_clock_rate,
                     .send = Sends(plan.direction) && reachable,
                     .receive = Receives(plan.direction),
                     .strict_source = strict_source_});
}

Task<absl::Status> PhoneCall::Answer() {
  session_->Accept(answer_);
  auto established = [](async::Event& event) -> Task<> { co_await event; };
  const auto first = co_await async::AnyOf(loop(), Lift(established(established_)), Lift(Gone()));
  if (!first.first) co_return absl::CancelledError("the caller went before the call was set up");
  co_return absl::OkStatus();
}

Task<std::vector<domain::ClipPtr>> PhoneCall::Prepare(dialogs::Announcement announcement) {
  using Clips = std::vector<domain::ClipPtr>;
  const auto ready = std::make_shared<async::Channel<Clips>>(loop());
  services_.prompts.Prepare(announcement, language_,
                            [ready](Clips clips) { ready->Push(std::move(clips)); });
  Clips clips = co_await ready->Next();
  co_return clips;
}

Task<> PhoneCall::PlayClips(std::vector<domain::ClipPtr> clips, async::Duration wait) {
  const Playing playing{*media_};
  AddStep("playing");
  played_.Clear();
  media_->Play(std::move(clips));
  co_await played_.Next();
  co_await async::Sleep(loop(), wait);
}

Task<Key> PhoneCall::KeyOf(dialogs::Keys keys) {
  for (;;) {
    const Key key = co_await keys_.Next();
    if (keys.has(key)) co_return key;
  }
}

/// What the store says too late is not played: this tells what the caller hears.
void PhoneCall::LogGreeting(const dialogs::Announcement& announcement) {
  const auto says = [&](dialogs::Phrase phrase) {
    return std::find(announcement.phrases.begin(), announcement.phrases.end(), phrase) !=
           announcement.phrases.end();
  };
  const domain::OwnWords& own = announcement.own;
  if (says(dialogs::Phrase::kOwnGreeting)) {
    log::Info("greeting.played",
              {{"trace", trace_id_}, {"greeting", own.kind ? ToString(*own.kind) : "own"}});
  } else if (says(dialogs::Phrase::kMailboxOwner)) {
    log::Info("greeting.played", {{"trace", trace_id_},
                                  {"greeting", "system"},
                                  {"name", own.name ? "recorded" : "synthesised"}});
  }
}

Task<Key> PhoneCall::Play(dialogs::Announcement announcement, dialogs::PlayOptions options) {
  LogGreeting(announcement);
  std::vector<domain::ClipPtr> clips = co_await Prepare(std::move(announcement));
  const auto first = co_await async::AnyOf(loop(), KeyOf(options.barge_in),
                                           Lift(PlayClips(std::move(clips), options.wait)));
  co_return first.first.value_or(Key::kNone);
}

Task<std::string> PhoneCall::ReadPart(domain::SpooledCall& recording, uint64_t from) {
  const auto part = std::make_shared<async::Channel<std::string>>(loop());
  recording.Read(from, kPart, [part](std::string codes) { part->Push(std::move(codes)); });
  std::string codes = co_await part->Next();
  co_return codes;
}

/// Part by part, so that a long recording is never in memory as a whole; the next is read while one
/// is heard, so that there is no gap.
Task<> PhoneCall::PlayRecording(domain::SpooledCall& recording, async::Duration wait) {
  const Playing playing{*media_};
  AddStep("playing the recording");
  std::string codes = co_await ReadPart(recording, 0);
  for (uint64_t from = 0; !codes.empty();) {
    from += codes.size();
    played_.Clear();
    media_->Play({domain::Clip::OfG711(law_, codes)});
    codes = co_await ReadPart(recording, from);
    co_await played_.Next();
  }
  co_await async::Sleep(loop(), wait);
}

Task<Key> PhoneCall::PlayBack(domain::SpooledCall& recording, dialogs::PlayOptions options) {
  const auto first = co_await async::AnyOf(loop(), KeyOf(options.barge_in),
                                           Lift(PlayRecording(recording, options.wait)));
  co_return first.first.value_or(Key::kNone);
}

Task<media::RecordingStop> PhoneCall::RecordingStopped() {
  const media::RecordingStop why = co_await recording_stopped_.Next();
  co_return why;
}

/// Sounds the warning on the way; nobody waits for its end.
Task<media::RecordingStop> PhoneCall::RecordingLimit(async::Duration warn_after) {
  if (warn_after > async::Duration::zero()) {
    const auto first =
        co_await async::AnyOf(loop(), RecordingStopped(), async::After(loop(), warn_after));
    if (first.first) co_return *first.first;
    std::vector<domain::ClipPtr> tone = co_await Prepare({{dialogs::Phrase::kTone}, {}});
    media_->Play(std::move(tone));
  }
  const media::RecordingStop why = co_await RecordingStopped();
  co_return why;
}

Task<dialogs::RecordingEnd> PhoneCall::Record(domain::AudioSink& sink,
                                              dialogs::RecordOptions options) {
  struct Recording {
    media::Session& session;
    ~Recording() { session.StopRecording(); }
  } recording{*media_};
  AddStep("recording");
  recording_stopped_.Clear();
  media_->StartRecording(sink, {.max = options.max, .idle_timeout = options.idle_timeout});
  log::Info("recording.started", {{"trace", trace_id_}});
  const auto first =
      co_await async::AnyOf(loop(), KeyOf(options.stop), RecordingLimit(options.warn_after));
  if (first.first) co_return dialogs::RecordingEnd::kKey;
  co_return *first.second == media::RecordingStop::kSilence ? dialogs::RecordingEnd::kSilence
                                                            : dialogs::RecordingEnd::kLimit;
}

Task<bool> PhoneCall::Transfer(std::string number) {
  transferred_.Clear();
  log::Info("call.transferring", {{"trace", trace_id_}, {"to", number}});
  dialled_ = number;
  session_->Refer(number, trace_id_);
  const bool done = co_await transferred_.Next();
  log::Info("call.transferred", {{"trace", trace_id_}, {"to", number}, {"done", done}});
  co_return done;
}

Task<> PhoneCall::Gone() { co_await gone_; }

void PhoneCall::HangUp() {
  if (ended_) return;
  AddStep("hung up");
  session_->HangUp();
}

media::Statistics PhoneCall::statistics() const {
  return media_ ? media_->statistics() : media::Statistics{};
}

std::variant<std::string, ua::Refuse> PhoneCall::OnOffer(const std::string& sdp) {
  if (!negotiator_) return ua::Refuse{488, "Not Acceptable Here", ""};
  absl::StatusOr<std::string> answer = negotiator_->Answer(sdp);
  if (!answer.ok()) return ua::Refuse{488, "Not Acceptable Here", ""};
  ApplyPlan();
  return *std::move(answer);
}

std::string PhoneCall::OnOfferWanted() { return negotiator_ ? negotiator_->Offer() : ""; }

absl::Status PhoneCall::OnAnswer(const std::string& sdp) {
  UM_RETURN_IF_ERROR(negotiator_->Accept(sdp));
  ApplyPlan();
  return absl::OkStatus();
}

void PhoneCall::OnEstablished() {
  if (!std::exchange(answered_, true)) AddStep("answered");
  established_.Set();
}

void PhoneCall::OnEnded(ua::EndCause cause) {
  ended_ = cause;
  if (cause == ua::EndCause::kHungUp || cause == ua::EndCause::kCancelled) {
    AddStep("ended by the caller's side");
  } else if (cause != ua::EndCause::kWeHungUp) {
    AddStep(fmt::format("ended: {}", ua::ToString(cause)));
  }
  gone_.Set();
}

std::string_view PhoneCall::why_ended() const {
  if (media_lost_) return "media-lost";
  return ua::ToString(ended_.value_or(ua::EndCause::kWeHungUp));
}

void PhoneCall::TakeKey(KeySource source, char key) {
  if (key_sources_.Counts(source, key, loop().Now())) keys_.Push(Key(key));
}

void PhoneCall::OnPlayed() { played_.Push(0); }
void PhoneCall::OnRecordingStopped(media::RecordingStop why) { recording_stopped_.Push(why); }

void PhoneCall::OnMediaLost() {
  log::Warning("media.lost", {{"trace", trace_id_}});
  AddStep("no audio came any more");
  media_lost_ = true;
  HangUp();
  gone_.Set();
}

}  // namespace um::calls

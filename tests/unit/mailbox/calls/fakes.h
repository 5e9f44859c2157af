// Stand-ins for what a call is joined from: a SIP session, an RTP session, a prompt library, a
// spool. All in virtual time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mailbox/calls/call_server.h"
#include "tests/support/fake_call.h"

namespace um::tests {

using namespace std::chrono_literals;

inline constexpr const char* kOffer =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

inline std::string Invite(const std::string& extension, const std::string& sdp = kOffer,
                          const std::string& ticket = "") {
  return "INVITE sip:5000@192.0.2.1" + (ticket.empty() ? "" : ";um-ticket=" + ticket) +
         " SIP/2.0\r\n"
         "Via: SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
         "From: \"Carol\" <sip:2001@192.0.2.10>;tag=f\r\nTo: <sip:5000@192.0.2.1>\r\nCall-ID: "
         "c1\r\nCSeq: 1 INVITE\r\n"
         "Contact: <sip:192.0.2.10>\r\nDiversion: <sip:" +
         extension +
         "@192.0.2.10>;reason=no-answer\r\n"
         "Content-Type: application/sdp\r\nContent-Length: " +
         std::to_string(sdp.size()) + "\r\n\r\n" + sdp;
}

/// What the SIP side of a call was asked to do, and the buttons of its peer.
struct Line {
  ua::SessionListener* listener = nullptr;
  int progress = 0;      ///< the last provisional response
  std::string accepted;  ///< our SDP
  std::optional<ua::Refuse> rejected;
  bool hung_up = false;
  std::string referred;
  bool destroyed = false;
};

class FakeUaSession final : public ua::Session {
 public:
  FakeUaSession(std::shared_ptr<Line> line, const std::string& invite, net::IpAddress peer)
      : line_(std::move(line)), invite_(*sip::Message::Parse(invite)) {
    flow_.peer = {peer, 5060};
    flow_.local = *net::Endpoint::Parse("192.0.2.1:5062");
    if (!invite_.body().empty()) offer_ = invite_.body();
  }
  ~FakeUaSession() override { line_->destroyed = true; }
  const sip::Message& invite() const override { return invite_; }
  const net::Flow& flow() const override { return flow_; }
  const std::optional<std::string>& offer() const override { return offer_; }
  void SetListener(ua::SessionListener* listener) override { line_->listener = listener; }
  void Progress(int status) override { line_->progress = status; }
  void Accept(const std::string& sdp) override { line_->accepted = sdp; }
  void Reject(const ua::Refuse& refuse) override { line_->rejected = refuse; }
  void HangUp() override { line_->hung_up = true; }
  void Refer(const std::string& user, const std::string&) override { line_->referred = user; }

 private:
  std::shared_ptr<Line> line_;
  sip::Message invite_;
  net::Flow flow_;
  std::optional<std::string> offer_;
};

/// RTP whose caller speaks all the time it is recorded: one code each millisecond.
class FakeMediaSession final : public media::Session {
 public:
  FakeMediaSession(FakeLoop& loop, Listener& listener, int& open)
      : loop_(loop),
        listener_(listener),
        open_(open),
        played_(loop, [this] { listener_.OnPlayed(); }),
        limit_(loop, [this] {
          Flush();
          sink_ = nullptr;
          listener_.OnRecordingStopped(media::RecordingStop::kLimit);
        }) {
    ++open_;
  }
  ~FakeMediaSession() override { --open_; }
  uint16_t port() const override { return 16384; }
  void Configure(const media::StreamParameters& parameters) override {
    if (!configured)
      recorded_law =
          domain::LawOf(parameters.codec).value_or(domain::Law::kMu);  // as the engine does
    configured = parameters;
  }
  void Play(std::vector<domain::ClipPtr> clips) override {
    domain::Milliseconds length{0};
    for (const auto& clip : clips) length += clip->length();
    played_.Start(length);
    playing = std::move(clips);
  }
  void StopPlaying() override { played_.Stop(); }
  void StartRecording(domain::AudioSink& sink, media::RecordLimits limits) override {
    sink_ = &sink;
    since_ = loop_.Now();
    limit_.Start(limits.max);
  }
  void StopRecording() override {
    Flush();
    sink_ = nullptr;
    limit_.Stop();
  }
  media::Statistics statistics() const override { return statistics_; }
  void Press(char key) { listener_.OnKey(key); }
  void Sound(char key) { listener_.OnToneKey(key); }
  void Lose() { listener_.OnMediaLost(); }
  std::optional<media::StreamParameters> configured;
  domain::Law recorded_law{};
  media::Statistics statistics_;
  std::vector<domain::ClipPtr> playing;  ///< what was played last

 private:
  void Flush() {
    if (!sink_) return;
    const auto ms = std::chrono::duration_cast<domain::Milliseconds>(loop_.Now() - since_).count();
    sink_->Append(std::vector<uint8_t>(static_cast<size_t>(ms)));
  }
  FakeLoop& loop_;
  Listener& listener_;
  int& open_;
  async::Timer played_;
  async::Timer limit_;
  domain::AudioSink* sink_ = nullptr;
  async::Time since_{};
};

class FakeEngine final : public media::Engine {
 public:
  explicit FakeEngine(FakeLoop& loop) : loop_(loop) {}
  absl::StatusOr<std::unique_ptr<media::Session>> Open(const net::IpAddress&,
                                                       media::Session::Listener& listener,
                                                       async::Duration) override {
    if (full) return absl::ResourceExhaustedError("no port");
    auto session = std::make_unique<FakeMediaSession>(loop_, listener, open);
    last = session.get();
    return session;
  }
  int open = 0;
  bool full = false;
  FakeMediaSession* last = nullptr;

 private:
  FakeLoop& loop_;
};

/// Every phrase is one second long, but for what users have recorded.
class FakeLibrary final : public prompts::Library {
 public:
  explicit FakeLibrary(async::Loop& loop) : loop_(loop) {}
  void Prepare(const dialogs::Announcement& announcement, const std::string&,
               std::function<void(std::vector<domain::ClipPtr>)> ready) override {
    std::vector<domain::ClipPtr> clips;
    for (const dialogs::Phrase phrase : announcement.phrases) {
      clips.push_back(std::make_shared<domain::Clip>(std::vector<int16_t>(8000)));
      if (phrase == dialogs::Phrase::kOwnGreeting) clips.back() = announcement.own.greeting;
    }
    prepared.push_back(announcement);
    loop_.Post([ready = std::move(ready), clips = std::move(clips)] { ready(clips); });
  }
  std::vector<dialogs::Announcement> prepared;

 private:
  async::Loop& loop_;
};

/// Answers at once, if at all.
class FakeQuotas final : public domain::Quotas {
 public:
  void AskFull(const domain::CallFacts& facts, const domain::Quota& quota,
               std::function<void(bool)> answer) override {
    asked.push_back(facts.mailbox_id);
    last = quota;
    if (full) answer(*full);
  }
  std::optional<bool> full = false;
  std::vector<std::string> asked;
  domain::Quota last;
};

/// Answers at once, if at all.
class FakeGreetings final : public domain::Greetings {
 public:
  void Ask(const domain::CallFacts& facts, std::function<void(domain::OwnWords)> answer) override {
    asked.push_back(facts.mailbox_id);
    if (own) answer(*own);
  }
  std::optional<domain::OwnWords> own = domain::OwnWords();
  std::vector<std::string> asked;
};

/// Answers at once, if at all.
class FakeContacts final : public domain::Contacts {
 public:
  void Ask(const domain::CallFacts& facts, domain::CallerKeys keys,
           std::function<void(domain::ContactName)> answer) override {
    asked.push_back(facts.mailbox_id + " " + keys.at(0).at(0));
    if (name) answer(*name);
  }
  std::optional<domain::ContactName> name = domain::ContactName();
  std::vector<std::string> asked;
};

class FakeSpool final : public domain::Spool {
 public:
  explicit FakeSpool(async::Loop& loop) : loop_(loop) {}
  std::unique_ptr<domain::SpooledCall> Begin(const domain::CallFacts& facts) override {
    begun.push_back(facts);
    return std::make_unique<FakeSpooledCall>(loop_, traces, facts.min_speech);
  }
  bool Healthy() const override { return healthy; }
  bool healthy = true;
  std::vector<domain::CallFacts> begun;
  std::vector<std::string> traces;

 private:
  async::Loop& loop_;
};

}  // namespace um::tests

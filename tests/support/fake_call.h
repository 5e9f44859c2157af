// A scripted caller and a spool in memory: what a dialog test needs to play a call in virtual time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/async/race.h"
#include "common/async/sync.h"
#include "mailbox/dialogs/call.h"
#include "tests/support/fake_loop.h"

namespace um::tests {

using async::Duration;

/// Counts what is spooled, and ends as the real one does: one message or one missed call.
class FakeSpooledCall final : public domain::SpooledCall {
 public:
  /// Traces left, e.g. "message 9580" (milliseconds of speech), "message 9580 important private",
  /// "missed"; none if the call was handed on.
  FakeSpooledCall(async::Loop& loop, std::vector<std::string>& traces,
                  domain::Milliseconds min_speech,
                  Duration store_takes = std::chrono::milliseconds(5),
                  domain::Saved outcome = domain::Saved::kStored)
      : traces_(traces),
        min_(min_speech),
        outcome_(outcome),
        takes_(store_takes),
        timer_(loop, [this] { done_(outcome_); }) {}
  ~FakeSpooledCall() override { Seal(nullptr); }

  /// Every code is a millisecond of speech here.
  void Append(std::span<const uint8_t> codes) noexcept override { heard_ += codes.size(); }
  void Erase() override { heard_ = 0; }
  void SetMarks(domain::Marks marks) override { marks_ = marks; }
  void Read(uint64_t from, size_t most, std::function<void(std::string)> done) override {
    done(std::string(from < heard_ ? std::min(most, heard_ - from) : 0, '\0'));
  }
  void Discard() override { over_ = true; }
  void Seal(std::function<void(domain::Saved)> done) override {
    if (std::exchange(over_, true)) return;
    const bool message = heard_ > 0 && domain::Milliseconds(heard_) >= min_;
    traces_.push_back(message ? "message " + std::to_string(heard_) : "missed");
    if (message && marks_.important) traces_.back() += " important";
    if (message && marks_.is_private) traces_.back() += " private";
    if (!message) outcome_ = domain::Saved::kMissed;
    done_ = std::move(done);
    if (done_) timer_.Start(takes_);
  }

 private:
  std::vector<std::string>& traces_;
  domain::Milliseconds min_;
  domain::Saved outcome_;
  Duration takes_;
  std::function<void(domain::Saved)> done_;
  async::Timer timer_;
  size_t heard_ = 0;
  domain::Marks marks_;
  bool over_ = false;
};

/// A call whose caller does what a timetable says.
class FakeCall final : public dialogs::Call {
 public:
  struct Step {
    Duration at;
    char key;  ///< '!' hangs up; '(' starts and ')' stops speaking
  };

  explicit FakeCall(FakeLoop& loop)
      : loop_(loop), gone_(loop), keys_(loop), stopped_talking_(loop) {}

  /// Schedules the caller's doings.
  void Schedule(std::vector<Step> steps) {
    for (const Step& step : steps) {
      timers_.push_back(std::make_unique<async::Timer>(loop_, [this, step] { Do(step.key); }));
      timers_.back()->Start(step.at);
    }
  }

  async::Loop& loop() override { return loop_; }

  dialogs::Task<absl::Status> Answer() override {
    co_await async::Sleep(loop_, std::chrono::milliseconds(20));
    Log("answer");
    co_return absl::OkStatus();
  }

  dialogs::Task<dialogs::Key> Play(dialogs::Announcement announcement,
                                   dialogs::PlayOptions options) override {
    if (on_play) on_play(announcement);
    Duration length{0};
    for (const dialogs::Phrase phrase : announcement.phrases) {
      Log(name ? name(phrase) : Name(phrase, announcement));
      length += phrase == dialogs::Phrase::kTone ? std::chrono::milliseconds(400)
                                                 : std::chrono::seconds(2);
    }
    const auto first = co_await async::AnyOf(loop_, NextOf(options.barge_in),
                                             async::Lift(Wait(length + options.wait)));
    co_return first.first.value_or(dialogs::Key::kNone);
  }

  /// Three seconds, whatever was recorded.
  dialogs::Task<dialogs::Key> PlayBack(domain::SpooledCall&,
                                       dialogs::PlayOptions options) override {
    Log("the recording");
    const auto first = co_await async::AnyOf(
        loop_, NextOf(options.barge_in), async::Lift(Wait(std::chrono::seconds(3) + options.wait)));
    co_return first.first.value_or(dialogs::Key::kNone);
  }

  dialogs::Task<dialogs::RecordingEnd> Record(domain::AudioSink& sink,
                                              dialogs::RecordOptions options) override {
    Log("record");
    struct Recording {  // ends with the frame, as the real one's does
      FakeCall& call;
      Recording(FakeCall& c, domain::AudioSink& s) : call(c) { call.Recorded(&s); }
      ~Recording() { call.Recorded(nullptr); }
    } recording(*this, sink);
    async::Timer warning(loop_, [this] { Log("warning tone"); });
    if (options.warn_after > Duration::zero()) warning.Start(options.warn_after);
    const auto first =
        co_await async::AnyOf(loop_, NextOf(options.stop),
                              async::AnyOf(loop_, async::Lift(Wait(options.max)),
                                           async::Lift(Silence(options.idle_timeout))));
    if (first.first) co_return dialogs::RecordingEnd::kKey;
    co_return first.second->first ? dialogs::RecordingEnd::kLimit : dialogs::RecordingEnd::kSilence;
  }

  /// It rings for ten seconds.
  dialogs::Task<bool> Transfer(std::string number) override {
    Log("transfer to " + number);
    co_await async::Sleep(loop_, std::chrono::seconds(10));
    co_return reachable == number;
  }

  dialogs::Task<> Gone() override { co_await gone_; }
  void HangUp() override {
    if (!gone_.is_set()) Log("bye");
  }

  std::vector<std::string> log;
  std::function<void(char)> on_step;                 ///< may be null: what the caller does
  std::function<void(const std::string&)> on_log;    ///< may be null: what happens, as it does
  std::function<std::string(dialogs::Phrase)> name;  ///< may be null: what to log of a phrase
  std::function<void(const dialogs::Announcement&)> on_play;  ///< may be null
  std::string reachable;                                      ///< the number where somebody answers

 private:
  void Log(const std::string& what) {
    log.push_back(what);
    if (on_log) on_log(what);
  }
  void Do(char what) {
    if (on_step) on_step(what);
    if (what == '!') return gone_.Set();
    if (what == '(' || what == ')') {
      FlushSpeech();
      talking_ = what == '(';
      since_ = loop_.Now();
      if (!talking_) stopped_talking_.Push(0);
      return;
    }
    keys_.Push(dialogs::Key(what));
  }
  void Recorded(domain::AudioSink* sink) {
    FlushSpeech();
    sink_ = sink;
    since_ = loop_.Now();
  }
  void FlushSpeech() {
    if (!talking_ || !sink_) return;
    const auto ms = std::chrono::duration_cast<domain::Milliseconds>(loop_.Now() - since_).count();
    const std::vector<uint8_t> codes(static_cast<size_t>(ms));
    sink_->Append(codes);
  }
  dialogs::Task<> Wait(Duration d) { co_await async::Sleep(loop_, d); }
  dialogs::Task<> Silence(Duration timeout) {
    for (;;) {
      if (talking_) {
        co_await stopped_talking_.Next();
        continue;
      }
      const Duration left =
          since_ + timeout - loop_.Now();  // quiet since he stopped, or since the tone
      if (left <= Duration::zero()) co_return;
      co_await async::Sleep(loop_, left);
    }
  }
  dialogs::Task<dialogs::Key> NextOf(dialogs::Keys set) {
    for (;;) {
      const dialogs::Key key = co_await keys_.Next();
      if (set.has(key)) co_return key;
    }
  }
  static std::string Name(dialogs::Phrase phrase, const dialogs::Announcement& announcement) {
    using dialogs::Phrase;
    switch (phrase) {
      case Phrase::kOwnGreeting:
        return announcement.own.greeting ? "own greeting" : "silence";
      case Phrase::kMailboxOwner:
        return announcement.own.name ? "own name" : announcement.owner_name;
      case Phrase::kIsNotAvailable:
        return "is not available";
      case Phrase::kPressZeroForOperator:
        return "0 operator";
      case Phrase::kLeaveMessageAfterTone:
        return "leave a message after the tone";
      case Phrase::kTone:
        return "tone";
      case Phrase::kMessageSaved:
        return "saved";
      case Phrase::kMessageWillBeDelivered:
        return "will be delivered";
      case Phrase::kMessageTooShort:
        return "too short";
      case Phrase::kMailboxFull:
        return "mailbox is full";
      case Phrase::kAnonymousRefused:
        return "unidentified calls are refused";
      case Phrase::kOneMoment:
        return "one moment";
      case Phrase::kNobodyThere:
        return "nobody there";
      case Phrase::kRecordingFull:
        return "longest length";
      case Phrase::kMessageErased:
        return "erased";
      case Phrase::kReviewMenu:
        return "1 accept, 2 listen, 3 again";
      case Phrase::kReviewMenuContinue:
        return "4 continue";
      case Phrase::kReviewMenuEnd:
        return "* cancel, 0 repeat";
      case Phrase::kOptionsMenuSend:
        return "# send";
      case Phrase::kOptionsMenuImportant:
        return "1 important";
      case Phrase::kOptionsMenuUnimportant:
        return "1 ordinary";
      case Phrase::kOptionsMenuPrivate:
        return "2 private";
      case Phrase::kOptionsMenuNotPrivate:
        return "2 not private";
      case Phrase::kOptionsMenuEnd:
        return "* back, 0 repeat";
      case Phrase::kMarkedImportant:
        return "marked important";
      case Phrase::kMarkedUnimportant:
        return "marked ordinary";
      case Phrase::kMarkedPrivate:
        return "marked private";
      case Phrase::kMarkedNotPrivate:
        return "not private any more";
      case Phrase::kInvalidChoice:
        return "invalid";
      case Phrase::kGoodbye:
        return "goodbye";
    }
    return "";
  }

  FakeLoop& loop_;
  async::Event gone_;
  async::Channel<dialogs::Key> keys_;
  async::Channel<int> stopped_talking_;
  std::vector<std::unique_ptr<async::Timer>> timers_;
  bool talking_ = false;
  async::Time since_{};
  domain::AudioSink* sink_ = nullptr;
};

}  // namespace um::tests

// PhoneCall: a script's Call, joined from its parts: a SIP session, an RTP session, the prompt
// library.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/sync.h"
#include "mailbox/calls/key_sources.h"
#include "mailbox/dialogs/call.h"
#include "mailbox/domain/call_record.h"
#include "mailbox/domain/people.h"
#include "mailbox/domain/ports.h"
#include "mailbox/domain/route.h"
#include "mailbox/media/engine.h"
#include "mailbox/prompts/library.h"
#include "mailbox/ua/offer_answer.h"
#include "mailbox/ua/user_agent.h"

namespace um::calls {

/// Where a call's RTP lives. An unset `local` takes the address the call's SIP came in on; an unset
/// `advertised` the local one. A gateway's own advertised address wins over both.
struct RtpAddresses {
  std::optional<net::IpAddress> local;
  std::optional<net::IpAddress> advertised;
  async::Duration timeout = std::chrono::seconds(30);  ///< missing RTP ends the call
};

/// What all calls share. Outlives them.
struct Services {
  async::Loop& loop;
  media::Engine& media;
  prompts::Library& prompts;
  RtpAddresses rtp;
  /// The directory's people of an organisation; null: it has none. Never blocks.
  std::function<domain::PeoplePtr(const std::string& organisation)> people = nullptr;
  /// Keeps the record of a call that is over; null: nobody does. Never blocks.
  std::function<void(domain::CallRecord record)> record = nullptr;
  /// Whom the called users know; null: nobody.
  domain::Contacts* contacts = nullptr;
};

/// Thread: loop. Destroying it hangs up, or refuses, what still stands.
class PhoneCall final : public dialogs::Call,
                        private ua::SessionListener,
                        private media::Session::Listener {
 public:
  PhoneCall(const Services& services, std::unique_ptr<ua::Session> session,
            const domain::CallRoute& route, std::string trace_id,
            std::vector<domain::CallStep> steps);
  ~PhoneCall() override;

  /// Opens RTP and agrees on media with the INVITE's offer, before anything is answered. What is
  /// returned is what the call has been refused by (488, 400, or 503 when no RTP port is free).
  std::optional<domain::Refusal> Negotiate();
  /// What is recorded: the law the caller speaks, µ-law for other codecs. After Negotiate(); the
  /// default if the offer is still to come.
  domain::Law law() const { return law_; }
  /// What was agreed on.
  domain::Codec codec() const {
    return negotiator_ ? negotiator_->plan().codec : domain::Codec::kPcmu;
  }
  /// Why it ended, or will: "hung-up", "we-hung-up", "media-lost", ...
  std::string_view why_ended() const;
  media::Statistics statistics() const;
  /// What happened so far.
  const std::vector<domain::CallStep>& steps() const { return steps_; }
  /// The number it was handed on to last; "": to none.
  const std::string& dialled() const { return dialled_; }
  /// The trace id of the call of ours that was handed on and came back as this one; "": none.
  std::string parent() const { return ua::ParentOf(session_->invite()); }
  /// It was taken: our 200 has had its ACK.
  bool answered() const { return answered_; }

  // dialogs::Call
  async::Loop& loop() override { return services_.loop; }
  dialogs::Task<absl::Status> Answer() override;
  dialogs::Task<dialogs::Key> Play(dialogs::Announcement announcement,
                                   dialogs::PlayOptions options) override;
  dialogs::Task<dialogs::Key> PlayBack(domain::SpooledCall& recording,
                                       dialogs::PlayOptions options) override;
  dialogs::Task<dialogs::RecordingEnd> Record(domain::AudioSink& sink,
                                              dialogs::RecordOptions options) override;
  dialogs::Task<bool> Transfer(std::string number) override;
  dialogs::Task<> Gone() override;
  void HangUp() override;

 private:
  // ua::SessionListener
  std::variant<std::string, ua::Refuse> OnOffer(const std::string& sdp) override;
  std::string OnOfferWanted() override;
  absl::Status OnAnswer(const std::string& sdp) override;
  void OnEstablished() override;
  void OnInfoKey(char key) override { TakeKey(KeySource::kInfo, key); }
  void OnTransferred(bool done) override { transferred_.Push(done); }
  void OnEnded(ua::EndCause cause) override;
  // media::Session::Listener
  void OnKey(char key) override { TakeKey(KeySource::kEvent, key); }
  void OnToneKey(char key) override { TakeKey(KeySource::kTone, key); }
  void OnPlayed() override;
  void OnRecordingStopped(media::RecordingStop why) override;
  void OnMediaLost() override;

  void AddStep(std::string what);
  void LogGreeting(const dialogs::Announcement& announcement);
  void TakeKey(KeySource source, char key);
  absl::Status OpenMedia();
  void ApplyPlan();
  dialogs::Task<std::vector<domain::ClipPtr>> Prepare(dialogs::Announcement announcement);
  dialogs::Task<> PlayClips(std::vector<domain::ClipPtr> clips, async::Duration wait);
  dialogs::Task<std::string> ReadPart(domain::SpooledCall& recording, uint64_t from);
  dialogs::Task<> PlayRecording(domain::SpooledCall& recording, async::Duration wait);
  dialogs::Task<dialogs::Key> KeyOf(dialogs::Keys keys);
  dialogs::Task<media::RecordingStop> RecordingStopped();
  dialogs::Task<media::RecordingStop> RecordingLimit(async::Duration warn_after);

  // Passed in.
  const Services services_;
  const std::string trace_id_;
  const std::string language_;
  const bool strict_source_;
  const std::optional<net::IpAddress> gateway_advertised_;
  // Owned.
  std::unique_ptr<ua::Session> session_;
  std::unique_ptr<media::Session> media_;
  std::optional<ua::Negotiator> negotiator_;
  // State.
  std::string answer_;  // our SDP for the 200
  domain::Law law_ = domain::Law::kMu;
  std::optional<ua::EndCause> ended_;
  bool media_lost_ = false;
  bool answered_ = false;
  std::vector<domain::CallStep> steps_;  // kMaxCallSteps at most
  std::string dialled_;
  async::Event established_;
  async::Event gone_;
  KeySources key_sources_;
  async::Channel<dialogs::Key> keys_;
  async::Channel<bool> transferred_;
  async::Channel<int> played_;
  async::Channel<media::RecordingStop> recording_stopped_;
};

}  // namespace um::calls

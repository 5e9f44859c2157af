// The SIP user agent of um-mailbox: INVITE dialogs as server (RFC 3261 sections 8.2, 12 to 15), on
// our own transaction layer (transactions.h). Knows SIP, SDP bodies as text, and time; knows no
// mailbox and no RTP.   Thread: loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "common/async/loop.h"
#include "common/net/transport.h"
#include "common/sip/message.h"

namespace um::ua {

/// Why a session ended.
enum class EndCause {
  kCancelled,       ///< CANCEL before our final response
  kRejected,        ///< we refused it
  kHungUp,          ///< BYE from the peer
  kWeHungUp,        ///< our BYE
  kNoAck,           ///< 200 without ACK in 64*T1: BYE sent
  kSessionExpired,  ///< RFC 4028: no refresh
  kConnectionLost,  ///< the stream went and the peer could not be reached again
  kProtocolError,   ///< no usable answer in the ACK, a failing re-INVITE of ours, ...
};
std::string_view ToString(EndCause cause);

/// A refusal: status, phrase, extra header lines ("Retry-After: 5\r\n").
struct Refuse {
  int status = 488;
  std::string phrase;
  std::string headers;
};

class Session;

/// What a session tells its owner. Any call may destroy nothing but must not destroy the session
/// inside the callback.
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  /// The peer's offer in a re-INVITE or UPDATE: our answer (SDP), or a refusal that leaves the
  /// session as it was.
  virtual std::variant<std::string, Refuse> OnOffer(const std::string& sdp) = 0;
  /// The peer asks for an offer (re-INVITE without SDP): our offer.
  virtual std::string OnOfferWanted() = 0;
  /// The peer's answer to our offer (delayed offer, in the ACK). Not OK: the session is ended.
  virtual absl::Status OnAnswer(const std::string& sdp) = 0;
  /// The ACK of our 200 has come: the session is established.
  virtual void OnEstablished() = 0;
  /// An UPDATE or INFO before we accepted: it may say more of the parties. It has been answered.
  virtual void OnEarlyRequest(const sip::Message& /*request*/) {}
  /// A key that came by INFO: '0' to '9', '*', '#'. It has been answered.
  virtual void OnInfoKey(char key) = 0;
  /// What became of Refer(): somebody there has answered, or the peer has left for there; else the
  /// session is as it was. Comes once for each, unless the session ends first for another reason.
  virtual void OnTransferred(bool done) = 0;
  /// The session is over; nothing more will be called. Comes once, never from inside a member
  /// function of Session.
  virtual void OnEnded(EndCause cause) = 0;
};

/// One incoming INVITE and the dialog it makes. Destroying it rejects (480), or hangs up, what
/// still stands; the transactions needed for that live on in the user agent.
class Session {
 public:
  virtual ~Session() = default;
  virtual const sip::Message& invite() const = 0;
  virtual const net::Flow& flow() const = 0;
  /// The INVITE's SDP; nullopt: delayed offer, we make one.
  virtual const std::optional<std::string>& offer() const = 0;
  virtual void SetListener(SessionListener* listener) = 0;
  /// A provisional response (180, 183 without SDP).
  virtual void Progress(int status) = 0;
  /// 200 with `sdp` (our answer, or our offer if there was none). Retransmitted until the ACK comes
  /// (section 13.3.1.4).
  virtual void Accept(const std::string& sdp) = 0;
  virtual void Reject(const Refuse& refuse) = 0;
  /// BYE (before the ACK has come: as soon as it does, section 15.1.1).
  virtual void HangUp() = 0;
  /// Asks the peer to call `user` at its own host in our place (RFC 3515). One at a time. If the
  /// peer passes Referred-By on, as RFC 3892 says, that call will name `trace_id` (ParentOf).
  virtual void Refer(const std::string& user, const std::string& trace_id) = 0;
};

/// The trace id of the call of ours that an INVITE comes from by Refer(); "": of none.
std::string ParentOf(const sip::Message& invite);

/// Knows what peers may subscribe to: the messages that wait for somebody (RFC 3842).
class Publisher {
 public:
  virtual ~Publisher() = default;
  /// What a SUBSCRIBE of a known peer is about: a topic of the publisher's own, which
  /// OnSubscribed() follows; or a refusal.
  virtual std::variant<std::string, Refuse> Find(const sip::Message& subscribe,
                                                 const net::IpAddress& peer) = 0;
  /// Somebody has subscribed, or asked again: Publish() is wanted, later.
  virtual void OnSubscribed(const std::string& topic) = 0;
};

/// A NOTIFY outside any dialog: what a peer is told without having subscribed.
struct Notification {
  net::Protocol protocol = net::Protocol::kTcp;
  net::Endpoint peer;
  std::string uri;    ///< whom it is for, and from: Request-URI, To and From
  std::string event;  ///< the Event header: "message-summary"
  std::string content_type;
  std::string body;
};

/// What came of it.
struct NotifyAnswer {
  int status = 0;   ///< the final response's; 0: there was none
  std::string why;  ///< its phrase, or what is wrong
};

struct UserAgentOptions {
  std::string product = "Voxpost";  ///< Server and User-Agent
  int max_sessions = 1000;          ///< above: 503 with Retry-After
  async::Duration session_expires =
      std::chrono::minutes(30);  ///< RFC 4028: what we ask for if the peer supports it
  async::Duration min_se = std::chrono::seconds(90);
};

class UserAgent : public net::Transport::Handler {
 public:
  /// Who may call, and what to do with a call.
  class Handler {
   public:
    virtual ~Handler() = default;
    /// May this peer speak to us at all? False: 403 for requests on streams, which are then closed;
    /// silence on UDP.
    virtual bool IsKnownPeer(const net::Flow& flow) = 0;
    /// A new call: keep the session and Accept() or Reject() it, now or later. 100 has been sent.
    virtual void OnInvite(std::unique_ptr<Session> session) = 0;
    /// OPTIONS outside a dialog: 200, or 503 while draining.
    virtual int OnOptions() = 0;
  };
  static std::unique_ptr<UserAgent> Create(async::Loop& loop, net::Transport& transport,
                                           Handler& handler, const UserAgentOptions& options);
  /// Sends it; `done` is called once, later; not at all if the user agent goes first.
  virtual void Notify(const Notification& notification,
                      std::function<void(const NotifyAnswer&)> done) = 0;
  /// Until it is set SUBSCRIBE is refused. `publisher` outlives the user agent, or is replaced.
  virtual void SetPublisher(Publisher* publisher) = 0;
  /// Tells the topic's subscribers, but for those who were told just this.
  virtual void Publish(const std::string& topic, const std::string& body) = 0;
  /// Tells them this once more, and that their subscriptions are over: `reason` as in RFC 6665
  /// section 4.1.3.
  virtual void End(const std::string& topic, const std::string& body,
                   const std::string& reason) = 0;
  /// What is subscribed to.
  virtual std::set<std::string> Topics() const = 0;
  virtual size_t sessions() const = 0;
};

}  // namespace um::ua

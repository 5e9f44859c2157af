// Caller: the other end of a call with the user agent, in virtual time. It speaks SIP text; Calls
// is the owner of the sessions, and writes down what it is told.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/log/log.h"
#include "mailbox/ua/user_agent.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/ua/fake_transport.h"

namespace um::tests {

inline constexpr char kOffer[] =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 5004 "
    "RTP/AVP 0\r\n";
inline constexpr char kAnswer[] =
    "v=0\r\no=- 9 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\nm=audio 16384 "
    "RTP/AVP 0\r\n";

/// The owner: keeps sessions and notes what happens as "5 ended hung-up".
class Owner final : public ua::UserAgent::Handler, public ua::SessionListener {
 public:
  explicit Owner(FakeLoop& loop) : loop_(loop) {}

  bool IsKnownPeer(const net::Flow&) override { return known; }
  void OnInvite(std::unique_ptr<ua::Session> s) override {
    Note("invite");
    session = std::move(s);
    if (!late_listener) session->SetListener(this);
    if (on_invite) on_invite(*session);
  }
  int OnOptions() override { return options_status; }

  std::variant<std::string, ua::Refuse> OnOffer(const std::string& sdp) override {
    Note("offer");
    offered = sdp;
    if (on_callback) on_callback();
    return next_answer;
  }
  std::string OnOfferWanted() override {
    Note("offer wanted");
    if (on_callback) on_callback();
    return kAnswer;
  }
  absl::Status OnAnswer(const std::string& sdp) override {
    Note("answer");
    answered = sdp;
    if (on_callback) on_callback();
    return answer_status;
  }
  void OnEstablished() override { Note("established"); }
  void OnEarlyRequest(const sip::Message& request) override {
    Note("early " + request.method() + " " + request.Header("Diversion"));
  }
  void OnInfoKey(char key) override { Note(fmt::format("key {}", key)); }
  void OnTransferred(bool done) override { Note(done ? "transferred" : "not transferred"); }
  void OnEnded(ua::EndCause cause) override {
    Note(fmt::format("ended {}", ua::ToString(cause)));
    if (destroy_when_ended) session.reset();
  }
  void Note(const std::string& what) {
    notes.push_back(
        fmt::format("{:g} {}", std::chrono::duration<double>(loop_.elapsed()).count(), what));
  }
  /// What was noted since the last call.
  Ladder Take() { return std::exchange(notes, {}); }

  std::unique_ptr<ua::Session> session;
  std::function<void(ua::Session&)> on_invite;
  std::function<void()> on_callback;
  std::variant<std::string, ua::Refuse> next_answer = kAnswer;
  absl::Status answer_status;
  std::string offered, answered;
  int options_status = 200;
  bool known = true, late_listener = false, destroy_when_ended = false;
  Ladder notes;

 private:
  FakeLoop& loop_;
};

/// What a request may have beside the usual.
struct Extra {
  std::string headers;  ///< lines with CRLF
  std::string sdp;
  std::string content_type = "application/sdp";
  std::optional<uint32_t> cseq;
  std::string branch;  ///< "": a new one
  bool contact = true;
};

class Caller {
 public:
  explicit Caller(net::Flow f = TcpFlow(), const ua::UserAgentOptions& options = {}) : flow(f) {
    log::SetLevel(log::Level::kError);
    agent = ua::UserAgent::Create(loop, transport, owner, options);
  }

  /// A request text. INVITE and ACK of the same `branch` are given by the caller of this.
  std::string Text(const std::string& method, const Extra& extra = {}) {
    if (extra.cseq) {
      cseq_used = *extra.cseq;
    } else if (method != "ACK" && method != "CANCEL") {
      cseq_used = ++cseq;
    }
    branch =
        extra.branch.empty() ? fmt::format("z9hG4bK-{}-{}", call_id, ++branches) : extra.branch;
    return fmt::format(
        "{} {} SIP/2.0\r\nVia: SIP/2.0/{} {};branch={}{}\r\nMax-Forwards: 70\r\nFrom: \"A\" "
        "<sip:a@x.example>;tag={}\r\n"
        "To: <sip:100@x.example>{}{}\r\nCall-ID: {}\r\nCSeq: {} {}\r\n{}{}{}Content-Length: "
        "{}\r\n\r\n{}",
        method, uri, net::ViaName(flow.protocol), sent_by, branch, rport, from_tag,
        to_tag.empty() ? "" : ";tag=", to_tag, call_id, cseq_used, method,
        extra.contact ? "Contact: " + contact + "\r\n" : "", extra.headers,
        extra.sdp.empty() ? "" : "Content-Type: " + extra.content_type + "\r\n", extra.sdp.size(),
        extra.sdp);
  }
  void Receive(const std::string& text) {
    agent->OnMessage(flow, text);
    Settle();
  }
  std::string Send(const std::string& method, const Extra& extra = {}) {
    const std::string text = Text(method, extra);
    Receive(text);
    return text;
  }
  /// INVITE with an offer; takes the To tag from the answer when it comes.
  void Invite(Extra extra = {.sdp = kOffer}) {
    invite = Text("INVITE", extra);
    invite_branch = branch;
    invite_cseq = cseq_used;
    Receive(invite);
  }
  void TakeTag() { to_tag = transport.Last().to_tag(); }
  void Ack(const std::string& sdp = "") { Send("ACK", {.sdp = sdp, .cseq = invite_cseq}); }
  void Cancel() {
    const std::string tag = std::exchange(to_tag, "");
    Send("CANCEL", {.cseq = invite_cseq, .branch = invite_branch});
    to_tag = tag;
  }
  /// INVITE, 200, ACK; then forgets what was said so far.
  void Call(const Extra& extra = {.sdp = kOffer}) {
    Invite(extra);
    REQUIRE(owner.session);
    owner.session->Accept(kAnswer);
    Settle();
    TakeTag();
    Ack(extra.sdp.empty() ? kOffer : "");
    transport.Take();
    owner.Take();
  }
  /// Answers the last request of ours that the user agent sent.
  void Respond(int status, const std::string& headers = "", const std::string& sdp = "") {
    const auto request = LastRequest();
    Receive(
        fmt::format("SIP/2.0 {} X\r\nVia: {}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} "
                    "{}\r\n{}{}Content-Length: {}\r\n\r\n{}",
                    status, request.Header("Via"), request.Header("From"), request.Header("To"),
                    request.call_id(), request.cseq().number, request.method(), headers,
                    sdp.empty() ? "" : "Content-Type: application/sdp\r\n", sdp.size(), sdp));
  }
  sip::Message LastRequest() const {
    for (auto it = transport.sent.rbegin(); it != transport.sent.rend(); ++it) {
      if (!it->text.starts_with("SIP/2.0")) {
        auto message = it->Parsed();
        if (message.method() != "ACK") return message;
      }
    }
    FAIL("no request was sent");
    return transport.Last();
  }
  /// Runs what is due now.
  void Settle() { loop.RunFor(std::chrono::seconds(0)); }
  /// The stream is gone.
  void Lose() {
    transport.closed.insert(flow.connection);
    agent->OnClosed(flow);
    Settle();
  }
  /// Nothing is left of the call, and nothing will happen any more.
  void CheckNothingLeft() {
    loop.RunToEnd();
    CHECK(agent->sessions() == 0);
    CHECK(loop.idle());
  }

  FakeLoop loop;
  FakeTransport transport{loop};
  Owner owner{loop};
  net::Flow flow;
  std::unique_ptr<ua::UserAgent> agent;
  std::string call_id = "call-1", from_tag = "f", to_tag,
              contact = "<sip:a@192.0.2.10:5060;transport=tcp>";
  std::string sent_by = "192.0.2.10:5060", rport = ";rport", uri = "sip:100@192.0.2.20:5062";
  std::string invite, invite_branch, branch;
  uint32_t cseq = 0, cseq_used = 0, invite_cseq = 0;
  int branches = 0;
};

}  // namespace um::tests

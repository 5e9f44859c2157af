#include "tests/support/caller/caller.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/sip/sdp.h"
#include "tests/support/tones.h"

namespace um::tests {
namespace {
using namespace std::chrono_literals;
constexpr async::Duration kForAnAnswer = 10s;
constexpr async::Duration kForTheTone = 60s;
constexpr async::Duration kAfterKey = 400ms;

std::string Token() { return Hex(RandomBytes(8)); }
}  // namespace

Caller::Caller(async::Loop& loop, net::Transport& transport, const CallerOptions& options,
               Listener& listener, Part part, std::vector<uint8_t> speech, media::Batch& batch,
               LineStatistics& statistics)
    : loop_(loop),
      transport_(transport),
      options_(options),
      listener_(listener),
      part_(std::move(part)),
      speech_(std::move(speech)),
      call_id_(Token()),
      line_(loop, batch, statistics, options.impairment,
            {[this] { OnTone(); }, [this] { OnSaid(); }}),
      patience_(loop, [this] { Fail("waited in vain"); }),
      pause_(loop, [this] {
        if (step_ != 's') return Next();
        line_.Say(speech_);
        listener_.OnSpeaking(*this);
      }) {}

void Caller::Enter(State state, async::Duration patience) {
  state_ = state;
  patience_.Start(patience);
}

void Caller::Fail(const std::string& what) {
  if (state_ == State::kEnded) return;
  static constexpr const char* kDoing[] = {"dialling", "asking um-proxy", "calling the node",
                                           "talking",  "hanging up",      "after the call"};
  why_ = fmt::format("{} (after '{}' of '{}'): {}", kDoing[static_cast<int>(state_)],
                     part_.steps.substr(0, steps_done_), part_.steps, what);
  End();
}

void Caller::End() {
  state_ = State::kEnded;
  line_.Stop();
  patience_.Stop();
  pause_.Stop();
  listener_.OnEnded(*this);
}

bool Caller::Connect(const net::Endpoint& peer) {
  const auto flow = transport_.Connect(net::Protocol::kTcp, peer);
  if (flow.ok()) flow_ = *flow;
  if (!flow.ok()) Fail(Message(flow.status()));
  return flow.ok();
}

void Caller::Dial(media::PortRange& ports) {
  if (const absl::Status opened = line_.Open(ports, options_.local); !opened.ok()) {
    return Fail(Message(opened));
  }
  Enter(State::kOffered, kForAnAnswer);
  if (Connect(options_.proxy)) {
    Invite(fmt::format("sip:{}@{}", options_.pilot, options_.proxy.ToString()));
  }
}

std::string Caller::Offer() const {
  sip::SessionDescription offer{.session_id = 1, .version = 1};
  offer.address = options_.local.ToString();
  offer.media.push_back({.type = "audio",
                         .port = line_.port(),
                         .protocol = "RTP/AVP",
                         .formats = {{.payload_type = 0, .encoding = "PCMU", .clock_rate = 8000}},
                         .ptime = 20});
  if (part_.way == KeyWay::kEvent) {
    offer.media[0].formats.push_back(
        {.payload_type = AudioLine::kEventType, .encoding = "telephone-event", .clock_rate = 8000});
  }
  return offer.ToString();
}

void Caller::Invite(const std::string& uri) {
  uri_ = uri;
  branch_ = "z9hG4bK" + Token();
  Send("INVITE", uri_, fmt::format("<sip:{}@{}>", options_.pilot, options_.proxy.ToString()),
       ++cseq_, branch_,
       fmt::format("Diversion: <sip:{}@{}>;reason=no-answer;counter=1\r\n"
                   "Content-Type: application/sdp\r\n",
                   part_.extension, options_.local.ToString()),
       Offer());
}

void Caller::Send(std::string_view method, const std::string& uri, const std::string& to, int cseq,
                  const std::string& branch, std::string_view headers, std::string_view body) {
  const std::string us = transport_.Advertised(flow_).ToString();
  const bool sent =
      transport_.Send(flow_, fmt::format("{} {} SIP/2.0\r\n"
                                         "Via: SIP/2.0/TCP {};branch={}\r\n"
                                         "Max-Forwards: 70\r\n"
                                         "From: \"Caller {}\" <sip:+1555{}@{}>;tag={}\r\n"
                                         "To: {}\r\n"
                                         "Call-ID: {}\r\n"
                                         "CSeq: {} {}\r\n"
                                         "Contact: <sip:{};transport=tcp>\r\n"
                                         "{}Content-Length: {}\r\n\r\n{}",
                                         method, uri, us, branch, extension(), extension(),
                                         options_.local.ToString(), call_id_, to, call_id_, cseq,
                                         method, us, headers, body.size(), body));
  if (!sent) Fail(fmt::format("{} could not be sent", method));
}

void Caller::OnMessage(const net::Flow& flow, const sip::Message& message) {
  if (ended()) return;
  if (message.is_request()) return OnRequest(flow, message);
  const int status = message.status();
  if (status < 200 || message.cseq().number != static_cast<uint32_t>(cseq_)) return;
  const std::string& method = message.cseq().method;
  if (method == "INVITE" && status >= 300) {
    // RFC 3261 section 17.1.1.3: in the INVITE's own transaction.
    Send("ACK", uri_, message.Header("To"), cseq_, branch_);
  }
  if (state_ == State::kOffered && status == 302) return Follow(message);
  if (state_ == State::kInvited && status == 200) return Talk(message);
  if (state_ == State::kLeaving && method == "BYE" && status == 200) return End();
  if (state_ == State::kTalking && status == 200) return;  // a key, or a NOTIFY
  Fail(fmt::format("{} {} {}", status, message.phrase(), message.Header("ms-diagnostics")));
}

/// A PBX as well: it calls whom it is asked to, who answers unless the number begins with 9.
void Caller::OnRequest(const net::Flow& flow, const sip::Message& request) {
  if (request.method() == "ACK") return;
  const bool refer = request.method() == "REFER";
  transport_.Send(flow, sip::ResponseBuilder(request, flow.peer.ip.ToString(), flow.peer.port,
                                             refer ? 202 : 200, "OK", "")
                            .Finish());
  if (refer) {
    const auto whom = sip::NameAddr::Parse(request.Header("Refer-To"));
    const bool busy = !whom || whom->uri.user.starts_with('9');
    Send("NOTIFY", uri_, to_, ++cseq_, "z9hG4bK" + Token(),
         "Event: refer\r\nSubscription-State: terminated;reason=noresource\r\n"
         "Content-Type: message/sipfrag\r\n",
         busy ? "SIP/2.0 486 Busy Here" : "SIP/2.0 200 OK");
  }
  if (request.method() != "BYE") return;
  if (step_ != 0) return Fail("the other side hung up");
  hung_up_ = loop_.Now();
  End();
}

void Caller::OnClosed(const net::Flow& flow) {
  if (flow == flow_) Fail("the connection was closed");
}

void Caller::Follow(const sip::Message& redirect) {
  const auto contact = sip::NameAddr::Parse(redirect.Header("Contact"));
  if (!contact) return Fail("no usable contact in the redirect");
  const auto ip = net::IpAddress::Parse(contact->uri.host);
  if (!ip) return Fail("the contact is no address: " + contact->uri.host);
  Enter(State::kInvited, kForAnAnswer);
  if (Connect({*ip, contact->uri.port})) Invite(contact->uri.ToString());
}

void Caller::Talk(const sip::Message& answer) {
  const auto contact = sip::NameAddr::Parse(answer.Header("Contact"));
  const auto sdp = sip::SessionDescription::Parse(answer.body());
  if (!contact || !sdp.ok() || sdp->media.empty()) return Fail("no usable answer in the 200");
  const auto ip = net::IpAddress::Parse(sdp->media[0].address);
  if (!ip || sdp->media[0].port == 0) return Fail("the answer refuses the audio");
  uri_ = contact->uri.ToString();
  to_ = answer.Header("To");
  answered_ = loop_.Now();
  Send("ACK", uri_, to_, cseq_, "z9hG4bK" + Token());
  line_.Start({*ip, sdp->media[0].port});
  Next();
}

void Caller::Next() {
  step_ = steps_done_ < part_.steps.size() ? part_.steps[steps_done_++] : '\0';
  Enter(State::kTalking, kForTheTone + speech_.size() * 125us);
  switch (step_) {
    case 0:
      return;
    case 't':
      if (std::exchange(tone_heard_, false)) Next();
      return;
    case 's':
      return pause_.Start(options_.breath);
    case 'w':
      return pause_.Start(1s);
    case 'x':
      return HangUp();
    default:
      return Press(step_);
  }
}

void Caller::Press(char key) {
  tone_heard_ = false;
  const auto info = [&](const char* type, const std::string& body) {
    Send("INFO", uri_, to_, ++cseq_, "z9hG4bK" + Token(),
         fmt::format("Content-Type: application/{}\r\n", type), body);
    pause_.Start(kAfterKey);
  };
  switch (part_.way) {
    case KeyWay::kEvent:
      return line_.Press(key);
    case KeyWay::kRelay:
      return info("dtmf-relay", fmt::format("Signal={}\r\nDuration=160\r\n", key));
    case KeyWay::kInfo:
      return info("dtmf", std::string(1, key));
    case KeyWay::kTone:
      key_tone_ = Encoded(ToneOf(key, {.ms = 100}));
      return line_.Say(key_tone_);
  }
}

void Caller::OnTone() {
  tone_ = loop_.Now();
  tone_heard_ = true;
  if (state_ == State::kTalking && step_ == 't') {
    tone_heard_ = false;
    Next();
  }
}

void Caller::OnSaid() {
  if (step_ != 's') return pause_.Start(kAfterKey);
  lead_ = line_.began() - tone_;
  Next();
}

void Caller::HangUp() {
  listener_.OnHangingUp(*this);
  line_.Stop();
  hung_up_ = loop_.Now();
  Enter(State::kLeaving, kForAnAnswer);
  Send("BYE", uri_, to_, ++cseq_, "z9hG4bK" + Token());
}

}  // namespace um::tests

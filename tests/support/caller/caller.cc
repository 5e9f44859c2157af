#include "tests/support/caller/caller.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/sip/sdp.h"

namespace um::tests {
namespace {
using namespace std::chrono_literals;
constexpr async::Duration kForAnAnswer = 10s;
constexpr async::Duration kForTheTone = 60s;

std::string Token() { return Hex(RandomBytes(8)); }
}  // namespace

Caller::Caller(async::Loop& loop, net::Transport& transport, const CallerOptions& options,
               Listener& listener, std::string extension, std::vector<uint8_t> speech,
               media::Batch& batch, LineStatistics& statistics)
    : loop_(loop),
      transport_(transport),
      options_(options),
      listener_(listener),
      extension_(std::move(extension)),
      speech_(std::move(speech)),
      call_id_(Token()),
      line_(loop, batch, statistics, {[this] { OnTone(); }, [this] { HangUp(); }}),
      patience_(loop, [this] { Fail("waited in vain"); }),
      breath_(loop, [this] {
        line_.Say(speech_);
        listener_.OnSpeaking(*this);
      }) {}

void Caller::Enter(State state, async::Duration patience) {
  state_ = state;
  patience_.Start(patience);
}

void Caller::Fail(const std::string& what) {
  if (state_ == State::kEnded) return;
  static constexpr const char* kDoing[] = {
      "dialling", "asking um-proxy", "calling the node", "listening for the tone",
      "speaking", "hanging up",      "after the call"};
  why_ = fmt::format("{}: {}", kDoing[static_cast<int>(state_)], what);
  End();
}

void Caller::End() {
  state_ = State::kEnded;
  line_.Stop();
  patience_.Stop();
  breath_.Stop();
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
  return offer.ToString();
}

void Caller::Invite(const std::string& uri) {
  uri_ = uri;
  branch_ = "z9hG4bK" + Token();
  Send("INVITE", uri_, fmt::format("<sip:{}@{}>", options_.pilot, options_.proxy.ToString()),
       ++cseq_, branch_,
       fmt::format("Diversion: <sip:{}@{}>;reason=no-answer;counter=1\r\n"
                   "Content-Type: application/sdp\r\n",
                   extension_, options_.local.ToString()),
       Offer());
}

void Caller::Send(std::string_view method, const std::string& uri, const std::string& to, int cseq,
                  const std::string& branch, std::string_view headers, std::string_view body) {
  const std::string us = transport_.Advertised(flow_).ToString();
  const bool sent = transport_.Send(
      flow_, fmt::format("{} {} SIP/2.0\r\n"
                         "Via: SIP/2.0/TCP {};branch={}\r\n"
                         "Max-Forwards: 70\r\n"
                         "From: \"Caller {}\" <sip:+1555{}@{}>;tag={}\r\n"
                         "To: {}\r\n"
                         "Call-ID: {}\r\n"
                         "CSeq: {} {}\r\n"
                         "Contact: <sip:{};transport=tcp>\r\n"
                         "{}Content-Length: {}\r\n\r\n{}",
                         method, uri, us, branch, extension_, extension_, options_.local.ToString(),
                         call_id_, to, call_id_, cseq, method, us, headers, body.size(), body));
  if (!sent) Fail(fmt::format("{} could not be sent", method));
}

void Caller::OnMessage(const net::Flow& flow, const sip::Message& message) {
  if (ended()) return;
  if (message.is_request()) {
    if (message.method() == "ACK") return;
    transport_.Send(
        flow, sip::ResponseBuilder(message, flow.peer.ip.ToString(), flow.peer.port, 200, "OK", "")
                  .Finish());
    if (message.method() == "BYE") Fail("the other side hung up");
    return;
  }
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
  Fail(fmt::format("{} {} {}", status, message.phrase(), message.Header("ms-diagnostics")));
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
  Enter(State::kListening, kForTheTone);
  answered_ = loop_.Now();
  Send("ACK", uri_, to_, cseq_, "z9hG4bK" + Token());
  line_.Start({*ip, sdp->media[0].port});
}

void Caller::OnTone() {
  if (state_ != State::kListening) return;  // the goodbye has none, but who knows
  tone_ = loop_.Now();
  Enter(State::kSpeaking, options_.breath + speech_.size() * 125us + kForAnAnswer);
  breath_.Start(options_.breath);
}

void Caller::HangUp() {
  listener_.OnHangingUp(*this);
  line_.Stop();
  hung_up_ = loop_.Now();
  Enter(State::kLeaving, kForAnAnswer);
  Send("BYE", uri_, to_, ++cseq_, "z9hG4bK" + Token());
}

}  // namespace um::tests

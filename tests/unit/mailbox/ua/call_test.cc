// Whole calls, as the figures of RFC 3261 sections 12 to 15 draw them.
#include "tests/unit/mailbox/ua/caller.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {
const Ladder kNone;
}

TEST_CASE("a call: INVITE, 100, 180, 200, ACK, BYE, 200") {
  for (const net::Flow& flow : {UdpFlow(), TcpFlow()}) {
    Caller caller(flow);
    caller.Invite();
    CHECK(caller.owner.session->offer() == std::string(kOffer));
    CHECK(caller.owner.session->flow() == flow);
    caller.owner.session->Progress(180);
    caller.loop.RunFor(1s);
    caller.owner.session->Accept(kAnswer);
    caller.TakeTag();
    caller.loop.RunFor(100ms);
    caller.Ack();
    CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 180 INVITE", "1 200 INVITE"});
    CHECK(caller.owner.Take() == Ladder{"0 invite", "1.1 established"});
    caller.loop.RunFor(60s);
    CHECK(caller.agent->sessions() == 1);
    caller.Send("BYE");
    CHECK(caller.transport.Take() == Ladder{"61.1 200 BYE"});
    CHECK(caller.owner.Take() == Ladder{"61.1 ended hung-up"});
    CHECK(caller.agent->sessions() == 0);
    caller.CheckNothingLeft();
    CHECK(caller.owner.Take() == kNone);
  }
}

TEST_CASE("what a 200 to INVITE says") {
  Caller caller;
  caller.uri = "sip:4711@um.example.com;transport=tcp";
  caller.Invite(
      {.headers = "Record-Route: <sip:192.0.2.5;lr>, <sip:192.0.2.6;lr>\r\n", .sdp = kOffer});
  caller.owner.session->Accept(kAnswer);
  const auto ok = caller.transport.Last();
  CHECK(ok.Header("Contact") == "<sip:4711@192.0.2.20:5062;transport=tcp>");
  CHECK(ok.Headers("Allow").size() == 9);
  CHECK(ok.HasOption("Supported", "timer"));
  CHECK(ok.Header("Server") == "Voxpost");
  CHECK(ok.Headers("Record-Route") ==
        std::vector<std::string>{"<sip:192.0.2.5;lr>", "<sip:192.0.2.6;lr>"});
  CHECK(ok.to_tag().size() >= 8);
  CHECK(ok.Header("Content-Type") == "application/sdp");
  CHECK(ok.body() == kAnswer);
}

TEST_CASE("provisional responses have the dialog's tag and are repeated every minute") {
  Caller caller;
  caller.Invite();
  caller.owner.session->Progress(180);
  const std::string tag = caller.transport.Last().to_tag();
  CHECK_FALSE(tag.empty());
  CHECK(caller.transport.Last().Header("Contact") != "");
  caller.loop.RunFor(130s);
  caller.owner.session->Accept(kAnswer);
  CHECK(caller.transport.Last().to_tag() == tag);
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 180 INVITE", "60 180 INVITE",
                                          "120 180 INVITE", "130 200 INVITE"});
}

TEST_CASE("section 13.3.1.4: a 200 without ACK is repeated for 64*T1 on any transport, then BYE") {
  for (const net::Flow& flow : {UdpFlow(), TcpFlow()}) {
    Caller caller(flow);
    caller.Invite();
    caller.owner.session->Accept(kAnswer);
    caller.loop.RunFor(32s);
    CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 200 INVITE", "0.5 200 INVITE",
                                            "1.5 200 INVITE", "3.5 200 INVITE", "7.5 200 INVITE",
                                            "11.5 200 INVITE", "15.5 200 INVITE", "19.5 200 INVITE",
                                            "23.5 200 INVITE", "27.5 200 INVITE", "31.5 200 INVITE",
                                            "32 BYE"});
    CHECK(caller.owner.Take() == Ladder{"0 invite", "32 ended no-ack"});
    caller.Respond(200);
    caller.CheckNothingLeft();
  }
}

TEST_CASE("a lost ACK: the one that answers the repeated 200 will do") {
  Caller caller(UdpFlow());
  caller.Invite();
  caller.owner.session->Accept(kAnswer);
  caller.TakeTag();
  caller.loop.RunFor(2s);
  caller.Ack();
  caller.Ack();
  caller.loop.RunFor(40s);
  CHECK(caller.transport.Take() ==
        Ladder{"0 100 INVITE", "0 200 INVITE", "0.5 200 INVITE", "1.5 200 INVITE"});
  CHECK(caller.owner.Take() == Ladder{"0 invite", "2 established"});
}

TEST_CASE("ACKs that are not ours to take change nothing") {
  Caller caller;
  caller.Invite();
  caller.owner.session->Accept(kAnswer);
  caller.TakeTag();
  caller.owner.Take();
  caller.Send("ACK", {.cseq = 99});
  const std::string tag = std::exchange(caller.to_tag, "wrong");
  caller.Ack();
  caller.to_tag = tag;
  caller.from_tag = "g";
  caller.Ack();
  CHECK(caller.owner.Take() == kNone);
}

TEST_CASE("a refused call: our status, its ACK, nothing left") {
  Caller caller(UdpFlow());
  caller.Invite();
  caller.owner.session->Reject({486, "Busy\r\nEvil: yes", "Retry-After: 5\r\nX-Why: full\r\n"});
  caller.loop.RunFor(600ms);
  const auto busy = caller.transport.Last();
  CHECK(busy.status() == 486);
  CHECK(busy.Header("Retry-After") == "5");
  CHECK(busy.Header("X-Why") == "full");
  CHECK(busy.Header("Evil") == "");
  caller.Send("ACK", {.cseq = caller.invite_cseq, .branch = caller.invite_branch});
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 486 INVITE", "0.5 486 INVITE"});
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 ended rejected"});
  caller.CheckNothingLeft();
}

TEST_CASE("delayed offer: our offer in the 200, the answer in the ACK") {
  Caller caller;
  caller.Invite({});
  CHECK_FALSE(caller.owner.session->offer().has_value());
  caller.owner.session->Accept(kAnswer);
  caller.TakeTag();
  caller.Ack(kOffer);
  CHECK(caller.owner.answered == kOffer);
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 answer", "0 established"});
}

TEST_CASE("delayed offer without a usable answer: BYE") {
  for (const bool with_sdp : {false, true}) {
    Caller caller;
    caller.Invite({});
    caller.owner.answer_status = absl::FailedPreconditionError("nothing in common");
    caller.owner.session->Accept(kAnswer);
    caller.TakeTag();
    caller.transport.Take();
    caller.Ack(with_sdp ? kOffer : "");
    CHECK(caller.transport.Take() == Ladder{"0 BYE"});
    CHECK(caller.owner.Take().back() == "0 ended protocol-error");
    caller.Respond(200);
    caller.CheckNothingLeft();
  }
}

TEST_CASE("we hang up: BYE with the dialog's identity, over the call's flow") {
  Caller caller;
  caller.Call(
      {.headers = "Record-Route: <sip:192.0.2.5;lr>\r\nRecord-Route: <sip:192.0.2.6;lr>\r\n",
       .sdp = kOffer});
  caller.owner.session->HangUp();
  caller.loop.RunFor(0s);
  CHECK(caller.transport.Take() == Ladder{"0 BYE"});
  CHECK(caller.owner.Take() == Ladder{"0 ended we-hung-up"});
  const auto bye = caller.transport.Last();
  CHECK(bye.request_uri() == "sip:a@192.0.2.10:5060;transport=tcp");
  CHECK(bye.Headers("Route") ==
        std::vector<std::string>{"<sip:192.0.2.5;lr>", "<sip:192.0.2.6;lr>"});
  CHECK(bye.from_tag() == caller.to_tag);
  CHECK(bye.to_tag() == "f");
  CHECK(bye.call_id() == "call-1");
  CHECK(bye.top_via().protocol == "TCP");
  CHECK(bye.top_via().host == "192.0.2.20");
  CHECK(bye.Header("User-Agent") == "Voxpost");
  CHECK(caller.transport.sent.back().flow == TcpFlow());
  CHECK(caller.agent->sessions() == 1);  // until the peer has answered
  caller.Respond(200);
  CHECK(caller.agent->sessions() == 0);
  caller.CheckNothingLeft();
}

TEST_CASE("a strict router gets the Request-URI, and the target goes last") {
  Caller caller;
  caller.Call({.headers = "Record-Route: <sip:192.0.2.5>, <sip:192.0.2.6;lr>\r\n", .sdp = kOffer});
  caller.owner.session->HangUp();
  const auto bye = caller.transport.Last();
  CHECK(bye.request_uri() == "sip:192.0.2.5");
  CHECK(bye.Headers("Route") ==
        std::vector<std::string>{"<sip:192.0.2.6;lr>", "<sip:a@192.0.2.10:5060;transport=tcp>"});
}

TEST_CASE("section 15.1.1: a BYE of ours waits for the ACK") {
  Caller caller;
  caller.Invite();
  caller.owner.session->Accept(kAnswer);
  caller.TakeTag();
  caller.owner.session->HangUp();
  caller.loop.RunFor(600ms);
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 200 INVITE", "0.5 200 INVITE"});
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 ended we-hung-up"});
  caller.Ack();
  CHECK(caller.transport.Take() == Ladder{"0.6 BYE"});
  CHECK(caller.owner.Take() == kNone);
  caller.Respond(200);
  caller.CheckNothingLeft();
}

TEST_CASE("section 15.1.1: or for 64*T1") {
  Caller caller;
  caller.Invite();
  caller.owner.session->Accept(kAnswer);
  caller.owner.session->HangUp();
  caller.loop.RunFor(32s);
  CHECK(caller.transport.Take().back() == "32 BYE");
  caller.CheckNothingLeft();
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 ended we-hung-up"});
}

TEST_CASE("CANCEL: 200 with the INVITE's tag, 487, and the ACK ends it") {
  for (const net::Flow& flow : {UdpFlow(), TcpFlow()}) {
    Caller caller(flow);
    caller.Invite();
    caller.owner.session->Progress(180);
    caller.TakeTag();
    caller.loop.RunFor(2s);
    caller.Cancel();
    CHECK(caller.transport.Take() ==
          Ladder{"0 100 INVITE", "0 180 INVITE", "2 200 CANCEL", "2 487 INVITE"});
    CHECK(caller.transport.sent[2].Parsed().to_tag() == caller.to_tag);
    CHECK(caller.transport.sent[3].Parsed().to_tag() == caller.to_tag);
    CHECK(caller.owner.Take() == Ladder{"0 invite", "2 ended cancelled"});
    caller.Send("ACK", {.cseq = caller.invite_cseq, .branch = caller.invite_branch});
    caller.owner.session->Accept(kAnswer);  // too late
    caller.owner.session->Reject({});
    caller.owner.session->HangUp();
    CHECK(caller.transport.Take() == kNone);
    caller.CheckNothingLeft();
  }
}

TEST_CASE("CANCEL crossing our 200: 200 to it, and the call stands") {
  Caller caller;
  caller.Invite();
  caller.owner.session->Accept(kAnswer);
  caller.TakeTag();
  caller.Cancel();
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 200 INVITE", "0 200 CANCEL"});
  caller.Ack();
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 established"});
  caller.Send("BYE");
  CHECK(caller.owner.Take() == Ladder{"0 ended hung-up"});
  caller.CheckNothingLeft();
}

TEST_CASE("CANCEL crossing our refusal, for nothing, and twice") {
  Caller caller(UdpFlow());
  caller.Invite();
  caller.owner.session->Reject({486, "", ""});
  caller.Cancel();
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 486 INVITE", "0 200 CANCEL"});
  caller.Cancel();  // repeated: the same answer again
  CHECK(caller.transport.Take() == Ladder{"0 200 CANCEL"});
  caller.Send("CANCEL", {.cseq = 5, .branch = "z9hG4bKnever"});
  CHECK(caller.transport.Take() == Ladder{"0 481 CANCEL"});
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 ended rejected"});
}

TEST_CASE("an INVITE that expires is answered like a cancelled one") {
  Caller caller;
  caller.Invite({.headers = "Expires: 5\r\n", .sdp = kOffer});
  caller.loop.RunFor(6s);
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "5 487 INVITE"});
  CHECK(caller.owner.Take() == Ladder{"0 invite", "5 ended cancelled"});
  Caller answered;
  answered.Call({.headers = "Expires: 5\r\n", .sdp = kOffer});
  answered.loop.RunFor(60s);
  CHECK(answered.owner.Take() == kNone);
}

TEST_CASE("BYE before our final response: 200, and 487 for the INVITE") {
  Caller caller;
  caller.Invite();
  caller.owner.session->Progress(180);
  caller.TakeTag();
  caller.Send("BYE");
  CHECK(caller.transport.Take() ==
        Ladder{"0 100 INVITE", "0 180 INVITE", "0 200 BYE", "0 487 INVITE"});
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 ended hung-up"});
  caller.CheckNothingLeft();
}

TEST_CASE("BYE before the ACK: the 200 is repeated no more") {
  Caller caller(UdpFlow());
  caller.Invite();
  caller.owner.session->Accept(kAnswer);
  caller.TakeTag();
  caller.Send("BYE");
  caller.loop.RunFor(100ms);
  caller.Ack();  // overtaken
  caller.loop.RunFor(40s);
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 200 INVITE", "0 200 BYE"});
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 ended hung-up"});
  caller.CheckNothingLeft();
}

TEST_CASE("BYE crossing BYE: both are answered") {
  Caller caller(UdpFlow());
  caller.Call();
  caller.owner.session->HangUp();
  caller.loop.RunFor(100ms);
  const std::string bye = caller.Send("BYE");
  CHECK(caller.transport.Take() == Ladder{"0 BYE", "0.1 200 BYE"});
  caller.Receive(bye);
  CHECK(caller.transport.Take() == Ladder{"0.1 200 BYE"});
  const auto ours = caller.transport.sent[caller.transport.sent.size() - 3].Parsed();
  CHECK(ours.method() == "BYE");
  caller.Respond(481);
  CHECK(caller.owner.Take() == Ladder{"0 ended we-hung-up"});
  CHECK(caller.agent->sessions() == 0);
  caller.CheckNothingLeft();
}

TEST_CASE("a BYE without answer is repeated, given up, and forgotten") {
  Caller caller(UdpFlow());
  caller.Call();
  caller.owner.session->HangUp();
  caller.CheckNothingLeft();
  CHECK(caller.transport.Take().back() == "31.5 BYE");
  CHECK(caller.owner.Take() == Ladder{"0 ended we-hung-up"});
}

TEST_CASE("a repeated INVITE never makes a second call") {
  for (const net::Flow& flow : {UdpFlow(), TcpFlow()}) {
    Caller caller(flow);
    caller.Invite();
    caller.Receive(caller.invite);
    CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 100 INVITE"});
    caller.owner.session->Progress(180);
    caller.Receive(caller.invite);
    CHECK(caller.transport.Take() == Ladder{"0 180 INVITE", "0 180 INVITE"});
    caller.owner.session->Accept(kAnswer);
    caller.TakeTag();
    caller.Receive(caller.invite);  // absorbed (RFC 6026)
    CHECK(caller.transport.Take() == Ladder{"0 200 INVITE"});
    caller.Ack();
    caller.Receive(caller.invite);
    caller.Send("BYE");
    caller.Receive(caller.invite);
    CHECK(caller.transport.Take() == Ladder{"0 200 BYE"});
    CHECK(caller.owner.Take() == Ladder{"0 invite", "0 established", "0 ended hung-up"});
    caller.CheckNothingLeft();
  }
}

TEST_CASE("destroying a session ends what still stands, in every state") {
  SECTION("unanswered: 480") {
    Caller caller;
    caller.Invite();
    caller.owner.session.reset();
    CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 480 INVITE"});
    caller.CheckNothingLeft();
    CHECK(caller.owner.Take() == Ladder{"0 invite"});
  }
  SECTION("by the handler itself: 480") {
    Caller caller;
    caller.owner.on_invite = [&](ua::Session&) { caller.owner.session.reset(); };
    caller.Invite();
    CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 480 INVITE"});
    caller.CheckNothingLeft();
  }
  SECTION("answered, no ACK yet: BYE after the ACK") {
    Caller caller;
    caller.Invite({});
    caller.owner.session->Accept(kAnswer);
    caller.TakeTag();
    caller.owner.session.reset();
    caller.loop.RunFor(100ms);
    caller.Ack(kOffer);
    CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 200 INVITE", "0.1 BYE"});
    caller.Respond(200);
    caller.CheckNothingLeft();
    CHECK(caller.owner.Take() == Ladder{"0 invite"});
  }
  SECTION("established: BYE") {
    Caller caller;
    caller.Call();
    caller.owner.session.reset();
    CHECK(caller.transport.Take() == Ladder{"0 BYE"});
    caller.Send("INVITE", {.sdp = kOffer});
    caller.Send("INFO");
    CHECK(caller.transport.Take() == Ladder{"0 481 INVITE", "0 481 INFO"});
    caller.CheckNothingLeft();
    CHECK(caller.owner.Take() == kNone);
  }
  SECTION("ended: nothing") {
    Caller caller;
    caller.owner.destroy_when_ended = true;
    caller.Call();
    caller.Send("BYE");
    CHECK(caller.owner.session == nullptr);
    CHECK(caller.transport.Take() == Ladder{"0 200 BYE"});
    caller.CheckNothingLeft();
  }
  SECTION("between the end and the word of it: no word") {
    Caller caller;
    caller.Call();
    caller.agent->OnMessage(caller.flow, caller.Text("BYE"));
    caller.owner.session.reset();
    caller.CheckNothingLeft();
    CHECK(caller.owner.Take() == kNone);
  }
}

TEST_CASE("a session outlives its user agent harmlessly") {
  Caller caller;
  caller.Call();
  caller.agent.reset();
  caller.owner.session->HangUp();
  caller.owner.session->Accept(kAnswer);
  caller.owner.session.reset();
  caller.loop.RunToEnd();
  CHECK(caller.transport.Take() == kNone);
}

TEST_CASE("a listener set after the end is told of it") {
  Caller caller;
  caller.owner.late_listener = true;
  caller.Invite();
  caller.Cancel();
  caller.loop.RunFor(1s);
  CHECK(caller.owner.Take() == Ladder{"0 invite"});
  caller.owner.session->SetListener(&caller.owner);
  CHECK(caller.owner.Take() == kNone);  // never from inside a member
  caller.loop.RunFor(0s);
  CHECK(caller.owner.Take() == Ladder{"1 ended cancelled"});
}

TEST_CASE("many calls at once, each with its own dialog") {
  Caller caller;
  std::vector<std::unique_ptr<ua::Session>> sessions;
  std::vector<std::string> tags;
  for (int i = 0; i < 200; ++i) {
    caller.call_id = fmt::format("call-{}", i);
    caller.to_tag.clear();
    caller.Invite();
    caller.owner.session->Accept(kAnswer);
    sessions.push_back(std::move(caller.owner.session));
    tags.push_back(caller.transport.Last().to_tag());
  }
  CHECK(caller.agent->sessions() == 200);
  caller.owner.Take();
  for (int i = 0; i < 200; ++i) {
    caller.call_id = fmt::format("call-{}", i);
    caller.to_tag = tags[i];
    caller.Ack();
    caller.Send("BYE");
  }
  CHECK(caller.agent->sessions() == 0);
  caller.CheckNothingLeft();
}

// RFC 3261 section 18.2.2, RFC 3581 section 4: gateways that send from another port than they
// listen on.
TEST_CASE("without rport a call by UDP is spoken to at the port that its Via names") {
  struct {
    const char* sent_by;
    const char* rport;
    int port;
  } const kCases[] = {{"192.0.2.10:5066", "", 5066},
                      {"pbx.example", "", 5060},
                      {"192.0.2.10:5066", ";rport", 40001}};
  for (const auto& c : kCases) {
    INFO(c.sent_by << c.rport);
    net::Flow flow = UdpFlow();
    flow.peer.port = 40001;
    Caller caller(flow);
    caller.sent_by = c.sent_by;
    caller.rport = c.rport;
    caller.Call();
    caller.owner.session->HangUp();
    caller.Settle();
    caller.Respond(200);
    caller.Send("OPTIONS");  // of a call that is over: 481
    CHECK(caller.transport.Take() == Ladder{"0 BYE", "0 481 OPTIONS"});
    for (const auto& sent : caller.transport.sent) CHECK(sent.flow.peer.port == c.port);
    caller.owner.session.reset();
    caller.CheckNothingLeft();
  }
}

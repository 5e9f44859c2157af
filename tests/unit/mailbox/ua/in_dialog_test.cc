// Requests inside a call: re-INVITE (RFC 3261 section 14), UPDATE (RFC 3311), and the rest.
#include "tests/unit/mailbox/ua/caller.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {
const Ladder kNone;
constexpr char kHold[] =
    "v=0\r\no=- 1 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 5004 "
    "RTP/AVP 0\r\na=sendonly\r\n";
}  // namespace

TEST_CASE("re-INVITE with an offer: our answer in the 200") {
  for (const net::Flow& flow : {UdpFlow(), TcpFlow()}) {
    Caller caller(flow);
    caller.Call();
    caller.Invite({.sdp = kHold});
    CHECK(caller.owner.offered == kHold);
    CHECK(caller.transport.Last().body() == kAnswer);
    caller.loop.RunFor(600ms);
    CHECK(caller.transport.Take() == Ladder{"0 200 INVITE", "0.5 200 INVITE"});
    caller.Ack();
    caller.loop.RunFor(60s);
    CHECK(caller.transport.Take() == kNone);
    CHECK(caller.owner.Take() == Ladder{"0 offer"});  // established only once
    caller.Send("BYE");
    caller.CheckNothingLeft();
  }
}

TEST_CASE("re-INVITE without an offer: ours in the 200, the answer in the ACK") {
  Caller caller;
  caller.Call();
  caller.Invite({});
  caller.Ack(kHold);
  CHECK(caller.owner.answered == kHold);
  CHECK(caller.owner.Take() == Ladder{"0 offer wanted", "0 answer"});
}

TEST_CASE("a refused re-INVITE leaves the session as it was") {
  Caller caller;
  caller.Call();
  caller.owner.next_answer = ua::Refuse{488, "", "Warning: 304 um \"no\"\r\n"};
  caller.Invite({.sdp = kHold});
  CHECK(caller.transport.Last().status() == 488);
  CHECK(caller.transport.Last().Header("Warning") != "");
  caller.Send("ACK", {.cseq = caller.invite_cseq, .branch = caller.invite_branch});
  caller.transport.Take();
  caller.owner.next_answer = kAnswer;
  caller.Invite({.sdp = kOffer});
  CHECK(caller.transport.Take() == Ladder{"0 200 INVITE"});
}

TEST_CASE("a re-INVITE whose 200 is never acknowledged ends the call") {
  Caller caller;
  caller.Call();
  caller.Invite({.sdp = kHold});
  caller.loop.RunFor(32s);
  CHECK(caller.transport.Take().back() == "32 BYE");
  CHECK(caller.owner.Take() == Ladder{"0 offer", "32 ended no-ack"});
}

TEST_CASE("a repeated re-INVITE is not offered twice") {
  Caller caller(UdpFlow());
  caller.Call();
  caller.Invite({.sdp = kHold});
  caller.Receive(caller.invite);
  CHECK(caller.owner.Take() == Ladder{"0 offer"});
  CHECK(caller.transport.Take() == Ladder{"0 200 INVITE"});
}

TEST_CASE("section 14.2: a second INVITE before our final response: 500 with Retry-After") {
  Caller caller;
  caller.Invite();
  caller.owner.session->Progress(180);
  caller.TakeTag();
  caller.Send("INVITE", {.sdp = kHold});
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 180 INVITE", "0 500 INVITE"});
  CHECK(caller.transport.Last().Header("Retry-After") != "");
  CHECK(caller.owner.Take() == Ladder{"0 invite"});
}

TEST_CASE("glare: our offer waits for its answer in the ACK") {
  Caller caller;
  caller.Invite({});
  caller.owner.session->Accept(kAnswer);
  caller.TakeTag();
  caller.transport.Take();
  const uint32_t first = caller.invite_cseq;
  caller.Send("INVITE", {.sdp = kHold});
  caller.Send("UPDATE", {.sdp = kHold});
  caller.Send("UPDATE");  // without an offer it does no harm
  CHECK(caller.transport.Take() == Ladder{"0 491 INVITE", "0 491 UPDATE", "0 200 UPDATE"});
  caller.invite_cseq = first;
  caller.Ack(kOffer);
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 answer", "0 established"});
}

TEST_CASE("a re-INVITE that overtakes the ACK says as much as the ACK") {
  Caller caller(UdpFlow());
  caller.Invite();
  caller.owner.session->Accept(kAnswer);
  caller.TakeTag();
  const uint32_t first = caller.invite_cseq;
  caller.Invite({.sdp = kHold});
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 established", "0 offer"});
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 200 INVITE", "0 200 INVITE"});
  caller.Send("ACK", {.cseq = first});  // late, and for another transaction
  caller.loop.RunFor(600ms);
  CHECK(caller.transport.Take() == Ladder{"0.5 200 INVITE"});
  caller.Ack();
  caller.loop.RunFor(60s);
  CHECK(caller.transport.Take() == kNone);
}

TEST_CASE("what UPDATE and INFO say of a call that is not answered yet is told, afterwards not") {
  for (const char* method : {"UPDATE", "INFO"}) {
    Caller caller;
    caller.Invite();
    caller.owner.session->Progress(180);
    caller.TakeTag();
    caller.transport.Take();
    caller.Send(method, {.headers = "Diversion: <sip:1001@x.example>\r\n"});
    CHECK(caller.transport.Take() == Ladder{fmt::format("0 200 {}", method)});
    CHECK(caller.owner.Take() ==
          Ladder{"0 invite", fmt::format("0 early {} <sip:1001@x.example>", method)});
    caller.owner.session->Accept(kAnswer);
    caller.Ack();
    caller.Send(method, {.headers = "Diversion: <sip:1002@x.example>\r\n"});
    CHECK(caller.owner.Take() == Ladder{"0 established"});
  }
}

TEST_CASE("UPDATE with an offer, without one, and before our answer") {
  Caller caller;
  caller.Invite();
  caller.owner.session->Progress(180);
  caller.TakeTag();
  caller.transport.Take();
  caller.Send("UPDATE", {.sdp = kHold});  // RFC 3311 section 5.2: an offer of the peer is open
  CHECK(caller.transport.Take() == Ladder{"0 500 UPDATE"});
  CHECK(caller.transport.Last().Header("Retry-After") != "");
  caller.Send("UPDATE");
  CHECK(caller.transport.Take() == Ladder{"0 200 UPDATE"});
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 early UPDATE "});
  caller.owner.session->Accept(kAnswer);
  caller.Send("ACK", {.cseq = caller.invite_cseq});
  caller.transport.Take();
  caller.owner.Take();
  caller.Send("UPDATE", {.sdp = kHold});
  CHECK(caller.owner.Take() == Ladder{"0 offer"});
  CHECK(caller.transport.Last().body() == kAnswer);
  CHECK(caller.transport.Last().Header("Contact") != "");
  caller.owner.next_answer = ua::Refuse{};
  caller.Send("UPDATE", {.sdp = kHold});
  CHECK(caller.transport.Take() == Ladder{"0 200 UPDATE", "0 488 UPDATE"});
}

TEST_CASE("re-INVITE and UPDATE move the target of our requests") {
  for (const std::string method : {"INVITE", "UPDATE"}) {
    Caller caller;
    caller.Call();
    caller.contact = "\"<a>\" <sip:moved%40x@192.0.2.77:5070;transport=tcp?x=y>;expires=3";
    caller.Send(method, {.sdp = kHold});
    caller.Send("ACK", {.cseq = caller.cseq});
    caller.owner.session->HangUp();
    CHECK(caller.transport.Last().request_uri() == "sip:moved%40x@192.0.2.77:5070;transport=tcp");
  }
}

TEST_CASE("section 12.2.2: a lower CSeq is out of order") {
  Caller caller;
  caller.cseq = 100;
  caller.Call();
  for (const std::string method : {"INVITE", "UPDATE", "BYE", "INFO", "OPTIONS"}) {
    caller.Send(method, {.cseq = 100});
    CHECK(caller.transport.Last().status() == 500);
    CHECK(caller.transport.Last().Header("Retry-After") != "");
  }
  CHECK(caller.owner.Take() == kNone);
  caller.Send("INFO", {.cseq = 4000});  // gaps are allowed
  CHECK(caller.transport.Last().status() == 200);
}

TEST_CASE("requests of other methods inside a call") {
  struct {
    const char* method;
    int status;
  } const kCases[] = {
      {"OPTIONS", 200}, {"INFO", 200},   {"MESSAGE", 405}, {"FOO", 501},
      {"REFER", 405},   {"NOTIFY", 481}, {"PRACK", 481},   {"SUBSCRIBE", 405},
  };
  for (const auto& c : kCases) {
    INFO(c.method);
    Caller caller;
    caller.Call();
    caller.Send(c.method);
    CHECK(caller.transport.Last().status() == c.status);
    CHECK((caller.transport.Last().Header("Allow") != "") == (c.status == 405 || c.status == 200));
    CHECK(caller.owner.Take() == kNone);
    CHECK(caller.agent->sessions() == 1);
  }
}

TEST_CASE("the owner may hang up inside a callback") {
  SECTION("while answering a re-INVITE") {
    Caller caller;
    caller.Call();
    caller.owner.on_callback = [&] { caller.owner.session->HangUp(); };
    caller.Send("INVITE", {.sdp = kHold});
    CHECK(caller.transport.Take() == Ladder{"0 BYE", "0 487 INVITE"});
    CHECK(caller.owner.Take() == Ladder{"0 offer", "0 ended we-hung-up"});
    caller.CheckNothingLeft();
  }
  SECTION("while taking an answer") {
    Caller caller;
    caller.Invite({});
    caller.owner.session->Accept(kAnswer);
    caller.TakeTag();
    caller.owner.on_callback = [&] { caller.owner.session->HangUp(); };
    caller.Ack(kOffer);
    CHECK(caller.owner.Take() == Ladder{"0 invite", "0 answer", "0 ended we-hung-up"});
    caller.CheckNothingLeft();
  }
  SECTION("while answering an UPDATE") {
    Caller caller;
    caller.Call();
    caller.owner.on_callback = [&] { caller.owner.session->HangUp(); };
    caller.Send("UPDATE", {.sdp = kHold});
    CHECK(caller.transport.Take() == Ladder{"0 BYE", "0 481 UPDATE"});
    caller.CheckNothingLeft();
  }
}

TEST_CASE("malformed requests inside a call do not disturb it") {
  Caller caller;
  caller.Call();
  caller.Send("INVITE", {.sdp = "junk", .content_type = "text/plain"});
  CHECK(caller.transport.Last().status() == 415);
  CHECK(caller.transport.Last().Header("Accept") == "application/sdp");
  caller.Send("INVITE", {.headers = "Require: foo\r\n", .sdp = kHold});
  CHECK(caller.transport.Last().status() == 420);
  caller.Send("UPDATE", {.headers = "Content-Encoding: gzip\r\n", .sdp = kHold});
  CHECK(caller.transport.Last().status() == 415);
  CHECK(caller.transport.Last().Header("Accept-Encoding") == "identity");
  caller.Receive("BYE sip:100@192.0.2.20 SIP/2.0\r\nCall-ID: call-1\r\n\r\n");
  caller.Receive("junk\r\n\r\n");
  caller.Receive("");
  std::string bye = caller.Text("BYE");
  bye.replace(bye.find(" BYE\r\n"), 6, " INVITE\r\n");  // CSeq of another method
  caller.Receive(bye);
  CHECK(caller.transport.Last().status() == 400);
  bye = caller.Text("BYE");
  bye.replace(bye.find("SIP/2.0"), 7, "SIP/3.0");
  caller.Receive(bye);
  CHECK(caller.transport.Last().status() == 505);
  CHECK(caller.owner.Take() == kNone);
  CHECK(caller.agent->sessions() == 1);
  caller.Send("BYE");
  caller.CheckNothingLeft();
}

TEST_CASE("requests of a dialog that is none: 481") {
  Caller caller;
  caller.Call();
  caller.to_tag += "x";
  for (const std::string method :
       {"INVITE", "BYE", "UPDATE", "INFO", "OPTIONS", "NOTIFY", "REFER"}) {
    caller.Send(method);
    CHECK(caller.transport.Last().status() == 481);
  }
  caller.transport.Take();
  caller.Ack();
  CHECK(caller.transport.Take() == kNone);  // an ACK is never answered
  CHECK(caller.owner.Take() == kNone);
}

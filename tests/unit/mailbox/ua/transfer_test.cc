// Handing a call on: REFER and its NOTIFYs (RFC 3515).
#include "tests/unit/mailbox/ua/caller.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {

const Ladder kNone;

/// A call whose peer has been asked to call 200.
struct Referred : Caller {
  explicit Referred(net::Flow over = TcpFlow(), const std::string& headers = "") : Caller(over) {
    Call({.headers = headers, .sdp = kOffer});
    owner.session->Refer("200", std::string(32, 'a'));
    Settle();
  }
  void Notify(const std::string& fragment, const std::string& event = "refer",
              const std::string& state = "active;expires=60") {
    Send("NOTIFY", {.headers = "Event: " + event + "\r\nSubscription-State: " + state + "\r\n",
                    .sdp = fragment,
                    .content_type = "message/sipfrag;version=2.0"});
  }
};

}  // namespace

TEST_CASE("a REFER names whom to call at the peer's own host, and who asks") {
  Referred call;
  const sip::Message refer = call.LastRequest();
  CHECK(refer.method() == "REFER");
  CHECK(refer.request_uri() == "sip:a@192.0.2.10:5060;transport=tcp");
  CHECK(refer.Header("Refer-To") == "<sip:200@192.0.2.10:5060;transport=tcp>");
  CHECK(refer.Header("Referred-By") == "<sip:100@x.example;um-trace=" + std::string(32, 'a') + ">");
  CHECK(refer.Header("Contact") != "");
  CHECK(refer.HasOption("Allow", "NOTIFY"));
}

TEST_CASE("a call that comes of a REFER of ours names the call it comes from") {
  const auto parent = [](const std::string& header) {
    const auto invite = sip::Message::Parse(
        "INVITE sip:100@x.example SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.10;branch=z9hG4bK1\r\n"
        "From: <sip:a@x.example>;tag=f\r\nTo: <sip:100@x.example>\r\nCall-ID: c\r\n"
        "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n" +
        header + "Content-Length: 0\r\n\r\n");
    REQUIRE(invite.ok());
    return ua::ParentOf(*invite);
  };
  const std::string trace = "0123456789abcdef0123456789abcdef";
  CHECK(parent("Referred-By: <sip:100@x.example;um-trace=" + trace + ">\r\n") == trace);
  CHECK(parent("Referred-By: <sip:100@x.example;um-trace=" + trace + ">;cid=\"x@y\"\r\n") == trace);
  CHECK(parent("").empty());
  CHECK(parent("Referred-By: <sip:100@x.example>\r\n").empty());
  CHECK(parent("Referred-By: <sip:100@x.example;um-trace=" + trace + "0>\r\n").empty());
  CHECK(
      parent("Referred-By: <sip:100@x.example;um-trace=" + std::string(32, 'x') + ">\r\n").empty());
}

TEST_CASE("a REFER to a telephone behind proxies names whom to call at the telephone's own") {
  Referred call(
      TcpFlow(),
      "Record-Route: <sip:192.0.2.5;transport=tcp;r2=on;lr>, <sip:192.0.2.6;r2=on;lr>\r\n");
  CHECK(call.LastRequest().request_uri() == "sip:a@192.0.2.10:5060;transport=tcp");
  CHECK(call.LastRequest().Header("Refer-To") == "<sip:200@192.0.2.6>");
}

TEST_CASE("the peer tells that somebody has answered") {
  for (const net::Flow& flow : {UdpFlow(), TcpFlow()}) {
    Referred call(flow);
    call.Respond(202);
    call.Notify("SIP/2.0 100 Trying\r\n");
    CHECK(call.transport.Last().status() == 200);
    call.Notify("SIP/2.0 180 Ringing\r\n");
    CHECK(call.owner.Take() == kNone);
    call.Notify("SIP/2.0 200 OK\r\nTo: somebody\r\n", "refer;id=1", "terminated;reason=noresource");
    CHECK(call.transport.Last().status() == 200);
    CHECK(call.owner.Take() == Ladder{"0 transferred"});
    call.owner.session->HangUp();
    call.Settle();
    CHECK(call.LastRequest().method() == "BYE");
    call.Respond(200);
    call.CheckNothingLeft();
  }
}

TEST_CASE("a transfer that fails leaves the call as it was, and another may be tried") {
  for (const std::string fragment : {"SIP/2.0 486 Busy Here\r\n", "SIP/2.0 603 Decline\r\n"}) {
    Referred call;
    call.Respond(202);
    call.Notify(fragment);
    CHECK(call.owner.Take() == Ladder{"0 not transferred"});
    call.owner.session->Refer("300", std::string(32, 'a'));
    call.Settle();
    CHECK(call.LastRequest().Header("Refer-To") == "<sip:300@192.0.2.10:5060;transport=tcp>");
    CHECK(call.agent->sessions() == 1);
  }
}

TEST_CASE("a peer that cannot transfer says so to the REFER") {
  for (const int status : {405, 420, 501, 603}) {
    Referred call;
    call.Respond(status);
    CHECK(call.owner.Take() == Ladder{"0 not transferred"});
    call.Notify("SIP/2.0 200 OK\r\n");
    CHECK(call.transport.Last().status() == 481);
    CHECK(call.owner.Take() == kNone);
  }
}

TEST_CASE("a peer that has taken the REFER and hangs up has gone there") {
  Referred call;
  call.Respond(202);
  call.Send("BYE");
  CHECK(call.owner.Take() == Ladder{"0 transferred", "0 ended hung-up"});
  call.CheckNothingLeft();
}

TEST_CASE("a caller who hangs up before the peer has taken the REFER has hung up") {
  Referred call;
  call.Send("BYE");
  CHECK(call.owner.Take() == Ladder{"0 ended hung-up"});
  call.Respond(481);
  call.CheckNothingLeft();
}

TEST_CASE("a NOTIFY may overtake the 202") {
  Referred call;
  call.Notify("SIP/2.0 100 Trying\r\n");
  CHECK(call.transport.Last().status() == 200);
  call.Notify("SIP/2.0 200 OK\r\n");
  CHECK(call.owner.Take() == Ladder{"0 transferred"});
  call.Respond(202);
  CHECK(call.owner.Take() == kNone);
}

TEST_CASE("nobody waits for a transfer longer than a minute") {
  Referred silent;
  silent.loop.RunFor(59s);
  CHECK(silent.owner.Take() == Ladder{"32 not transferred"});  // the REFER's own time-out
  Referred taken;
  taken.Respond(202);
  taken.Notify("SIP/2.0 180 Ringing\r\n", "refer", "terminated;reason=timeout");
  taken.loop.RunFor(59s);
  CHECK(taken.owner.Take() == kNone);
  taken.loop.RunFor(1s);
  CHECK(taken.owner.Take() == Ladder{"60 not transferred"});
}

TEST_CASE("NOTIFYs that are none of this transfer do not end it") {
  Referred call;
  call.Respond(202);
  call.Notify("SIP/2.0 200 OK\r\n", "message-summary");
  CHECK(call.transport.Last().status() == 489);
  for (const std::string fragment :
       {"", "SIP/2.0", "SIP/2.0 20", "SIP/2.0 999 X", "HTTP/1.1 200 OK"}) {
    call.Notify(fragment);
    CHECK(call.transport.Last().status() == 200);
  }
  call.Send(
      "NOTIFY",
      {.headers = "Event: refer\r\n", .sdp = "SIP/2.0 200 OK\r\n", .content_type = "text/plain"});
  CHECK(call.owner.Take() == kNone);
  call.Notify("SIP/2.0 200 OK\r\n");
  CHECK(call.owner.Take() == Ladder{"0 transferred"});
}

TEST_CASE("what comes late of one transfer does not end the next") {
  Referred call(UdpFlow());
  const sip::Message first = call.LastRequest();
  call.Notify("SIP/2.0 486 Busy Here\r\n", "refer;id=1");
  CHECK(call.owner.Take() == Ladder{"0 not transferred"});
  call.owner.session->Refer("300", std::string(32, 'a'));
  call.Settle();
  call.Notify("SIP/2.0 486 Busy Here\r\n", "refer;id=1");
  CHECK(call.transport.Last().status() == 481);
  call.loop.RunFor(100ms);
  call.Receive(
      fmt::format("SIP/2.0 603 X\r\nVia: {}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\n"
                  "CSeq: 1 REFER\r\nContent-Length: 0\r\n\r\n",
                  first.Header("Via"), first.Header("From"), first.Header("To"), first.call_id()));
  CHECK(call.owner.Take() == kNone);
  call.Notify("SIP/2.0 200 OK\r\n", "refer;id=2");
  CHECK(call.owner.Take() == Ladder{"0.1 transferred"});
}

TEST_CASE("one transfer at a time, and none before the call stands") {
  Referred call;
  call.owner.session->Refer("300", std::string(32, 'a'));
  call.Settle();
  CHECK(call.owner.Take() == Ladder{"0 not transferred"});
  Caller early;
  early.Invite();
  early.owner.Take();
  early.owner.session->Refer("300", std::string(32, 'a'));
  early.Settle();
  CHECK(early.owner.Take() == Ladder{"0 not transferred"});
}

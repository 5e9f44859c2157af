// Session timers (RFC 4028): table 2, refreshes both ways, and what happens without.
#include "mailbox/ua/session_timer.h"

#include "tests/unit/mailbox/ua/caller.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {

const Ladder kNone;

// A call whose 200 says `expected` about its timer ("": nothing).
void CheckAgreed(const std::string& headers, const std::string& expected, bool require) {
  INFO(headers);
  Caller caller;
  caller.Invite({.headers = headers, .sdp = kOffer});
  REQUIRE(caller.owner.session);
  caller.owner.session->Accept(kAnswer);
  CHECK(caller.transport.Last().Header("Session-Expires") == expected);
  CHECK(caller.transport.Last().HasOption("Require", "timer") == require);
}

// A call that we must refresh every 900 s.
void CallThatWeRefresh(Caller& caller, const std::string& allow) {
  caller.Call({.headers = "Supported: timer\r\nSession-Expires: 1800;refresher=uas\r\nAllow: " +
                          allow + "\r\n",
               .sdp = kOffer});
}

}  // namespace

TEST_CASE("RFC 4028 table 2: who refreshes") {
  CheckAgreed("", "", false);
  CheckAgreed("Supported: timer\r\n", "1800;refresher=uac", true);
  CheckAgreed("Supported: timer\r\nMin-SE: 3600\r\n", "3600;refresher=uac", true);
  CheckAgreed("Supported: timer\r\nSession-Expires: 600\r\n", "600;refresher=uac", true);
  CheckAgreed("Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n", "600;refresher=uac",
              true);
  CheckAgreed("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n", "600;refresher=uas",
              false);
  CheckAgreed("x: 90;refresher=uas\r\nk: timer\r\n", "90;refresher=uas", false);  // compact names
  CheckAgreed("Session-Expires: 600\r\n", "600;refresher=uas", false);            // a proxy asks
  CheckAgreed("Session-Expires: 60\r\n", "", false);
}

TEST_CASE("Session-Expires values") {
  using ua::ParseSessionExpires;
  CHECK(ParseSessionExpires("1800")->interval == 1800s);
  CHECK(ParseSessionExpires(" 90 ; a=b ; Refresher = UAS")->refresher == "uas");
  CHECK(ParseSessionExpires("90;refresher=other")->refresher == "");
  CHECK(ParseSessionExpires("4294967295")->interval <= 24h * 30);
  for (const std::string bad :
       {"", "0", "-1", "x", "1800x", "99999999999999999999", ";refresher=uac"}) {
    CHECK_FALSE(ParseSessionExpires(bad).has_value());
  }
}

TEST_CASE("a peer that should refresh and does not: BYE shortly before the end") {
  Caller caller;
  caller.Call({.headers = "Supported: timer\r\nSession-Expires: 300\r\n", .sdp = kOffer});
  caller.loop.RunFor(267s);
  CHECK(caller.owner.Take() == kNone);
  caller.loop.RunFor(2s);
  CHECK(caller.owner.Take() == Ladder{"268 ended session-expired"});
  CHECK(caller.transport.Take() == Ladder{"268 BYE"});
  caller.Respond(200);
  caller.CheckNothingLeft();
}

TEST_CASE("the peer's re-INVITE or UPDATE refreshes") {
  for (const std::string method : {"INVITE", "UPDATE"}) {
    Caller caller;
    caller.Call({.headers = "Supported: timer\r\nSession-Expires: 300\r\n", .sdp = kOffer});
    for (int i = 0; i < 4; ++i) {
      caller.loop.RunFor(150s);
      caller.Send(method, {.headers = "Supported: timer\r\nSession-Expires: 300;refresher=uac\r\n",
                           .sdp = method == "INVITE" ? kOffer : ""});
      CHECK(caller.transport.Last().status() == 200);
      CHECK(caller.transport.Last().Header("Session-Expires") == "300;refresher=uac");
      if (method == "INVITE") caller.Send("ACK", {.cseq = caller.cseq});
    }
    caller.transport.Take();
    caller.loop.RunFor(268s);
    CHECK(caller.transport.Take() == Ladder{"868 BYE"});
  }
}

TEST_CASE("a refresh below our Min-SE is refused and refreshes nothing") {
  Caller caller;
  caller.Call({.headers = "Supported: timer\r\nSession-Expires: 300\r\n", .sdp = kOffer});
  for (const std::string method : {"INVITE", "UPDATE"}) {
    caller.Send(method, {.headers = "Supported: timer\r\nSession-Expires: 30\r\n", .sdp = kOffer});
    CHECK(caller.transport.Last().status() == 422);
    CHECK(caller.transport.Last().Header("Min-SE") == "90");
  }
  CHECK(caller.owner.Take() == kNone);  // nor is anybody asked for an answer
}

TEST_CASE("we refresh by UPDATE at half time") {
  Caller caller;
  CallThatWeRefresh(caller, "INVITE, UPDATE");
  caller.loop.RunFor(900s);
  CHECK(caller.transport.Take() == Ladder{"900 UPDATE"});
  const auto update = caller.LastRequest();
  CHECK(update.Header("Session-Expires") == "1800;refresher=uac");
  CHECK(update.HasOption("Supported", "timer"));
  CHECK(update.Header("Contact") == "<sip:100@192.0.2.20:5062;transport=tcp>");
  CHECK(update.body() == "");
  caller.Respond(200, "Session-Expires: 1800;refresher=uac\r\n");
  caller.loop.RunFor(900s);
  CHECK(caller.transport.Take() == Ladder{"1800 UPDATE"});
  caller.Respond(200);  // a peer without timers: we go on
  caller.loop.RunFor(900s);
  CHECK(caller.transport.Take() == Ladder{"2700 UPDATE"});
  caller.Respond(200, "Session-Expires: 600;refresher=uas\r\n");  // now it is the peer's duty
  caller.loop.RunFor(568s);
  CHECK(caller.transport.Take() == Ladder{"3268 BYE"});
  CHECK(caller.owner.Take() == Ladder{"3268 ended session-expired"});
}

TEST_CASE("we refresh by re-INVITE where UPDATE is not allowed") {
  Caller caller;
  CallThatWeRefresh(caller, "INVITE, BYE");
  caller.loop.RunFor(900s);
  CHECK(caller.LastRequest().body() == kAnswer);
  caller.Respond(100);
  caller.Respond(200, "Contact: <sip:moved@192.0.2.77>\r\nSession-Expires: 1800;refresher=uac\r\n",
                 kOffer);
  CHECK(caller.owner.answered == kOffer);
  const auto ack = caller.transport.Last();
  CHECK(ack.method() == "ACK");
  CHECK(ack.cseq().number == caller.LastRequest().cseq().number);
  caller.Respond(200, "", kOffer);  // repeated: its ACK was lost
  CHECK(caller.transport.Take() == Ladder{"900 INVITE", "900 ACK", "900 ACK"});
  CHECK(caller.owner.Take() == Ladder{"900 offer wanted", "900 answer"});
  CHECK(caller.transport.Last().request_uri() == "sip:moved@192.0.2.77");
  caller.loop.RunFor(900s);
  CHECK(caller.transport.Take() == Ladder{"1800 INVITE"});
}

TEST_CASE("answers to our refresh that are no 2xx") {
  Caller caller;
  CallThatWeRefresh(caller, "INVITE, UPDATE");
  caller.loop.RunFor(900s);
  caller.transport.Take();
  SECTION("405: by re-INVITE then") {
    caller.Respond(405);
    caller.loop.RunFor(2s);
    CHECK(caller.transport.Take() == Ladder{"901 INVITE"});
  }
  SECTION("422: with a longer interval") {
    caller.Respond(422, "Min-SE: 3000\r\n");
    caller.loop.RunFor(2s);
    CHECK(caller.transport.Take() == Ladder{"901 UPDATE"});
    CHECK(caller.LastRequest().Header("Session-Expires") == "3000;refresher=uac");
    CHECK(caller.LastRequest().Header("Min-SE") == "3000");
  }
  SECTION("491: again within 2 s") {
    caller.Respond(491);
    caller.loop.RunFor(2s);
    CHECK(caller.transport.Take().size() == 1);
  }
  SECTION("481 or 408: the peer knows no such call") {
    caller.Respond(GENERATE(481, 408));
    CHECK(caller.owner.Take() == Ladder{"900 ended session-expired"});
    CHECK(caller.transport.Take() == Ladder{"900 BYE"});
  }
  SECTION("500: the session ends when it expires") {
    caller.Respond(500);
    caller.loop.RunFor(899s);
    CHECK(caller.owner.Take() == kNone);
    caller.loop.RunFor(1s);
    CHECK(caller.owner.Take() == Ladder{"1800 ended session-expired"});
  }
  SECTION("none: like 408") {
    caller.loop.RunFor(32s);
    CHECK(caller.owner.Take() == Ladder{"932 ended session-expired"});
    CHECK(caller.transport.Take() == Ladder{"932 BYE"});
  }
  caller.owner.session.reset();
  caller.CheckNothingLeft();
}

TEST_CASE("a re-INVITE of ours whose answer is of no use: ACK, then BYE") {
  for (const bool with_sdp : {false, true}) {
    Caller caller;
    CallThatWeRefresh(caller, "INVITE");
    caller.loop.RunFor(900s);
    caller.owner.answer_status = absl::InvalidArgumentError("no");
    caller.Respond(200, "", with_sdp ? kOffer : "");
    CHECK(caller.transport.Take() == Ladder{"900 INVITE", "900 ACK", "900 BYE"});
    CHECK(caller.owner.Take().back() == "900 ended protocol-error");
    caller.CheckNothingLeft();
  }
}

TEST_CASE("glare: the peer's offers while our re-INVITE is open get 491") {
  Caller caller;
  CallThatWeRefresh(caller, "INVITE");
  caller.loop.RunFor(900s);
  caller.transport.Take();
  caller.Send("INVITE", {.sdp = kOffer});
  caller.Send("UPDATE", {.sdp = kOffer});
  CHECK(caller.transport.Take() == Ladder{"900 491 INVITE", "900 491 UPDATE"});
  caller.Respond(200, "", kOffer);
  caller.transport.Take();
  caller.Send("UPDATE", {.sdp = kOffer});
  CHECK(caller.transport.Take() == Ladder{"900 200 UPDATE"});
}

TEST_CASE("a refresh of ours when the stream is gone") {
  Caller caller;
  CallThatWeRefresh(caller, "UPDATE");
  caller.Lose();
  SECTION("goes over a new one") {
    caller.loop.RunFor(900s);
    CHECK(caller.transport.connects == std::vector<std::string>{"192.0.2.10:5060"});
    CHECK(caller.transport.Take() == Ladder{"900 UPDATE"});
    SECTION("which may be lost too") {
      caller.transport.refuse_connect = true;
      caller.flow = caller.transport.sent.back().flow;
      caller.Lose();
      CHECK(caller.owner.Take() == Ladder{"900 ended connection-lost"});
    }
  }
  SECTION("or ends the call") {
    caller.transport.refuse_connect = true;
    caller.loop.RunFor(901s);
    CHECK(caller.owner.Take() == Ladder{"900 ended connection-lost"});
  }
  caller.owner.session.reset();
  caller.CheckNothingLeft();
}

TEST_CASE("hanging up while our refresh is under way") {
  for (const std::string allow : {"INVITE", "UPDATE"}) {
    Caller caller;
    CallThatWeRefresh(caller, allow);
    caller.loop.RunFor(900s);
    const auto refresh = caller.LastRequest();
    caller.owner.Take();
    caller.owner.session->HangUp();
    caller.loop.RunFor(0s);
    CHECK(caller.transport.Take() == Ladder{fmt::format("900 {}", refresh.method()), "900 BYE"});
    caller.Receive(
        fmt::format("SIP/2.0 200 OK\r\nVia: {}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} "
                    "{}\r\nContent-Length: 0\r\n\r\n",
                    refresh.Header("Via"), refresh.Header("From"), refresh.Header("To"),
                    refresh.call_id(), refresh.cseq().number, refresh.method()));
    CHECK(caller.transport.Take() == (allow == "INVITE" ? Ladder{"900 ACK"} : kNone));
    caller.CheckNothingLeft();
    CHECK(caller.owner.Take() == Ladder{"900 ended we-hung-up"});
  }
}

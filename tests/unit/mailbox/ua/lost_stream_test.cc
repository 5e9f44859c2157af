// The connection goes, in every state of a call.
#include "tests/unit/mailbox/ua/caller.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {
const Ladder kNone;
}

TEST_CASE("lost before our answer: the call is over at once") {
  Caller caller;
  caller.Invite();
  caller.loop.RunFor(3s);
  caller.Lose();
  CHECK(caller.owner.Take() == Ladder{"0 invite", "3 ended connection-lost"});
  CHECK(caller.transport.connects.empty());
  caller.owner.session->Accept(kAnswer);
  // The INVITE repeated over a new stream is no new call.
  caller.flow = TcpFlow(2);
  caller.Receive(caller.invite);
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "3 480 INVITE"});
  caller.CheckNothingLeft();
}

TEST_CASE("lost between 200 and ACK: the 200 once more over a stream to where the Via says") {
  Caller caller;
  caller.sent_by = "192.0.2.10:5090";
  caller.Invite();
  caller.owner.session->Accept(kAnswer);
  caller.TakeTag();
  caller.loop.RunFor(100ms);
  caller.Lose();
  CHECK(caller.transport.connects == std::vector<std::string>{"192.0.2.10:5090"});
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 200 INVITE", "0.1 200 INVITE"});
  caller.loop.RunFor(500ms);
  CHECK(caller.transport.Take() == Ladder{"0.5 200 INVITE"});
  caller.flow = caller.transport.sent.back().flow;
  caller.Ack();
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0.6 established"});
  caller.owner.session->HangUp();
  CHECK(caller.transport.sent.back().flow == caller.flow);
}

TEST_CASE("lost between 200 and ACK, and nobody answers any more") {
  SECTION("no new stream can be made") {
    Caller caller;
    caller.Invite();
    caller.owner.session->Accept(kAnswer);
    caller.transport.refuse_connect = true;
    caller.Lose();
    CHECK(caller.owner.Take() == Ladder{"0 invite", "0 ended connection-lost"});
    caller.CheckNothingLeft();
  }
  SECTION("the new stream is lost too") {
    Caller caller;
    caller.Invite();
    caller.owner.session->Accept(kAnswer);
    caller.Lose();
    caller.flow = caller.transport.sent.back().flow;
    caller.Lose();
    caller.loop.RunFor(1s);
    CHECK(caller.owner.Take() == Ladder{"0 invite", "0.5 ended connection-lost"});
    CHECK(caller.transport.connects.size() == 1);
    caller.CheckNothingLeft();
  }
  SECTION("we had hung up: no BYE can come any more") {
    Caller caller;
    caller.Invite();
    caller.owner.session->Accept(kAnswer);
    caller.owner.session->HangUp();
    caller.transport.refuse_connect = true;
    caller.Lose();
    caller.CheckNothingLeft();
    CHECK(caller.owner.Take() == Ladder{"0 invite", "0 ended we-hung-up"});
  }
}

TEST_CASE("lost in an established call: the call goes on") {
  Caller caller;
  caller.Call();
  caller.Lose();
  caller.loop.RunFor(100s);
  CHECK(caller.owner.Take() == kNone);
  SECTION("the peer comes back on a new stream, and our BYE takes it") {
    caller.flow = TcpFlow(2);
    caller.Send("OPTIONS");
    CHECK(caller.transport.Take() == Ladder{"100 200 OPTIONS"});
    caller.owner.session->HangUp();
    CHECK(caller.transport.sent.back().flow == TcpFlow(2));
    CHECK(caller.transport.connects.empty());
  }
  SECTION("the peer hangs up on a new stream") {
    caller.flow = TcpFlow(2);
    caller.Send("BYE");
    CHECK(caller.owner.Take() == Ladder{"100 ended hung-up"});
    caller.CheckNothingLeft();
  }
  SECTION("our BYE goes to the remote target") {
    caller.owner.session->HangUp();
    CHECK(caller.transport.connects == std::vector<std::string>{"192.0.2.10:5060"});
    CHECK(caller.transport.Take() == Ladder{"100 BYE"});
    CHECK(caller.transport.sent.back().flow.peer.ToString() == "192.0.2.10:5060");
    caller.Respond(200);
    caller.CheckNothingLeft();
  }
  SECTION("our BYE cannot go anywhere") {
    caller.transport.refuse_connect = true;
    caller.owner.session->HangUp();
    caller.loop.RunFor(0s);
    CHECK(caller.owner.Take() == Ladder{"100 ended we-hung-up"});
    CHECK(caller.transport.Take() == kNone);
    caller.CheckNothingLeft();
  }
}

TEST_CASE("where a BYE goes when the stream is gone") {
  struct {
    const char* name;
    const char* contact;
    const char* record_route;
    const char* sent_by;
    const char* expected;
  } const kCases[] = {
      {"the target", "<sip:a@192.0.2.30:5070>", "", "192.0.2.10:5060", "192.0.2.30:5070"},
      {"its default port", "<sip:a@192.0.2.30>", "", "192.0.2.10:5062", "192.0.2.30:5060"},
      {"IPv6", "<sip:a@[2001:db8::1]:5070>", "", "192.0.2.10:5060", "[2001:db8::1]:5070"},
      {"a name: back to the peer", "<sip:a@pbx.example.com>", "", "192.0.2.10:5065",
       "192.0.2.10:5065"},
      {"a name, and a Via without port", "<sip:a@pbx.example.com>", "", "pbx.example.com",
       "192.0.2.10:5060"},
      {"nowhere: back to the peer", "<sip:a@0.0.0.0>", "", "192.0.2.10:5065", "192.0.2.10:5065"},
      {"the first route", "<sip:a@192.0.2.30>", "<sip:192.0.2.5:5066;lr>,<sip:192.0.2.6;lr>",
       "192.0.2.10", "192.0.2.5:5066"},
      {"a route with a name", "<sip:a@192.0.2.30>", "<sip:sbc.example.com;lr>", "192.0.2.10:5065",
       "192.0.2.10:5065"},
  };
  for (const auto& c : kCases) {
    INFO(c.name);
    Caller caller;
    caller.contact = c.contact;
    caller.sent_by = c.sent_by;
    const std::string route = c.record_route;
    caller.Call({.headers = route.empty() ? "" : "Record-Route: " + route + "\r\n", .sdp = kOffer});
    caller.Lose();
    caller.owner.session->HangUp();
    CHECK(caller.transport.connects == std::vector<std::string>{c.expected});
  }
}

TEST_CASE("lost while our BYE is under way: once more over a new stream") {
  Caller caller;
  caller.Call();
  caller.owner.session->HangUp();
  caller.loop.RunFor(1s);
  caller.Lose();
  CHECK(caller.transport.Take() == Ladder{"0 BYE", "1 BYE"});
  CHECK(caller.transport.connects.size() == 1);
  caller.flow = caller.transport.sent.back().flow;
  caller.Lose();
  CHECK(caller.transport.connects.size() <= 2);
  CHECK(caller.transport.Take() == kNone);
  caller.CheckNothingLeft();
  CHECK(caller.owner.Take() == Ladder{"0 ended we-hung-up"});
}

TEST_CASE("lost between a re-INVITE's 200 and its ACK") {
  Caller caller;
  caller.Call();
  caller.Invite({.sdp = kOffer});
  caller.transport.Take();
  caller.Lose();
  CHECK(caller.transport.Take() == Ladder{"0 200 INVITE"});
  caller.flow = caller.transport.sent.back().flow;
  caller.Ack();
  caller.loop.RunFor(60s);
  CHECK(caller.owner.Take() == Ladder{"0 offer"});
  CHECK(caller.agent->sessions() == 1);
}

TEST_CASE("another stream's loss concerns nobody here") {
  Caller caller;
  caller.Invite();
  caller.agent->OnClosed(TcpFlow(7));
  caller.loop.RunFor(1s);
  CHECK(caller.owner.Take() == Ladder{"0 invite"});
}

// RFC 3261 figures 5 and 6 and RFC 6026 figure 4, timer by timer.
#include <fmt/format.h>

#include "mailbox/ua/transactions.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/ua/fake_transport.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {

struct Rig {
  Rig(net::Flow f, const std::string& method) : flow(f) {
    ua::OutgoingRequest request;
    request.method = method;
    request.uri = "sip:a@192.0.2.10";
    request.routes = {"<sip:192.0.2.10;lr>"};
    request.from = "<sip:b@x.example>;tag=ours";
    request.to = "<sip:a@x.example>;tag=theirs";
    request.call_id = "call-1";
    request.cseq = 7;
    request.body = method == "INVITE" ? "v=0\r\n" : "";
    ua::ClientCallbacks callbacks;
    callbacks.on_response = [this](const sip::Message& m) { Note(std::to_string(m.status())); };
    callbacks.on_failure = [this](ua::TransactionFailure failure) {
      Note(failure == ua::TransactionFailure::kTimeout ? "timeout" : "transport");
    };
    request_sent = table.SendRequest(flow, std::move(request), std::move(callbacks));
  }
  void Note(const std::string& what) {
    heard.push_back(
        fmt::format("{:g} {}", std::chrono::duration<double>(loop.elapsed()).count(), what));
  }
  // A response to the first request that was sent, with changes.
  void Receive(int status, const std::string& method = "", const std::string& more_via = "",
               const std::string& other_branch = "") {
    const sip::Message request = transport.sent.front().Parsed();
    const auto response = sip::Message::Parse(fmt::format(
        "SIP/2.0 {} X\r\nVia: SIP/2.0/UDP 192.0.2.20:5062;branch={}\r\n{}From: {}\r\nTo: "
        "{};x=y\r\nCall-ID: call-1\r\n"
        "CSeq: 7 {}\r\nContent-Length: 0\r\n\r\n",
        status, other_branch.empty() ? request.top_via().branch : other_branch, more_via,
        request.Header("From"), request.Header("To"), method.empty() ? request.method() : method));
    REQUIRE(response.ok());
    table.OnResponse(*response);
  }

  FakeLoop loop;
  FakeTransport transport{loop};
  net::Flow flow;
  ua::Transactions table{loop, transport};
  bool request_sent = false;
  Ladder heard;
};

}  // namespace

TEST_CASE("figure 5, UDP: INVITE is repeated by timer A until timer B") {
  Rig rig(UdpFlow(), "INVITE");
  rig.loop.RunToEnd();
  CHECK(rig.transport.Take() == Ladder{"0 INVITE", "0.5 INVITE", "1.5 INVITE", "3.5 INVITE",
                                       "7.5 INVITE", "15.5 INVITE", "31.5 INVITE"});
  CHECK(rig.heard == Ladder{"32 timeout"});
  CHECK(rig.table.size() == 0);
}

TEST_CASE("figure 5, TCP: INVITE is sent once; timer B still runs") {
  Rig rig(TcpFlow(), "INVITE");
  rig.loop.RunToEnd();
  CHECK(rig.transport.Take() == Ladder{"0 INVITE"});
  CHECK(rig.heard == Ladder{"32 timeout"});
}

TEST_CASE("figure 5: a provisional response stops timers A and B") {
  Rig rig(UdpFlow(), "INVITE");
  rig.loop.RunFor(700ms);
  rig.Receive(180);
  rig.loop.RunFor(100s);
  rig.Receive(183);
  CHECK(rig.transport.Take() == Ladder{"0 INVITE", "0.5 INVITE"});
  CHECK(rig.heard == Ladder{"0.7 180", "100.7 183"});
  CHECK(rig.table.size() == 1);
}

TEST_CASE(
    "figure 5, UDP: a failure is acknowledged by the machine, again for each repetition, until "
    "timer D") {
  Rig rig(UdpFlow(), "INVITE");
  rig.Receive(100);
  rig.Receive(486);
  rig.loop.RunFor(31999ms);
  rig.Receive(486);
  rig.Receive(180);
  rig.Receive(200);
  CHECK(rig.transport.Take() == Ladder{"0 INVITE", "0 ACK", "31.999 ACK"});
  CHECK(rig.heard == Ladder{"0 100", "0 486"});
  rig.loop.RunToEnd();
  CHECK(rig.loop.elapsed() == 32s);
  CHECK(rig.table.size() == 0);

  // Section 17.1.1.3: what the ACK has.
  const auto invite = rig.transport.sent.front().Parsed();
  const auto ack = rig.transport.sent.back().Parsed();
  CHECK(ack.request_uri() == invite.request_uri());
  CHECK(ack.top_via().branch == invite.top_via().branch);
  CHECK(ack.via_count() == 1);
  CHECK(ack.Header("Route") == invite.Header("Route"));
  CHECK(ack.Header("To").find("x=y") != std::string::npos);  // the response's
  CHECK(ack.cseq().number == 7);
  CHECK(ack.body().empty());
}

TEST_CASE("figure 5, TCP: a failure ends the transaction, timer D is zero") {
  Rig rig(TcpFlow(), "INVITE");
  rig.Receive(486);
  CHECK(rig.transport.Take() == Ladder{"0 INVITE", "0 ACK"});
  CHECK(rig.table.size() == 0);
  CHECK(rig.loop.idle());
}

TEST_CASE("RFC 6026 figure 4: every 2xx is the user's until timer M") {
  for (const net::Flow& flow : {UdpFlow(), TcpFlow()}) {
    Rig rig(flow, "INVITE");
    rig.Receive(200);
    rig.loop.RunFor(31999ms);
    rig.Receive(200);
    rig.Receive(486);
    CHECK(rig.heard == Ladder{"0 200", "31.999 200"});
    rig.loop.RunFor(1ms);
    CHECK(rig.table.size() == 0);
    CHECK(rig.transport.Take() == Ladder{"0 INVITE"});
  }
}

TEST_CASE("figure 6, UDP: the request is repeated by timer E up to T2 until timer F") {
  Rig rig(UdpFlow(), "BYE");
  rig.loop.RunToEnd();
  CHECK(rig.transport.Take() == Ladder{"0 BYE", "0.5 BYE", "1.5 BYE", "3.5 BYE", "7.5 BYE",
                                       "11.5 BYE", "15.5 BYE", "19.5 BYE", "23.5 BYE", "27.5 BYE",
                                       "31.5 BYE"});
  CHECK(rig.heard == Ladder{"32 timeout"});
  CHECK(rig.table.size() == 0);
}

TEST_CASE("figure 6, TCP: the request is sent once; timer F still runs") {
  Rig rig(TcpFlow(), "BYE");
  rig.loop.RunToEnd();
  CHECK(rig.transport.Take() == Ladder{"0 BYE"});
  CHECK(rig.heard == Ladder{"32 timeout"});
}

TEST_CASE("figure 6, UDP: in Proceeding timer E is T2, and timer F still ends it") {
  Rig rig(UdpFlow(), "BYE");
  rig.loop.RunFor(600ms);
  rig.Receive(100);
  rig.loop.RunToEnd();
  CHECK(rig.transport.Take() == Ladder{"0 BYE", "0.5 BYE", "1.5 BYE", "5.5 BYE", "9.5 BYE",
                                       "13.5 BYE", "17.5 BYE", "21.5 BYE", "25.5 BYE", "29.5 BYE"});
  CHECK(rig.heard == Ladder{"0.6 100", "32 timeout"});
}

TEST_CASE("figure 6, UDP: timer K absorbs repeated responses for T4") {
  Rig rig(UdpFlow(), "BYE");
  rig.Receive(200);
  rig.loop.RunFor(4999ms);
  rig.Receive(200);
  CHECK(rig.heard == Ladder{"0 200"});
  CHECK(rig.table.size() == 1);
  rig.loop.RunFor(1ms);
  CHECK(rig.table.size() == 0);
}

TEST_CASE("figure 6, TCP: the final response ends the transaction, timer K is zero") {
  Rig rig(TcpFlow(), "BYE");
  rig.Receive(481);
  CHECK(rig.heard == Ladder{"0 481"});
  CHECK(rig.table.size() == 0);
  CHECK(rig.loop.idle());
}

TEST_CASE("section 17.1.3: only responses of the branch and method match") {
  Rig rig(UdpFlow(), "BYE");
  rig.Receive(200, "INVITE");
  rig.Receive(200, "", "", "z9hG4bKother");
  rig.Receive(200, "", "Via: SIP/2.0/UDP 192.0.2.99\r\n");  // section 8.1.3.3
  CHECK(rig.heard.empty());
  rig.Receive(200);
  CHECK(rig.heard == Ladder{"0 200"});
}

TEST_CASE("a closed stream fails what waits on it at once") {
  for (const std::string method : {"INVITE", "BYE"}) {
    for (const int status : {0, 100}) {
      Rig rig(TcpFlow(), method);
      if (status > 0) rig.Receive(status);
      rig.heard.clear();
      rig.loop.RunFor(1s);
      rig.table.OnClosed(TcpFlow());
      CHECK(rig.heard == Ladder{"1 transport"});
      CHECK(rig.table.size() == 0);
      CHECK(rig.loop.idle());
    }
  }
  Rig accepted(TcpFlow(), "INVITE");
  accepted.Receive(200);
  accepted.table.OnClosed(TcpFlow());
  CHECK(accepted.heard == Ladder{"0 200"});  // nothing is lost any more
}

TEST_CASE("a request that cannot be sent says so by its return, and a repetition by the callback") {
  FakeLoop loop;
  FakeTransport transport(loop);
  ua::Transactions table(loop, transport);
  transport.broken = true;
  ua::OutgoingRequest request;
  request.method = "BYE";
  CHECK_FALSE(table.SendRequest(UdpFlow(), request, {}));
  CHECK(table.size() == 0);

  Rig rig(UdpFlow(), "BYE");
  CHECK(rig.request_sent);
  rig.transport.broken = true;
  rig.loop.RunToEnd();
  CHECK(rig.heard == Ladder{"0.5 transport"});
}

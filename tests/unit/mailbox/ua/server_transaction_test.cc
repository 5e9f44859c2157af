// RFC 3261 figures 7 and 8 and RFC 6026 figure 5, timer by timer.
#include <fmt/format.h>

#include "mailbox/ua/responder.h"
#include "mailbox/ua/transactions.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/ua/fake_transport.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;
using ua::Transactions;
using Kind = Transactions::Kind;
using State = ua::ServerTransaction::State;

namespace {

struct Request {
  std::string method = "INVITE";
  std::string branch = "z9hG4bK1";
  std::string sent_by = "192.0.2.10:5060";
  std::string to_tag;
  std::string call_id = "call-1";
  uint32_t cseq = 1;
  std::string uri = "sip:100@192.0.2.20";
};

struct Rig {
  explicit Rig(net::Flow f, ua::TransactionLimits limits = {})
      : flow(f), table(loop, transport, limits) {}

  Kind Receive(const Request& r, bool of_call = false) {
    const std::string text = fmt::format(
        "{} {} SIP/2.0\r\nVia: SIP/2.0/UDP {}{}{}\r\nMax-Forwards: 70\r\nFrom: "
        "<sip:a@x.example>;tag=f\r\n"
        "To: <sip:b@x.example>{}{}\r\nCall-ID: {}\r\nCSeq: {} {}\r\nContact: <sip:a@192.0.2.10>\r\n"
        "Content-Length: 0\r\n\r\n",
        r.method, r.uri, r.sent_by, r.branch.empty() ? "" : ";branch=", r.branch,
        r.to_tag.empty() ? "" : ";tag=", r.to_tag, r.call_id, r.cseq, r.method);
    auto message = sip::Message::Parse(text);
    REQUIRE(message.ok());
    const auto received =
        table.OnRequest(flow, std::make_shared<const sip::Message>(*std::move(message)), of_call);
    if (received.transaction) {
      transaction = received.transaction;
      transaction->SetOnFailure([this](ua::TransactionFailure failure) {
        failures.push_back(
            fmt::format("{:g} {}", std::chrono::duration<double>(loop.elapsed()).count(),
                        failure == ua::TransactionFailure::kTimeout ? "timeout" : "transport"));
      });
    }
    return received.kind;
  }
  bool Respond(int status) { return responder.Send(*transaction, status); }

  FakeLoop loop;
  FakeTransport transport{loop};
  net::Flow flow;
  Transactions table;
  ua::Responder responder{transport, "test"};
  std::shared_ptr<ua::ServerTransaction> transaction;
  Ladder failures;
};

}  // namespace

TEST_CASE("figure 7, UDP: a failure response is repeated by timer G until timer H") {
  Rig rig(UdpFlow());
  CHECK(rig.Receive({}) == Kind::kNew);
  rig.Respond(486);
  rig.loop.RunFor(31999ms);
  CHECK(rig.transport.Take() == Ladder{"0 486 INVITE", "0.5 486 INVITE", "1.5 486 INVITE",
                                       "3.5 486 INVITE", "7.5 486 INVITE", "11.5 486 INVITE",
                                       "15.5 486 INVITE", "19.5 486 INVITE", "23.5 486 INVITE",
                                       "27.5 486 INVITE", "31.5 486 INVITE"});
  CHECK(rig.failures.empty());
  CHECK(rig.table.size() == 1);
  rig.loop.RunToEnd();
  CHECK(rig.failures == Ladder{"32 timeout"});
  CHECK(rig.table.size() == 0);
  CHECK(rig.transport.Take().empty());
}

TEST_CASE("figure 7, TCP: a failure response is sent once; timer H still runs") {
  Rig rig(TcpFlow());
  rig.Receive({});
  rig.Respond(486);
  rig.loop.RunToEnd();
  CHECK(rig.transport.Take() == Ladder{"0 486 INVITE"});
  CHECK(rig.failures == Ladder{"32 timeout"});
  CHECK(rig.table.size() == 0);
}

TEST_CASE("figure 7, UDP: the ACK stops timer G, and timer I absorbs further ACKs for T4") {
  Rig rig(UdpFlow());
  rig.Receive({});
  rig.Respond(486);
  rig.loop.RunFor(600ms);
  CHECK(rig.Receive({.method = "ACK"}) == Kind::kConsumed);
  CHECK(rig.transaction->state() == State::kConfirmed);
  rig.transport.Take();
  rig.loop.RunFor(4999ms);
  CHECK(rig.Receive({.method = "ACK"}) == Kind::kConsumed);
  CHECK(rig.Receive({}) == Kind::kConsumed);  // a late INVITE: absorbed without a response
  CHECK(rig.table.size() == 1);
  rig.loop.RunFor(1ms);
  CHECK(rig.table.size() == 0);
  CHECK(rig.transport.Take().empty());
  CHECK(rig.failures.empty());
}

TEST_CASE("figure 7, TCP: the ACK ends the transaction, timer I is zero") {
  Rig rig(TcpFlow());
  rig.Receive({});
  rig.Respond(486);
  CHECK(rig.Receive({.method = "ACK"}) == Kind::kConsumed);
  CHECK(rig.table.size() == 0);
  CHECK(rig.loop.idle());
}

TEST_CASE("figure 7: a repeated INVITE gets what was last said") {
  for (const net::Flow& flow : {UdpFlow(), TcpFlow()}) {
    Rig rig(flow);
    rig.Receive({});
    CHECK(rig.Receive({}) == Kind::kConsumed);  // nothing said yet
    CHECK(rig.transport.Take().empty());
    rig.Respond(100);
    rig.Respond(180);
    rig.Receive({});
    CHECK(rig.transport.Take() == Ladder{"0 100 INVITE", "0 180 INVITE", "0 180 INVITE"});
    rig.Respond(404);
    rig.Receive({});
    CHECK(rig.transport.Take() == Ladder{"0 404 INVITE", "0 404 INVITE"});
    rig.Respond(180);  // too late
    rig.Respond(200);
    CHECK(rig.transport.Take().empty());
  }
}

TEST_CASE("RFC 6026: after a 2xx the transaction absorbs INVITEs until timer L, on any transport") {
  for (const net::Flow& flow : {UdpFlow(), TcpFlow()}) {
    Rig rig(flow);
    rig.Receive({});
    rig.Respond(200);
    CHECK(rig.transaction->state() == State::kAccepted);
    rig.loop.RunFor(10s);
    CHECK(rig.Receive({}) == Kind::kConsumed);
    CHECK(rig.Receive({.method = "ACK"}) == Kind::kAck);  // the TU's, even with the INVITE's branch
    CHECK(rig.transport.Take() == Ladder{"0 200 INVITE"});
    rig.Respond(200);  // the TU repeats it
    rig.Respond(486);  // and cannot change its mind
    CHECK(rig.transport.Take() == Ladder{"10 200 INVITE"});
    rig.loop.RunFor(21999ms);
    CHECK(rig.table.size() == 1);
    rig.loop.RunFor(1ms);
    CHECK(rig.table.size() == 0);
    CHECK(rig.failures.empty());
  }
}

TEST_CASE("figure 8, UDP: Trying absorbs, Proceeding and Completed repeat, timer J ends") {
  Rig rig(UdpFlow());
  const Request options{.method = "OPTIONS"};
  CHECK(rig.Receive(options) == Kind::kNew);
  CHECK(rig.Receive(options) == Kind::kConsumed);
  CHECK(rig.transport.Take().empty());
  rig.Respond(182);
  rig.Receive(options);
  CHECK(rig.transport.Take() == Ladder{"0 182 OPTIONS", "0 182 OPTIONS"});
  rig.Respond(200);
  rig.loop.RunFor(31999ms);
  rig.Receive(options);
  CHECK(rig.transport.Take() == Ladder{"0 200 OPTIONS", "31.999 200 OPTIONS"});
  rig.Respond(500);
  CHECK(rig.transport.Take().empty());
  rig.loop.RunFor(1ms);
  CHECK(rig.table.size() == 0);
}

TEST_CASE("figure 8, TCP: the final response ends the transaction, timer J is zero") {
  Rig rig(TcpFlow());
  rig.Receive({.method = "OPTIONS"});
  rig.Respond(200);
  CHECK(rig.table.size() == 0);
  CHECK(rig.loop.idle());
}

TEST_CASE("a closed stream is told at once, once, in every state that waits") {
  for (const int status : {0, 180, 200, 486}) {
    INFO(status);
    Rig rig(TcpFlow());
    rig.Receive({});
    if (status > 0) rig.Respond(status);
    rig.loop.RunFor(1s);
    rig.transport.closed.insert(1);
    rig.table.OnClosed(TcpFlow(2));
    CHECK(rig.failures.empty());
    rig.table.OnClosed(TcpFlow());
    rig.table.OnClosed(TcpFlow());
    CHECK(rig.failures == Ladder{"1 transport"});
    // RFC 6026: the machine stays, and still ends by its timer.
    CHECK(rig.table.size() == 1);
    (void)rig.transaction->Respond(status == 200 ? 200 : 480, "x");
    CHECK_FALSE(rig.transaction->pending());
    rig.loop.RunToEnd();
    CHECK(rig.table.size() == 0);
  }
}

TEST_CASE("a request repeated over a new stream is answered there") {
  Rig rig(TcpFlow(1));
  rig.Receive({});
  rig.Respond(486);
  rig.transport.closed.insert(1);
  rig.table.OnClosed(TcpFlow(1));
  rig.flow = TcpFlow(2);
  CHECK(rig.Receive({}) == Kind::kConsumed);
  CHECK(rig.transport.sent.back().flow == TcpFlow(2));
  rig.loop.RunToEnd();
  CHECK(rig.table.size() == 0);
}

TEST_CASE("a transport that takes no more is told by Respond, and later by the failure callback") {
  Rig rig(UdpFlow());
  rig.Receive({});
  rig.transport.broken = true;
  CHECK_FALSE(rig.Respond(486));
  CHECK(rig.failures.empty());  // never from inside Respond
  rig.loop.RunFor(1s);
  CHECK(rig.failures == Ladder{"0.5 transport"});
}

TEST_CASE("section 17.2.3: which requests belong to a transaction") {
  struct {
    const char* name;
    Request request;
    Kind expected;
  } const kCases[] = {
      {"the same", {}, Kind::kConsumed},
      {"another branch: merged (section 8.2.2.2)", {.branch = "z9hG4bK2"}, Kind::kMerged},
      {"another branch and CSeq", {.branch = "z9hG4bK2", .cseq = 2}, Kind::kNew},
      {"another branch and Call-ID", {.branch = "z9hG4bK2", .call_id = "call-2"}, Kind::kNew},
      {"another branch in the dialog", {.branch = "z9hG4bK2", .to_tag = "t"}, Kind::kNew},
      {"another sent-by", {.sent_by = "192.0.2.11:5060", .cseq = 2}, Kind::kNew},
      {"another port", {.sent_by = "192.0.2.10:5070", .cseq = 2}, Kind::kNew},
      {"its CANCEL is a transaction of its own", {.method = "CANCEL"}, Kind::kNew},
      {"its ACK", {.method = "ACK"}, Kind::kConsumed},
      {"an ACK of another branch", {.method = "ACK", .branch = "z9hG4bK2"}, Kind::kAck},
      {"without a branch: RFC 2543", {.branch = "", .cseq = 2}, Kind::kNew},
      {"a branch without cookie: RFC 2543", {.branch = "1", .cseq = 2}, Kind::kNew},
  };
  for (const auto& c : kCases) {
    INFO(c.name);
    Rig rig(UdpFlow());
    rig.Receive({});
    rig.Respond(486);
    CHECK(rig.Receive(c.request) == c.expected);
  }
}

TEST_CASE("section 17.2.3: peers of RFC 2543 are matched by the whole request") {
  const Request invite{.branch = ""};
  struct {
    const char* name;
    Request request;
    Kind expected;
  } const kCases[] = {
      {"the same", invite, Kind::kConsumed},
      {"another URI", {.branch = "", .cseq = 1, .uri = "sip:101@192.0.2.20"}, Kind::kMerged},
      {"another CSeq", {.branch = "", .cseq = 2}, Kind::kNew},
      {"another Call-ID", {.branch = "", .call_id = "call-2"}, Kind::kNew},
      {"the ACK with our tag", {.method = "ACK", .branch = "", .to_tag = "OURS"}, Kind::kConsumed},
      {"an ACK with another's tag", {.method = "ACK", .branch = "", .to_tag = "other"}, Kind::kAck},
  };
  for (const auto& c : kCases) {
    INFO(c.name);
    Rig rig(UdpFlow());
    rig.Receive(invite);
    rig.Respond(486);
    Request request = c.request;
    if (request.to_tag == "OURS") request.to_tag = rig.transaction->to_tag();
    CHECK(rig.Receive(request) == c.expected);
  }
}

TEST_CASE("section 9.2: a CANCEL finds its INVITE") {
  for (const std::string branch : {"z9hG4bK1", ""}) {
    Rig rig(UdpFlow());
    rig.Receive({.branch = branch});
    const auto invite = rig.transaction;
    rig.Receive({.method = "CANCEL", .branch = branch});
    CHECK(rig.table.FindCancelled(rig.transaction->request()) == invite);
    rig.Receive({.method = "CANCEL", .branch = "z9hG4bKother"});
    CHECK(rig.table.FindCancelled(rig.transaction->request()) == nullptr);
  }
}

TEST_CASE("no peer makes transactions without bound") {
  Rig rig(UdpFlow(), {.total = 5, .per_peer = 3});
  const auto receive = [&](int i) {
    return rig.Receive(
        {.branch = fmt::format("z9hG4bK-{}", i), .call_id = fmt::format("call-{}", i)});
  };
  for (int i = 0; i < 3; ++i) CHECK(receive(i) == Kind::kNew);
  CHECK(receive(3) == Kind::kOverLimit);
  CHECK(receive(0) == Kind::kConsumed);  // what is known goes on
  rig.flow.peer.ip = *net::IpAddress::Parse("192.0.2.11");
  CHECK(receive(4) == Kind::kNew);
  CHECK(receive(5) == Kind::kNew);
  rig.flow.peer.ip = *net::IpAddress::Parse("192.0.2.12");
  CHECK(receive(6) == Kind::kOverLimit);
  rig.Respond(486);  // the last one; it ends 32 s later
  rig.loop.RunToEnd();
  CHECK(rig.table.size() == 4);
  CHECK(receive(7) == Kind::kNew);
}

TEST_CASE("what belongs to a call has room that a flood of new requests cannot take") {
  Rig rig(UdpFlow(), {.total = 3, .per_peer = 3, .for_calls = 1});
  const auto receive = [&](int i, bool of_call) {
    return rig.Receive(
        {.branch = fmt::format("z9hG4bK-{}", i), .call_id = fmt::format("call-{}", i)}, of_call);
  };
  for (int i = 0; i < 3; ++i) CHECK(receive(i, false) == Kind::kNew);
  CHECK(receive(3, false) == Kind::kOverLimit);
  CHECK(receive(3, true) == Kind::kNew);
  CHECK(receive(4, true) == Kind::kOverLimit);  // bounded it is, too
}

TEST_CASE("a transaction outlives its table harmlessly") {
  std::shared_ptr<ua::ServerTransaction> kept;
  FakeLoop loop;
  FakeTransport transport(loop);
  {
    Rig rig(UdpFlow());
    rig.Receive({});
    kept = rig.transaction;
    rig.Respond(100);
  }
  CHECK(kept->state() == State::kTerminated);
}

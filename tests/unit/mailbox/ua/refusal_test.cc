// What never becomes a call: RFC 3261 section 8.2, strangers, limits.
#include "tests/unit/mailbox/ua/caller.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {
const Ladder kNone;
}

TEST_CASE("INVITEs that are refused before anybody hears of them") {
  struct {
    const char* name;
    Extra extra;
    int status;
    const char* header;
    const char* value;
  } const kCases[] = {
      {"100rel", {.headers = "Require: 100rel\r\n", .sdp = kOffer}, 420, "Unsupported", "100rel"},
      {"several options",
       {.headers = "Require: timer, foo\r\nRequire: bar\r\n", .sdp = kOffer},
       420,
       "Unsupported",
       "foo"},
      {"another body",
       {.sdp = "<xml/>", .content_type = "application/xml"},
       415,
       "Accept",
       "application/sdp"},
      {"multipart",
       {.sdp = "--x--", .content_type = "multipart/mixed;boundary=x"},
       415,
       "Accept",
       "application/sdp"},
      {"multipart with a required part that is unknown",
       {.sdp = "--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--x\r\n"
               "Content-Type: application/isup\r\nContent-Disposition: "
               "signal;handling=required\r\n\r\n0\r\n--x--\r\n",
        .content_type = "multipart/mixed;boundary=x"},
       415,
       "Accept",
       "application/sdp"},
      {"encoded",
       {.headers = "Content-Encoding: gzip\r\n", .sdp = kOffer},
       415,
       "Accept-Encoding",
       "identity"},
      {"Accept without SDP",
       {.headers = "Accept: text/plain\r\n", .sdp = kOffer},
       406,
       "Accept",
       "application/sdp"},
      {"Session-Expires below our Min-SE",
       {.headers = "Supported: timer\r\nSession-Expires: 60\r\n", .sdp = kOffer},
       422,
       "Min-SE",
       "90"},
      {"no Contact", {.sdp = kOffer, .contact = false}, 400, "Server", "Voxpost"},
      {"two Contacts",
       {.headers = "Contact: <sip:b@192.0.2.9>\r\n", .sdp = kOffer},
       400,
       "Server",
       "Voxpost"},
      {"a Contact of another scheme",
       {.headers = "Contact: <mailto:a@b>\r\n", .sdp = kOffer, .contact = false},
       400,
       "Server",
       "Voxpost"},
  };
  for (const auto& c : kCases) {
    INFO(c.name);
    Caller caller;
    caller.Invite(c.extra);
    CHECK(caller.transport.Take() == Ladder{fmt::format("0 {} INVITE", c.status)});
    CHECK(caller.transport.Last().Header(c.header) == c.value);
    CHECK(caller.transport.Last().to_tag() != "");
    CHECK(caller.owner.Take() == kNone);
    caller.CheckNothingLeft();
  }
}

TEST_CASE("INVITEs that look odd and are calls") {
  const Extra kFine[] = {
      {.headers = "Require: timer\r\nSupported: timer\r\n", .sdp = kOffer},
      {.headers = "Proxy-Require: foo\r\n", .sdp = kOffer},  // for proxies
      {.headers = "Accept: application/sdp, text/plain\r\n", .sdp = kOffer},
      {.headers = "Accept: */*\r\n", .sdp = kOffer},
      {.headers = "Session-Expires: 60\r\n",
       .sdp = kOffer},  // a proxy's, and the caller knows no timers
      {.headers = "Content-Disposition: session\r\n",
       .sdp = kOffer,
       .content_type = "Application/SDP; charset=utf-8"},
      {.headers = "Content-Disposition: icon;handling=optional\r\n",
       .sdp = "GIF",
       .content_type = "image/gif"},
      {.headers = "Expires: junk\r\nDate: junk\r\n", .sdp = kOffer},
  };
  for (const Extra& extra : kFine) {
    INFO(extra.headers);
    Caller caller;
    caller.Invite(extra);
    CHECK(caller.owner.Take() == Ladder{"0 invite"});
  }
}

TEST_CASE("section 8.2.2.2: the same INVITE by another way is a merged request") {
  Caller caller(UdpFlow());
  caller.Invite();
  std::string other = caller.invite;
  other.replace(other.find(caller.invite_branch), caller.invite_branch.size(), "z9hG4bKother");
  caller.Receive(other);
  CHECK(caller.transport.Take() == Ladder{"0 100 INVITE", "0 482 INVITE"});
  CHECK(caller.owner.Take() == Ladder{"0 invite"});
  CHECK(caller.agent->sessions() == 1);
}

TEST_CASE("requests outside a dialog") {
  struct {
    const char* method;
    int status;
  } const kCases[] = {
      {"OPTIONS", 200},  {"BYE", 481},       {"UPDATE", 481},  {"INFO", 481},
      {"PRACK", 481},    {"NOTIFY", 481},    {"REFER", 405},   {"MESSAGE", 405},
      {"REGISTER", 405}, {"SUBSCRIBE", 405}, {"PUBLISH", 405}, {"FOO", 405},
  };
  for (const auto& c : kCases) {
    INFO(c.method);
    Caller caller;
    caller.Send(c.method);
    CHECK(caller.transport.Last().status() == c.status);
    CHECK(caller.transport.Last().to_tag() != "");
    if (c.status != 481) CHECK(caller.transport.Last().Headers("Allow").size() == 9);
    caller.CheckNothingLeft();
  }
}

TEST_CASE("OPTIONS says what we can, or that we are leaving") {
  Caller caller;
  caller.Send("OPTIONS");
  const auto ok = caller.transport.Last();
  CHECK(ok.Header("Accept") == "application/sdp");
  CHECK(ok.HasOption("Supported", "timer"));
  CHECK(ok.Header("Contact") == "<sip:100@192.0.2.20:5062;transport=tcp>");
  caller.owner.options_status = 503;
  caller.Send("OPTIONS");
  CHECK(caller.transport.Last().status() == 503);
  CHECK(caller.transport.Last().Header("Retry-After") != "");
  caller.Send("OPTIONS", {.headers = "Require: foo\r\n"});
  CHECK(caller.transport.Last().status() == 420);
}

TEST_CASE("health checks that are all alike are all answered") {
  Caller caller(UdpFlow());
  for (int i = 0; i < 3; ++i) {
    caller.Send("OPTIONS", {.cseq = 1});
    CHECK(caller.transport.Last().status() == 200);
  }
}

TEST_CASE("strangers: 403 and an end on streams, silence on UDP") {
  Caller stream(TcpFlow());
  stream.owner.known = false;
  stream.Invite();
  CHECK(stream.transport.Take() == Ladder{"0 403 INVITE"});
  CHECK(stream.transport.Last().to_tag() != "");
  CHECK(stream.transport.closed.contains(1));

  Caller acks(TcpFlow());
  acks.owner.known = false;
  acks.Send("ACK");
  CHECK(acks.transport.Take() == kNone);
  CHECK(acks.transport.closed.contains(1));

  Caller datagram(UdpFlow());
  datagram.owner.known = false;
  datagram.Invite();
  datagram.Send("OPTIONS");
  CHECK(datagram.transport.Take() == kNone);
  CHECK(datagram.owner.Take() == kNone);
  datagram.CheckNothingLeft();
}

TEST_CASE("a stranger's junk closes its stream, and a known peer's does not") {
  Caller caller;
  caller.Receive("junk\r\n\r\n");
  CHECK(caller.transport.closed.empty());
  caller.owner.known = false;
  caller.Receive("junk\r\n\r\n");
  CHECK(caller.transport.closed.contains(1));
  CHECK(caller.transport.Take() == kNone);
}

TEST_CASE("any byte of any request may be wrong") {
  const std::string kBytes("\0\r\n :;,<>\"=@%9\xff", 16);
  for (const std::string method : {"INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "OPTIONS"}) {
    Caller caller(UdpFlow());
    caller.owner.on_invite = [](ua::Session& session) { session.Accept(kAnswer); };
    caller.Call(
        {.headers =
             "Supported: timer\r\nSession-Expires: 90\r\nRecord-Route: <sip:192.0.2.5;lr>\r\n",
         .sdp = kOffer});
    const std::string request = caller.Text(
        method,
        {.headers =
             "Session-Expires: 90;refresher=uas\r\nSupported: timer\r\nAccept: application/sdp\r\n",
         .sdp = kOffer});
    for (size_t i = 0; i < request.size(); i += 1) {
      std::string changed = request;
      changed[i] = kBytes[(i * 7 + 3) % kBytes.size()];
      caller.Receive(changed);
      if (i % 50 == 0) caller.Receive(request.substr(0, i));
    }
    caller.owner.session.reset();
    caller.CheckNothingLeft();
  }
}

TEST_CASE("responses to nothing of ours are dropped") {
  Caller caller(UdpFlow());
  caller.Receive(
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.20:5062;branch=z9hG4bKx\r\nFrom: "
      "<sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\n"
      "Call-ID: x\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n");
  CHECK(caller.transport.Take() == kNone);
}

TEST_CASE("above max_sessions: 503 with Retry-After, and calls in progress go on") {
  Caller caller(TcpFlow(), {.max_sessions = 2});
  std::vector<std::unique_ptr<ua::Session>> sessions;
  for (int i = 0; i < 2; ++i) {
    caller.call_id = fmt::format("call-{}", i);
    caller.Invite();
    sessions.push_back(std::move(caller.owner.session));
  }
  caller.transport.Take();
  caller.call_id = "call-2";
  caller.Invite();
  CHECK(caller.transport.Take() == Ladder{"0 503 INVITE"});
  CHECK(caller.transport.Last().Header("Retry-After") != "");
  sessions.pop_back();
  caller.call_id = "call-3";
  caller.Invite();
  CHECK(caller.owner.Take() == Ladder{"0 invite", "0 invite", "0 invite"});
}

TEST_CASE("a flood of INVITEs makes bounded state, and it goes by itself") {
  Caller caller(UdpFlow(), {.max_sessions = 10});
  for (int i = 0; i < 12000; ++i) {
    caller.call_id = fmt::format("flood-{}", i);
    caller.agent->OnMessage(caller.flow, caller.Text("INVITE", {.sdp = kOffer}));
  }
  CHECK(caller.agent->sessions() <= 10);
  CHECK(caller.transport.sent.back().text.starts_with("SIP/2.0 503"));
  caller.owner.session.reset();
  caller.CheckNothingLeft();
}

TEST_CASE("a flood of INVITEs does not keep the same gateway's calls from hanging up") {
  Caller caller(UdpFlow(), {.max_sessions = 10});
  caller.Call();
  const auto session = std::move(caller.owner.session);
  const std::string call_id = caller.call_id;
  const std::string tag = std::exchange(caller.to_tag, "");
  for (int i = 0; i < 12000; ++i) {
    caller.call_id = fmt::format("flood-{}", i);
    caller.agent->OnMessage(caller.flow, caller.Text("INVITE", {.sdp = kOffer}));
  }
  caller.call_id = call_id;
  caller.to_tag = tag;
  caller.Send("BYE");
  CHECK(caller.transport.Last().status() == 200);
  CHECK(caller.owner.Take().back() == "0 ended hung-up");
}

TEST_CASE("the user part of the request URI comes back in Contact") {
  struct {
    const char* uri;
    const char* contact;
  } const kCases[] = {
      {"sip:4711@192.0.2.20", "<sip:4711@192.0.2.20:5062;transport=tcp>"},
      {"sip:+49123;ext=1@192.0.2.20;user=phone",
       "<sip:+49123;ext=1@192.0.2.20:5062;transport=tcp>"},
      {"sip:192.0.2.20", "<sip:192.0.2.20:5062;transport=tcp>"},
      {"tel:+49123", "<sip:+49123@192.0.2.20:5062;transport=tcp>"},
      {"sips:4711@192.0.2.20", "<sips:4711@192.0.2.20:5062;transport=tcp>"},
  };
  for (const auto& c : kCases) {
    Caller caller;
    caller.uri = c.uri;
    caller.Invite();
    REQUIRE(caller.owner.session);
    caller.owner.session->Accept(kAnswer);
    CHECK(caller.transport.Last().Header("Contact") == c.contact);
  }
  Caller caller;
  caller.uri = "mailto:a@b.example";
  caller.Invite();
  CHECK(caller.transport.Take() == Ladder{"0 416 INVITE"});
}

TEST_CASE("the session description is found among the parts of a body") {
  Caller caller;
  caller.Invite({.sdp = std::string("--one\r\nContent-Type: application/isup;base=itu-t92+\r\n"
                                    "Content-Disposition: signal;handling=optional\r\n\r\n0\r\n"
                                    "--one\r\nContent-Type: application/sdp\r\n\r\n") +
                        kOffer + "\r\n--one--\r\n",
                 .content_type = "multipart/mixed;boundary=\"one\""});
  REQUIRE(caller.owner.session);
  CHECK(caller.owner.session->offer() == kOffer);
  caller.owner.session->Reject({486, "", ""});
}

#include "mailbox/calls/call_server.h"

#include "common/log/log.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/calls/fakes.h"

using namespace um;
using namespace um::tests;

namespace {

domain::Organisation Example(domain::TicketRule ticket) {
  domain::Organisation o;
  o.id = "example";
  o.gateways = {
      {.name = "pbx", .addresses = {*net::Network::Parse("192.0.2.10")}, .ticket = ticket}};
  o.hunt_groups = {{"main", "pbx", "5000", "Main"}};
  o.dial_plans = {{.name = "Main"}};
  o.mailboxes = {{"ann", "Main", "1001", "Ann Archer", "ann@example.com"}};
  return o;
}

/// A node with one call server on fakes.
struct Node {
  FakeLoop loop;
  FakeEngine engine{loop};
  FakeLibrary library{loop};
  FakeSpool spool{loop};
  FakeQuotas quotas;
  FakeGreetings greetings;
  FakeContacts contacts;
  handover::TicketKeys keys{{{1, std::string(32, 'k')}}};
  domain::PeoplePtr people;
  std::vector<domain::CallRecord> records;
  std::unique_ptr<calls::CallServer> server;

  explicit Node(domain::TicketRule ticket = domain::TicketRule::kPreferred, int max_calls = 2) {
    calls::Services services{.loop = loop, .media = engine, .prompts = library, .rtp = {}};
    services.people = [this](const std::string& organisation) {
      return organisation == "example" ? people : nullptr;
    };
    services.contacts = &contacts;
    services.record = [this](domain::CallRecord record) { records.push_back(std::move(record)); };
    server = std::make_unique<calls::CallServer>(
        services, spool, quotas, greetings, keys,
        std::make_shared<domain::RoutingCopy>(Example(ticket)), max_calls);
  }

  std::shared_ptr<Line> Call(const std::string& invite, const char* peer = "192.0.2.10") {
    auto line = std::make_shared<Line>();
    server->OnInvite(std::make_unique<FakeUaSession>(line, invite, *net::IpAddress::Parse(peer)));
    loop.RunFor(0ms);
    return line;
  }
  std::string Ticket(async::Duration lifetime = 30s) {
    return handover::Issue(keys, {"example", "pbx", "ann", std::string(16, 'h')},
                           loop.WallNow() + lifetime);
  }
};

/// What is logged while this lives.
struct Logged {
  Logged() {
    lines.clear();
    log::SetSink([](std::string_view line) { lines += line; });
  }
  ~Logged() { log::SetSink(nullptr); }
  static inline std::string lines;
};

}  // namespace

TEST_CASE("a call is answered with the caller's law, greeted, recorded, and leaves a message") {
  Node node;
  const auto line = node.Call(Invite("1001"));
  REQUIRE(line->accepted.find("m=audio 16384 RTP/AVP 8") != std::string::npos);
  CHECK(node.spool.begun.at(0).law == domain::Law::kA);
  CHECK(node.spool.begun.at(0).caller.number == "2001");
  CHECK(node.spool.begun.at(0).reason == domain::CallReason::kDivertNoAnswer);
  CHECK(node.engine.last->configured->remote.ToString() == "192.0.2.10:4000");
  line->listener->OnEstablished();
  node.loop.RunFor(4s + 10s);  // three phrases, the tone, speech
  node.engine.last->Press('#');
  node.loop.RunFor(1s);
  node.engine.last->Press('#');  // and sent
  node.loop.RunFor(10s);
  CHECK(node.spool.traces == std::vector<std::string>{"message 10000"});
  CHECK(line->hung_up);
  CHECK(line->destroyed);
  CHECK(node.server->calls() == 0);
  CHECK(node.engine.open == 0);
}

TEST_CASE("a caller hears the recording as it is kept, and a key interrupts it") {
  Node node;
  const auto line = node.Call(Invite("1001"));
  line->listener->OnEstablished();
  node.loop.RunFor(4s + 10s);
  node.engine.last->Press('#');
  node.loop.RunFor(100ms);
  node.engine.last->Press('2');
  node.loop.RunFor(100ms);
  REQUIRE(node.engine.last->playing.size() == 1);
  const std::vector<uint8_t> kept(10'000);  // as the caller spoke: FakeMediaSession
  CHECK(node.engine.last->playing[0]->codes(domain::Law::kA) == kept);
  node.loop.RunFor(1s);
  CHECK(node.engine.last->playing.size() == 1);
  node.loop.RunFor(200ms);                       // 10,000 codes are 1.25 s
  CHECK(node.engine.last->playing.size() == 3);  // the menu again
  node.engine.last->Press('2');
  node.loop.RunFor(100ms);
  node.engine.last->Press('*');
  node.loop.RunFor(10s);
  CHECK(line->hung_up);
  CHECK(node.spool.traces == std::vector<std::string>{"missed"});
}

TEST_CASE("hanging up at any instant leaves exactly one trace and no part of the call") {
  for (auto at = 0ms; at < 20s; at += 10ms) {
    Node node;
    const auto line = node.Call(Invite("1001"));
    async::Timer established(node.loop, [&] {
      if (!line->destroyed) line->listener->OnEstablished();
    });
    established.Start(50ms);
    async::Timer key(node.loop, [&] {
      if (!line->destroyed) node.engine.last->Press('#');
    });
    key.Start(14s);
    async::Timer send(node.loop, [&] {
      if (!line->destroyed) node.engine.last->Press('#');
    });
    send.Start(16s);
    node.loop.RunFor(at);
    if (!line->destroyed) line->listener->OnEnded(ua::EndCause::kHungUp);
    node.loop.RunToEnd();
    REQUIRE(node.spool.traces.size() == 1);
    REQUIRE((node.spool.traces[0] != "missed") == (at >= 4s + 50ms + 1s));
    REQUIRE(line->destroyed);
    REQUIRE(node.server->calls() == 0);
    REQUIRE(node.engine.open == 0);
  }
}

TEST_CASE("what cannot be answered is refused with the reason in words") {
  Node node;
  const auto unknown = node.Call(Invite("1009"));
  CHECK(unknown->rejected->status == 404);
  CHECK(unknown->rejected->headers ==
        "ms-diagnostics: 15603;source=\"um-mailbox\";reason=\"no mailbox has extension 1009 in "
        "dial plan Main\"\r\n");
  CHECK(node.Call(Invite("1001"), "203.0.113.1")->rejected->status == 403);
  CHECK(node.Call(Invite("1001", "v=0\r\nnonsense"))->rejected->status == 400);
  CHECK(
      node.Call(Invite("1001",
                       "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
                       "m=audio 4000 RTP/AVP 18\r\n"))
          ->rejected->status == 488);
  node.engine.full = true;
  CHECK(node.Call(Invite("1001"))->rejected->status == 503);
  node.engine.full = false;
  node.spool.healthy = false;
  CHECK(node.Call(Invite("1001"))->rejected->status == 503);
  CHECK(node.server->OnOptions() == 503);
  CHECK(node.spool.begun.empty());
  CHECK(node.server->calls() == 0);
}

TEST_CASE("the call limit is kept, and told") {
  Node node(domain::TicketRule::kPreferred, 2);
  const auto first = node.Call(Invite("1001"));
  const auto second = node.Call(Invite("1001"));
  CHECK(node.server->headroom() == 0);
  const auto third = node.Call(Invite("1001"));
  CHECK(third->rejected->status == 503);
  CHECK(third->rejected->headers.find("Retry-After: 5") != std::string::npos);
  first->listener->OnEnded(ua::EndCause::kCancelled);
  node.loop.RunFor(0ms);
  CHECK(node.server->headroom() == 1);
}

TEST_CASE("a flood of refused calls is not a flood of log lines") {
  static int lines;
  lines = 0;
  log::SetSink(
      [](std::string_view line) { lines += line.find("call.refused") != std::string_view::npos; });
  Node node(domain::TicketRule::kPreferred, 0);
  for (int i = 0; i < 1000; ++i) CHECK(node.Call(Invite("1001"))->rejected->status == 503);
  CHECK(lines == 20);
  node.loop.RunFor(1s);
  node.Call(Invite("1001"));
  CHECK(lines == 21);
  log::SetSink(nullptr);
}

TEST_CASE("a gateway that requires tickets gets each good one answered once") {
  Node node(domain::TicketRule::kRequired, 10);
  CHECK(node.Call(Invite("1001"))->rejected->status == 403);
  CHECK(node.Call(Invite("1001", kOffer, "forged"))->rejected->status == 403);
  const std::string ticket = node.Ticket();
  CHECK_FALSE(node.Call(Invite("1001", kOffer, ticket))->rejected);
  CHECK_FALSE(node.Call(Invite("1001", kOffer, ticket))->rejected);  // the same call again: a retry
  std::string other = Invite("1001", kOffer, ticket);
  other.replace(other.find("Call-ID: c1"), 11, "Call-ID: c2");
  CHECK(node.Call(other)->rejected->status == 403);  // replayed by another call
  CHECK(node.Call(Invite("1001", kOffer, node.Ticket(-60s)))->rejected->status == 403);
}

TEST_CASE("a gateway that prefers tickets is evaluated afresh without one") {
  Node node(domain::TicketRule::kPreferred, 10);
  CHECK_FALSE(node.Call(Invite("1001"))->rejected);
  CHECK_FALSE(node.Call(Invite("1001", kOffer, "forged"))->rejected);
}

TEST_CASE("a caller of a full mailbox is not recorded, and leaves a missed call") {
  Node node;
  node.quotas.full = true;
  const auto line = node.Call(Invite("1001"));
  CHECK(node.quotas.asked == std::vector<std::string>{"ann"});
  CHECK(node.quotas.last.messages == 1000);
  line->listener->OnEstablished();
  node.loop.RunFor(5s);  // four phrases
  CHECK(node.spool.traces == std::vector<std::string>{"missed"});
  CHECK(line->hung_up);
}

TEST_CASE("draining lets calls end and takes no new ones") {
  Node node;
  const auto line = node.Call(Invite("1001"));
  bool drained = false;
  node.server->Drain([&] { drained = true; });
  CHECK(node.Call(Invite("1001"))->rejected->status == 503);
  CHECK(node.server->headroom() == 0);
  node.loop.RunFor(1s);
  CHECK_FALSE(drained);
  line->listener->OnEnded(ua::EndCause::kHungUp);
  node.loop.RunFor(0ms);
  CHECK(drained);
}

TEST_CASE("stopping at once seals what was recorded") {
  Node node;
  const auto line = node.Call(Invite("1001"));
  line->listener->OnEstablished();
  node.loop.RunFor(9s);
  node.server->StopAll();
  CHECK(node.spool.traces == std::vector<std::string>{"message 5000"});
  CHECK(line->destroyed);
}

TEST_CASE("a caller whose RTP stops for good is hung up on, and the message kept") {
  Node node;
  const auto line = node.Call(Invite("1001"));
  line->listener->OnEstablished();
  node.loop.RunFor(9s);
  node.engine.last->Lose();
  node.loop.RunFor(0ms);
  CHECK(line->hung_up);
  CHECK(node.spool.traces == std::vector<std::string>{"message 5000"});
  REQUIRE(node.records.size() == 1);
  CHECK(node.records[0].drop_reason == "media-lost");
}

TEST_CASE("a delayed offer is ours, and the ACK's answer decides") {
  Node node;
  const auto line = node.Call(Invite("1001", ""));
  CHECK(line->accepted.find("RTP/AVP 0 8 107 9 4 101") != std::string::npos);
  REQUIRE(line->listener->OnAnswer(kOffer).ok());
  line->listener->OnEstablished();
  CHECK(node.engine.last->configured->codec == domain::Codec::kPcma);
  CHECK(node.engine.last->recorded_law == node.spool.begun.at(0).law);
}

namespace {

/// A caller who has spoken for ten seconds.
std::shared_ptr<Line> Spoken(Node& node) {
  auto line = node.Call(Invite("1001"));
  line->listener->OnEstablished();
  node.loop.RunFor(4s + 10s);
  return line;
}

}  // namespace

TEST_CASE("keys by INFO, as tones and as events do the same, and one press is one") {
  for (const int way : {1, 2, 4, 3, 5, 6, 7}) {
    Node node;
    const auto line = Spoken(node);
    const auto press = [&](char key) {
      if (way & 1) node.engine.last->Sound(key);
      if (way & 2) line->listener->OnInfoKey(key);
      if (way & 4) node.engine.last->Press(key);
      node.loop.RunFor(100ms);
    };
    INFO(way);
    press('#');
    CHECK(node.spool.traces.empty());
    press('1');  // counted twice it would mark the message, too
    press('#');
    node.loop.RunFor(10s);
    CHECK(node.spool.traces == std::vector<std::string>{"message 10000"});
    CHECK(line->hung_up);
  }
}

TEST_CASE("the caller is put through by the gateway, and leaves nothing") {
  domain::Organisation organisation = Example(domain::TicketRule::kPreferred);
  domain::Mailbox ann = *organisation.mailboxes.Find("ann");
  ann.operator_number = "200";
  organisation.mailboxes = {ann};
  Node node;
  node.server->SetRouting(std::make_shared<domain::RoutingCopy>(organisation));
  const auto line = node.Call(Invite("1001"));
  line->listener->OnEstablished();
  node.loop.RunFor(1s);
  node.engine.last->Press('0');
  node.loop.RunFor(2s);
  REQUIRE(line->referred == "200");
  SECTION("who answers has the call") {
    line->listener->OnTransferred(true);
    node.loop.RunFor(0ms);
    CHECK(node.records.at(0).dialled == "200");
    CHECK(line->hung_up);
    CHECK(node.spool.traces.empty());
  }
  SECTION("a gateway that hangs up at once has done it too") {
    line->listener->OnTransferred(true);
    line->listener->OnEnded(ua::EndCause::kHungUp);
    node.loop.RunFor(0ms);
    CHECK(node.spool.traces.empty());
  }
  SECTION("a caller who hangs up while it rings has missed Ann") {
    line->listener->OnEnded(ua::EndCause::kHungUp);
    node.loop.RunFor(0ms);
    CHECK(node.spool.traces == std::vector<std::string>{"missed"});
  }
  SECTION("where nobody answers, a message may be left") {
    line->listener->OnTransferred(false);
    node.loop.RunFor(3s + 5s);  // two phrases and the tone, speech
    line->listener->OnEnded(ua::EndCause::kHungUp);
    node.loop.RunFor(0ms);
    CHECK(node.spool.traces == std::vector<std::string>{"message 5000"});
  }
  CHECK(line->destroyed);
  CHECK(node.server->calls() == 0);
}

TEST_CASE("a little before the longest recording ends, the tone sounds while it goes on") {
  domain::Organisation organisation = Example(domain::TicketRule::kPreferred);
  organisation.dial_plans[0].max_recording = 1min;
  Node node;
  node.server->SetRouting(std::make_shared<domain::RoutingCopy>(organisation));
  const auto line = node.Call(Invite("1001"));
  line->listener->OnEstablished();
  node.loop.RunFor(4s + 44s);
  node.engine.last->playing.clear();
  node.loop.RunFor(2s);
  CHECK(node.engine.last->playing.size() == 1);
  line->listener->OnEnded(ua::EndCause::kHungUp);
  node.loop.RunFor(0ms);
  CHECK(node.spool.traces == std::vector<std::string>{"message 46000"});
}

TEST_CASE("where the policy has all messages private, they are so from the start") {
  domain::Organisation organisation = Example(domain::TicketRule::kPreferred);
  domain::Mailbox ann = *organisation.mailboxes.Find("ann");
  ann.privacy = domain::Privacy::kAll;
  organisation.mailboxes = {ann};
  Node node;
  node.Call(Invite("1001"));
  CHECK_FALSE(node.spool.begun.back().marks.is_private);
  node.server->SetRouting(std::make_shared<domain::RoutingCopy>(organisation));
  node.Call(Invite("1001"));
  CHECK(node.spool.begun.back().marks.is_private);
}

TEST_CASE("a call that is over leaves its record, with its steps and how it sounded") {
  Node node;
  const auto line = node.Call(Invite("1001"));
  CHECK(node.records.empty());
  REQUIRE(node.server->Active().size() == 1);
  CHECK(node.server->Active()[0].mailbox_id == "ann");
  line->listener->OnEstablished();
  node.loop.RunFor(4s + 10s);
  node.engine.last->statistics_ = {.packets_received = 690, .packets_lost = 10, .jitter_ms = 2.5};
  line->listener->OnEnded(ua::EndCause::kHungUp);
  node.loop.RunFor(0ms);
  REQUIRE(node.records.size() == 1);
  CHECK(node.server->Active().empty());
  const domain::CallRecord& record = node.records[0];
  CHECK(record.id == node.spool.begun.at(0).message_id);
  CHECK(record.organisation == "example");
  CHECK(record.gateway == "pbx");
  CHECK(record.dial_plan == "Main");
  CHECK(record.mailbox_id == "ann");
  CHECK(record.caller.number == "2001");
  CHECK(record.sip_call_id == "c1");
  CHECK(record.offer == domain::OfferResult::kAnswer);
  CHECK(record.reason == domain::CallReason::kDivertNoAnswer);
  CHECK(record.duration == 14s);
  CHECK(record.drop_reason == ua::ToString(ua::EndCause::kHungUp));
  CHECK(record.codec == "PCMA");
  CHECK(record.jitter_ms == 2.5);
  CHECK(record.loss_percent == Approx(100.0 * 10 / 700));
  REQUIRE(record.quality);
  CHECK(record.quality->nmos < 4.4);
  std::string steps;
  for (const domain::CallStep& step : record.steps) steps += step.what + ", ";
  CHECK(steps == "invite, answered, playing, playing, recording, ended by the caller's side, ");
}

namespace {

/// An INVITE that says neither who calls nor whose call it is.
std::string Nameless() {
  std::string invite = Invite("1001");
  const size_t diversion = invite.find("Diversion:");
  invite.erase(diversion, invite.find("\r\n", diversion) + 2 - diversion);
  const std::string carol = "\"Carol\" <sip:2001@192.0.2.10>";
  return invite.replace(invite.find(carol), carol.size(), "<sip:anonymous@anonymous.invalid>");
}

/// A request of the call before it is answered.
void Say(const Line& line, const std::string& headers) {
  line.listener->OnEarlyRequest(*sip::Message::Parse(
      "UPDATE sip:5000@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.10:5060;branch=z9hG4bK2\r\n"
      "Max-Forwards: 70\r\nFrom: <sip:anonymous@anonymous.invalid>;tag=f\r\nTo: "
      "<sip:5000@192.0.2.1>;tag=t\r\nCall-ID: c1\r\nCSeq: 2 UPDATE\r\n" +
      headers + "Content-Length: 0\r\n\r\n"));
}

/// Its gateway names parties within five seconds.
void NameLater(Node& node) {
  domain::Organisation organisation = Example(domain::TicketRule::kPreferred);
  organisation.gateways[0].parties_wait = 5s;
  node.server->SetRouting(std::make_shared<domain::RoutingCopy>(organisation));
}

}  // namespace

TEST_CASE("a call rings until its gateway has named the parties, and is then like any other") {
  Node node;
  NameLater(node);
  const auto line = node.Call(Nameless());
  CHECK(line->progress == 180);
  CHECK(node.server->calls() == 1);
  node.loop.RunFor(1s);
  Say(*line, "P-Asserted-Identity: \"Carol\" <sip:2001@192.0.2.10>\r\n");
  node.loop.RunFor(1s);
  CHECK(line->accepted.empty());
  Say(*line, "Diversion: <sip:1001@192.0.2.10>;reason=user-busy\r\n");
  node.loop.RunFor(0ms);
  CHECK(line->accepted.find("m=audio") != std::string::npos);
  REQUIRE(node.spool.begun.size() == 1);
  CHECK(node.spool.begun[0].mailbox_id == "ann");
  CHECK(node.spool.begun[0].caller.number == "2001");
  CHECK(node.spool.begun[0].caller.name == "Carol");
  CHECK(node.spool.begun[0].reason == domain::CallReason::kDivertBusy);
  CHECK(node.server->calls() == 1);
  line->listener->OnEstablished();
  node.loop.RunFor(4s + 10s);
  line->listener->OnEnded(ua::EndCause::kHungUp);
  node.loop.RunFor(0ms);
  CHECK(node.spool.traces == std::vector<std::string>{"message 10000"});
  CHECK(node.server->calls() == 0);
  REQUIRE(node.records.size() == 1);
  REQUIRE(node.records[0].steps.size() > 2);
  CHECK(node.records[0].steps[1].what == "parties named");
  CHECK(node.records[0].steps[1].at - node.records[0].steps[0].at == 2s);
}

TEST_CASE("a call that nobody names in time, or names wrongly, is refused and on record") {
  for (const char* extension : {"", "1009"}) {
    Node node;
    NameLater(node);
    const auto line = node.Call(Nameless());
    node.loop.RunFor(4s);
    CHECK_FALSE(line->rejected);
    if (*extension != 0) {
      Say(*line, "Diversion: <sip:" + std::string(extension) + "@192.0.2.10>\r\n");
      node.loop.RunFor(0ms);
    } else {
      node.loop.RunFor(1s);
    }
    REQUIRE(line->rejected);
    CHECK(line->rejected->status == 404);
    CHECK(line->rejected->headers.find(*extension != 0 ? "15603" : "15604") != std::string::npos);
    CHECK(line->destroyed);
    CHECK(node.server->calls() == 0);
    REQUIRE(node.records.size() == 1);
    CHECK(node.records[0].offer == domain::OfferResult::kFailed);
    CHECK(node.spool.begun.empty());
  }
}

TEST_CASE(
    "a caller who hangs up before anybody is named leaves a record, a node that stops nothing") {
  Node node;
  NameLater(node);
  const auto gone = node.Call(Nameless());
  gone->listener->OnEnded(ua::EndCause::kCancelled);
  node.loop.RunFor(0ms);
  CHECK(gone->destroyed);
  REQUIRE(node.records.size() == 1);
  CHECK(node.records[0].offer == domain::OfferResult::kFailed);
  CHECK(node.records[0].drop_reason.starts_with("487 Request Terminated: the caller gave up"));
  const auto stopped = node.Call(Nameless());
  node.server->StopAll();
  CHECK(stopped->destroyed);
  CHECK(node.server->calls() == 0);
  CHECK(node.spool.begun.empty());
}

TEST_CASE("a caller who gives up before the call stands is a failed call") {
  Node node;
  const auto line = node.Call(Invite("1001"));
  line->listener->OnEnded(ua::EndCause::kCancelled);
  node.loop.RunFor(0ms);
  REQUIRE(node.records.size() == 1);
  CHECK(node.records[0].offer == domain::OfferResult::kFailed);
}

TEST_CASE("a refused call leaves a record that says why, and a stranger's none") {
  Node node;
  node.Call(Invite("1009"));
  REQUIRE(node.records.size() == 1);
  const domain::CallRecord& record = node.records[0];
  CHECK(record.offer == domain::OfferResult::kFailed);
  CHECK(record.drop_reason == "404 Not Found: no mailbox has extension 1009 in dial plan Main");
  CHECK(record.called == "1009");
  CHECK(record.organisation == "example");
  CHECK(record.dial_plan == "Main");
  CHECK_FALSE(record.reason);
  CHECK(record.id.size() == 26);
  node.Call(Invite("1001"), "203.0.113.9");
  CHECK(node.records.size() == 1);
  node.Call(Invite("1001", "v=0\r\nnonsense"));
  node.engine.full = true;
  node.Call(Invite("1001"));
  REQUIRE(node.records.size() == 3);
  CHECK(node.records[1].drop_reason.starts_with("400 Bad Session Description: "));
  CHECK(node.records[2].drop_reason.starts_with("503 Service Unavailable: "));
}

TEST_CASE("the directory names a caller whom no mailbox is") {
  Node node;
  domain::Person bob{.id = "1", .display_name = "Bob Baker", .email = "bob@example.com"};
  bob.telephones = {"2001"};
  node.people = std::make_shared<const domain::People>(
      std::vector<domain::PersonPtr>{std::make_shared<const domain::Person>(bob)});
  node.Call(Invite("1001"));
  CHECK(node.spool.begun.at(0).caller.name == "Bob Baker");
  CHECK(node.spool.begun.at(0).caller.email == "bob@example.com");
}

TEST_CASE("the called user's contacts name a caller whom neither mailbox nor directory is") {
  Node node;
  node.contacts.name = domain::ContactName{"Bobby", "bobby@example.net"};
  const auto line = node.Call(Invite("1001"));
  CHECK(node.contacts.asked == std::vector<std::string>{"ann 2001"});
  const domain::CallFacts& begun = node.spool.begun.at(0);
  CHECK(begun.caller.name == "Bobby");
  CHECK(begun.caller.email == "bobby@example.net");
  CHECK(begun.caller.number == "2001");
  REQUIRE(node.server->Active().size() == 1);
  CHECK(node.server->Active()[0].caller.name == "Bobby");
  line->listener->OnEnded(ua::EndCause::kHungUp);
  node.loop.RunToEnd();
  CHECK(node.records.at(0).caller.name == "Bobby");
  CHECK(node.server->Active().empty());

  node.people = std::make_shared<const domain::People>(
      std::vector<domain::PersonPtr>{std::make_shared<const domain::Person>(
          domain::Person{.id = "1", .display_name = "Bob Baker", .telephones = {"2001"}})});
  node.Call(Invite("1001"));
  CHECK(node.spool.begun.at(1).caller.name == "Bob Baker");
  std::string withheld = Invite("1001");
  const std::string carol = "\"Carol\" <sip:2001@192.0.2.10>";
  withheld.replace(withheld.find(carol), carol.size(), "<sip:anonymous@anonymous.invalid>");
  node.people = nullptr;
  node.Call(withheld);
  CHECK(node.spool.begun.at(2).caller.name.empty());
  CHECK(node.contacts.asked.size() == 1);
}

TEST_CASE("contacts that do not have a caller leave the name that the network gave") {
  Node node;
  node.Call(Invite("1001"));
  CHECK(node.contacts.asked.size() == 1);
  CHECK(node.spool.begun.at(0).caller.name == "Carol");
}

TEST_CASE("a store that does not tell who calls delays a call by half a second") {
  Node node;
  node.contacts.name = std::nullopt;
  const auto line = node.Call(Invite("1001"));
  node.loop.RunFor(490ms);
  CHECK(line->accepted.empty());
  CHECK(node.spool.begun.empty());
  node.loop.RunFor(20ms);
  CHECK_FALSE(line->accepted.empty());
  CHECK(node.spool.begun.at(0).caller.name == "Carol");
}

TEST_CASE("who hangs up before it is known who calls leaves a missed call") {
  Node node;
  node.contacts.name = std::nullopt;
  const auto line = node.Call(Invite("1001"));
  node.loop.RunFor(200ms);
  line->listener->OnEnded(ua::EndCause::kHungUp);
  node.loop.RunToEnd();
  CHECK(node.spool.traces == std::vector<std::string>{"missed"});
  CHECK(line->destroyed);
  CHECK(node.server->calls() == 0);
  CHECK(node.engine.open == 0);
}

TEST_CASE("a caller hears what the user has recorded, and nothing is synthesised for it") {
  Node node;
  const auto greeting = std::make_shared<domain::Clip>(std::vector<int16_t>(3 * 8000, 100));
  node.greetings.own = domain::OwnWords{greeting, nullptr, domain::GreetingKind::kAway};
  const Logged logged;
  const auto line = node.Call(Invite("1001"));
  CHECK(node.greetings.asked == std::vector<std::string>{"ann"});
  CHECK(node.library.prepared.empty());
  line->listener->OnEstablished();
  node.loop.RunFor(10ms);
  CHECK_THAT(Logged::lines,
             Catch::Contains(R"("greeting.played")") && Catch::Contains(R"("greeting":"away")"));
  REQUIRE(node.engine.last->playing.size() == 2);  // and how to leave a message
  CHECK(node.engine.last->playing[0] == greeting);
  node.engine.last->Press('#');
  node.loop.RunFor(10ms);
  CHECK(node.engine.last->playing.size() == 1);  // the tone
}

TEST_CASE("without recordings the name is synthesised while the call is set up") {
  Node node;
  const auto line = node.Call(Invite("1001"));
  REQUIRE(node.library.prepared.size() == 1);
  CHECK(node.library.prepared[0].owner_name == "Ann Archer");
}

TEST_CASE("a store that does not tell what is recorded delays the greeting by half a second") {
  Node node;
  node.greetings.own = std::nullopt;
  node.quotas.full = std::nullopt;
  const Logged logged;
  const auto line = node.Call(Invite("1001"));
  line->listener->OnEstablished();
  node.loop.RunFor(490ms);
  CHECK(node.engine.last->playing.empty());
  CHECK_THAT(Logged::lines, !Catch::Contains("greeting.played"));
  node.loop.RunFor(20ms);
  CHECK(node.engine.last->playing.size() == 3);
  CHECK_THAT(Logged::lines, Catch::Contains(R"("greeting":"system")"));
}

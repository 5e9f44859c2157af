// NOTIFYs of waiting messages: outside dialogs, and to who has subscribed.
#include "tests/unit/mailbox/ua/caller.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {

constexpr char kBody[] = "Messages-Waiting: yes\r\n";

ua::Notification Told(net::Protocol protocol = net::Protocol::kTcp) {
  return {.protocol = protocol,
          .peer = *net::Endpoint::Parse("192.0.2.10:5060"),
          .uri = "sip:1001@192.0.2.10",
          .event = "message-summary",
          .content_type = "application/simple-message-summary",
          .body = kBody};
}

/// Notifies, and what came of it: "SECONDS STATUS WHY".
struct Notified {
  explicit Notified(Caller& caller, net::Protocol protocol = net::Protocol::kTcp) {
    caller.agent->Notify(Told(protocol), [this, &caller](const ua::NotifyAnswer& answer) {
      notes.push_back(fmt::format("{:g} {} {}",
                                  std::chrono::duration<double>(caller.loop.elapsed()).count(),
                                  answer.status, answer.why));
    });
    CHECK(notes.empty());  // never from inside
    caller.Settle();
  }
  Ladder notes;
};

/// Whose messages there are: "ann"'s, at sip:1001@...
class Mailboxes final : public ua::Publisher {
 public:
  std::variant<std::string, ua::Refuse> Find(const sip::Message& subscribe,
                                             const net::IpAddress&) override {
    const auto uri = sip::Uri::Parse(subscribe.request_uri());
    if (!uri || uri->user != "1001") return ua::Refuse{404, "", ""};
    return std::string("ann");
  }
  void OnSubscribed(const std::string& topic) override { asked.push_back(topic); }
  std::vector<std::string> asked;
};

struct Bench {
  explicit Bench(net::Flow flow = TcpFlow()) : caller(flow) {
    caller.uri = "sip:1001@192.0.2.20:5062";
    caller.agent->SetPublisher(&mailboxes);
  }
  static std::string Headers(const std::string& expires = "",
                             const std::string& event = "message-summary") {
    std::string headers = "Event: " + event + "\r\nAccept: application/simple-message-summary\r\n";
    if (!expires.empty()) headers += "Expires: " + expires + "\r\n";
    return headers;
  }
  int Subscribe(const std::string& headers = Headers()) {
    caller.Send("SUBSCRIBE", {.headers = headers});
    return caller.transport.Last().status();
  }
  /// Subscribed and told once.
  void Begin() {
    REQUIRE(Subscribe() == 200);
    caller.TakeTag();
    caller.agent->Publish("ann", kBody);
    caller.Respond(200);
    caller.transport.Take();
    mailboxes.asked.clear();
  }
  std::string State() { return caller.LastRequest().Header("Subscription-State"); }

  Mailboxes mailboxes;
  Caller caller;
};

}  // namespace

TEST_CASE(
    "a NOTIFY outside a dialog is for the user, from the user, and ends what it never began") {
  Caller caller;
  const Notified notified(caller);
  const sip::Message notify = caller.LastRequest();
  CHECK(notify.method() == "NOTIFY");
  CHECK(notify.request_uri() == "sip:1001@192.0.2.10");
  CHECK(notify.Header("From").starts_with("<sip:1001@192.0.2.10>;tag="));
  CHECK(notify.Header("To") == "<sip:1001@192.0.2.10>");
  CHECK(notify.Header("Contact") == "<sip:1001@192.0.2.20:5062;transport=tcp>");
  CHECK(notify.Header("Event") == "message-summary");
  CHECK(notify.Header("Subscription-State") == "terminated");
  CHECK(notify.Header("Content-Type") == "application/simple-message-summary");
  CHECK(notify.body() == kBody);
  CHECK(caller.transport.connects == std::vector<std::string>{"192.0.2.10:5060"});
  caller.Respond(100);
  CHECK(notified.notes.empty());
  caller.Respond(480);
  CHECK(notified.notes == Ladder{"0 480 X"});
  caller.Respond(200);  // once more
  CHECK(notified.notes.size() == 1);
  caller.CheckNothingLeft();
}

TEST_CASE("over UDP a NOTIFY is sent again until its answer comes, or for 32 s") {
  Caller caller(UdpFlow());
  const Notified notified(caller, net::Protocol::kUdp);
  caller.loop.RunFor(4s);
  CHECK(caller.transport.Take() == Ladder{"0 NOTIFY", "0.5 NOTIFY", "1.5 NOTIFY", "3.5 NOTIFY"});
  caller.loop.RunFor(1min);
  CHECK(notified.notes == Ladder{"32 0 no answer"});
  caller.CheckNothingLeft();
}

TEST_CASE("a gateway that cannot be reached is told of once, whatever the reason") {
  Caller caller;
  caller.transport.refuse_connect = true;
  CHECK(Notified(caller).notes == Ladder{"0 0 refused"});
  caller.transport.refuse_connect = false;
  caller.transport.broken = true;
  CHECK(Notified(caller).notes == Ladder{"0 0 the request could not be sent"});
  caller.transport.broken = false;
  const Notified notified(caller);
  caller.agent->OnClosed(caller.transport.sent.back().flow);
  CHECK(notified.notes == Ladder{"0 0 no connection"});
  caller.CheckNothingLeft();
}

TEST_CASE("who subscribes is told at once, and of every change, in the dialog") {
  Bench bench;
  REQUIRE(bench.Subscribe() == 200);
  const sip::Message ok = bench.caller.transport.Last();
  CHECK(ok.Header("Expires") == "3600");
  CHECK(ok.Header("Contact") == "<sip:1001@192.0.2.20:5062;transport=tcp>");
  CHECK(bench.mailboxes.asked == std::vector<std::string>{"ann"});
  CHECK(bench.caller.agent->Topics() == std::set<std::string>{"ann"});
  bench.caller.TakeTag();
  bench.caller.loop.RunFor(10s);
  bench.caller.agent->Publish("bela", "another's");
  bench.caller.agent->Publish("ann", kBody);
  const sip::Message notify = bench.caller.LastRequest();
  CHECK(notify.request_uri() == "sip:a@192.0.2.10:5060;transport=tcp");
  CHECK(notify.call_id() == "call-1");
  CHECK(notify.from_tag() == bench.caller.to_tag);
  CHECK(notify.to_tag() == "f");
  CHECK(notify.Header("Event") == "message-summary");
  CHECK(notify.Header("Subscription-State") == "active;expires=3590");
  CHECK(notify.body() == kBody);
  // One at a time, the newest last; what is known is not said again.
  bench.caller.agent->Publish("ann", "two");
  bench.caller.agent->Publish("ann", "three");
  CHECK(bench.caller.LastRequest().body() == kBody);
  bench.caller.Respond(200);
  CHECK(bench.caller.LastRequest().body() == "three");
  bench.caller.Respond(200);
  bench.caller.transport.Take();
  bench.caller.agent->Publish("ann", "three");
  CHECK(bench.caller.transport.Take().empty());
}

TEST_CASE("a subscription is renewed in its dialog, and told again what it knows") {
  Bench bench;
  bench.Begin();
  bench.caller.loop.RunFor(30min);
  REQUIRE(bench.Subscribe(Bench::Headers("120")) == 200);
  CHECK(bench.mailboxes.asked == std::vector<std::string>{"ann"});
  bench.caller.agent->Publish("ann", kBody);
  CHECK(bench.State() == "active;expires=120");
  bench.caller.Respond(200);
  bench.caller.loop.RunFor(119s);
  CHECK(bench.caller.agent->Topics().size() == 1);
  bench.caller.loop.RunFor(2s);
  CHECK(bench.State() == "terminated;reason=timeout");
  bench.caller.Respond(200);
  CHECK(bench.caller.agent->Topics().empty());
  CHECK(bench.Subscribe(Bench::Headers("120")) == 481);
  bench.caller.CheckNothingLeft();
}

TEST_CASE("Expires: 0 ends a subscription, or asks once without one") {
  Bench bench;
  if (GENERATE(true, false)) bench.Begin();
  REQUIRE(bench.Subscribe(Bench::Headers("0")) == 200);
  CHECK(bench.caller.transport.Last().Header("Expires") == "0");
  bench.caller.TakeTag();
  bench.caller.agent->Publish("ann", kBody);
  CHECK(bench.State() == "terminated;reason=timeout");
  CHECK(bench.caller.LastRequest().body() == kBody);
  bench.caller.Respond(200);
  CHECK(bench.caller.agent->Topics().empty());
  bench.caller.CheckNothingLeft();
}

TEST_CASE("a NOTIFY of before does not end a subscription that is to be told its last") {
  Bench bench;
  bench.Begin();
  bench.caller.agent->Publish("ann", "two");
  bench.caller.Send("SUBSCRIBE", {.headers = Bench::Headers("0")});
  bench.caller.Respond(200);
  CHECK(bench.caller.agent->Topics().size() == 1);
  bench.caller.agent->Publish("ann", "two");
  CHECK(bench.State() == "terminated;reason=timeout");
  bench.caller.Respond(200);
  CHECK(bench.caller.agent->Topics().empty());
}

TEST_CASE("a subscription that the publisher ends has one last NOTIFY, which says why") {
  Bench bench;
  bench.Begin();
  const bool busy = GENERATE(true, false);
  if (busy) bench.caller.agent->Publish("ann", "two");  // and its answer is not there yet
  bench.caller.agent->End("ann", "none", "noresource");
  if (busy) bench.caller.Respond(200);
  CHECK(bench.State() == "terminated;reason=noresource");
  CHECK(bench.caller.LastRequest().body() == "none");
  CHECK(bench.Subscribe() == 481);
  bench.caller.Respond(200);
  CHECK(bench.caller.agent->Topics().empty());
  bench.caller.CheckNothingLeft();
}

TEST_CASE("what cannot be subscribed to is refused, with what could be") {
  Bench bench;
  CHECK(bench.Subscribe(Bench::Headers("", "presence")) == 489);
  CHECK(bench.caller.transport.Last().Header("Allow-Events") == "message-summary");
  CHECK(bench.Subscribe("") == 489);
  CHECK(bench.Subscribe(Bench::Headers("59")) == 423);
  CHECK(bench.caller.transport.Last().Header("Min-Expires") == "60");
  CHECK(bench.Subscribe("Event: message-summary\r\nAccept: text/plain\r\n") == 406);
  CHECK(bench.Subscribe(Bench::Headers() + "Require: eventlist\r\n") == 420);
  bench.caller.Send("SUBSCRIBE", {.headers = Bench::Headers(), .contact = false});
  CHECK(bench.caller.transport.Last().status() == 400);
  bench.caller.uri = "sip:1099@192.0.2.20:5062";
  CHECK(bench.Subscribe() == 404);
  CHECK(bench.mailboxes.asked.empty());
  CHECK(bench.caller.agent->Topics().empty());
  bench.caller.CheckNothingLeft();
}

TEST_CASE("a time that cannot be read, or is too long, is the longest there is") {
  Bench bench;
  REQUIRE(bench.Subscribe(Bench::Headers(GENERATE("soon", "99999999999", "100000"))) == 200);
  CHECK(bench.caller.transport.Last().Header("Expires") == "3600");
}

TEST_CASE("an Event's id comes back in every NOTIFY, if it is one") {
  Bench bench;
  const auto [event, wanted] = GENERATE(table<std::string, std::string>(
      {{"message-summary;id=7a", "message-summary;id=7a"},
       {"Message-Summary ; x=y; ID = b", "message-summary;id=b"},
       {"message-summary;id=\"a b\"", "message-summary"},
       {"message-summary;id=" + std::string(65, 'x'), "message-summary"}}));
  REQUIRE(bench.Subscribe(Bench::Headers("", event)) == 200);
  bench.caller.agent->Publish("ann", kBody);
  CHECK(bench.caller.LastRequest().Header("Event") == wanted);
}

TEST_CASE("who does not take a NOTIFY has lost the subscription") {
  Bench bench(UdpFlow());
  bench.Begin();
  bench.caller.agent->Publish("ann", "two");
  if (GENERATE(true, false)) {
    bench.caller.Respond(481);
  } else {
    bench.caller.loop.RunFor(33s);
  }
  CHECK(bench.caller.agent->Topics().empty());
  bench.caller.transport.Take();
  bench.caller.agent->Publish("ann", "three");
  CHECK(bench.caller.transport.Take().empty());
  bench.caller.CheckNothingLeft();
}

TEST_CASE("a subscriber whose stream has gone is reached by a new one") {
  Bench bench;
  bench.Begin();
  bench.caller.Lose();
  bench.caller.agent->Publish("ann", "two");
  CHECK(bench.caller.transport.connects == std::vector<std::string>{"192.0.2.10:5060"});
  CHECK(bench.caller.LastRequest().body() == "two");
  bench.caller.transport.refuse_connect = true;
  bench.caller.transport.broken = true;
  bench.caller.Respond(200);
  bench.caller.agent->Publish("ann", "three");
  CHECK(bench.caller.agent->Topics().empty());
  bench.caller.CheckNothingLeft();
}

TEST_CASE("in a subscription's dialog nothing else is asked for, and in order") {
  Bench bench;
  bench.Begin();
  bench.caller.Send("MESSAGE");
  CHECK(bench.caller.transport.Last().status() == 405);
  bench.caller.Send("SUBSCRIBE", {.headers = Bench::Headers(), .cseq = 1});
  CHECK(bench.caller.transport.Last().status() == 500);
  CHECK(bench.Subscribe(Bench::Headers("", "presence")) == 489);
  CHECK(bench.caller.agent->Topics().size() == 1);
}

TEST_CASE("without anybody who knows, SUBSCRIBE is refused") {
  Caller caller;
  caller.Send("SUBSCRIBE", {.headers = Bench::Headers()});
  CHECK(caller.transport.Last().status() == 405);
}

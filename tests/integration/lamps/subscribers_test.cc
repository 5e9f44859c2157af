// Subscribers in virtual time, on the embedded store: whose count a telephone is told, and until
// when.
#include "mailbox/lamps/subscribers.h"

#include "common/base/ulid.h"
#include "tests/integration/store/places.h"
#include "tests/unit/mailbox/ua/caller.h"

namespace um::tests {
namespace {

using namespace std::chrono_literals;

domain::Mailbox Box(const std::string& id, const std::string& extension) {
  return {
      .id = id, .dial_plan = "Main", .extension = extension, .addresses = {{"Main", extension}}};
}

/// The caller's PBX, which serves 1001, "ann".
domain::Organisation Organise() {
  domain::Organisation o{.id = "acme"};
  o.gateways = {{.name = "pbx", .addresses = {*net::Network::Parse("192.0.2.10")}}};
  o.hunt_groups = {{.name = "all", .gateway = "pbx", .pilot = "2000", .dial_plan = "Main"}};
  o.dial_plans = {{.name = "Main"}};
  o.mailboxes = domain::Mailboxes({Box("ann", "1001")});
  return o;
}

struct Bench {
  Bench() {
    caller.uri = "sip:1001@192.0.2.20:5062";
    caller.agent->SetPublisher(&subscribers);
    Change([](domain::Organisation&) {});
  }
  void Change(const std::function<void(domain::Organisation&)>& change) {
    change(organisation);
    subscribers.SetRouting(std::make_shared<domain::RoutingCopy>(organisation));
  }
  /// Answers with the status; what is told at once after it waits for Told().
  int Subscribe() {
    const size_t before = caller.transport.sent.size();
    caller.to_tag.clear();
    caller.Send("SUBSCRIBE", {.headers = "Event: message-summary\r\n"});
    const sip::Message answer = caller.transport.sent.at(before).Parsed();
    caller.to_tag = answer.to_tag();
    return answer.status();
  }
  /// Subscribed, and told of nothing.
  void Begin() {
    REQUIRE(Subscribe() == 200);
    CHECK(Told() == "active 0/0");
  }
  void Leave(const std::string& mailbox) {
    store::StoredMessage message;
    message.call.message_id = NewUlid(caller.loop.WallNow());
    message.call.organisation = "acme";
    message.call.mailbox_id = mailbox;
    message.duration = 1s;
    message.stored = caller.loop.WallNow();
    RequireOk(stores.messages->Insert(message, "v"));
  }
  /// What the next two seconds bring, "STATE NEW/OLD"; "": nothing. It is answered.
  std::string Told() {
    caller.loop.RunFor(2s);
    const Ladder sent = caller.transport.Take();
    if (sent.empty() || !sent.back().ends_with("NOTIFY")) return "";
    const sip::Message notify = caller.LastRequest();
    caller.Respond(200);
    const std::string state = notify.Header("Subscription-State");
    const std::string body(notify.body());
    const size_t voice = body.find("Voice-Message: ") + 15;
    return state.substr(0, state.find(";expires=")) + " " +
           body.substr(voice, body.find(' ', voice) - voice);
  }

  Embedded place;
  store::Stores stores = OpenStores(place.options());
  Caller caller;
  domain::Organisation organisation = Organise();
  lamps::Subscribers subscribers{caller.loop, [](const std::function<void()>& job) { job(); },
                                 *stores.lamps, *caller.agent};
};

}  // namespace

TEST_CASE("who has subscribed is told of each message, and of nothing else") {
  Bench bench;
  bench.Begin();
  bench.Leave("bela");
  CHECK(bench.Told().empty());
  bench.Leave("ann");
  CHECK(bench.Told() == "active 1/0");
  CHECK(bench.Told().empty());
  bench.Change([](auto& o) { o.mailboxes = o.mailboxes.With({}, {Box("carl", "1002")}); });
  CHECK(bench.Told().empty());
}

TEST_CASE("a subscription to what is another's by now, or nobody's, is over, and the lamp off") {
  Bench bench;
  bench.Begin();
  bench.Leave("ann");
  CHECK(bench.Told() == "active 1/0");
  SECTION("its mailbox is gone") {
    bench.Change([](auto& o) { o.mailboxes = o.mailboxes.With({"ann"}, {}); });
    CHECK(bench.Told() == "terminated;reason=noresource 0/0");
    CHECK(bench.Subscribe() == 404);
  }
  SECTION("its extension is another's") {
    bench.Change([](auto& o) { o.mailboxes = o.mailboxes.With({"ann"}, {Box("bela", "1001")}); });
    bench.Leave("bela");
    bench.Leave("bela");
    CHECK(bench.Told() == "terminated;reason=deactivated 0/0");
    CHECK(bench.Subscribe() == 200);
    CHECK(bench.Told() == "active 2/0");
  }
  SECTION("it may have no lamp") {
    domain::Mailbox dark = Box("ann", "1001");
    dark.lamp_allowed = false;
    bench.Change([&](auto& o) { o.mailboxes = o.mailboxes.With({"ann"}, {dark}); });
    CHECK(bench.Told() == "terminated;reason=rejected 0/0");
  }
  SECTION("its gateway may light none") {
    bench.Change([](auto& o) { o.gateways[0].lamp_allowed = false; });
    CHECK(bench.Told() == "terminated;reason=rejected 0/0");
  }
  SECTION("its gateway is unknown") {
    bench.Change([](auto& o) { o.gateways.clear(); });
    CHECK(bench.Told() == "terminated;reason=rejected 0/0");
  }
  CHECK(bench.caller.agent->sessions() == 0);
  bench.Leave("ann");
  CHECK(bench.Told().empty());
}

}  // namespace um::tests

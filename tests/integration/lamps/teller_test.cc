// The teller in virtual time, on the embedded store: retries, order, pace, refreshes.
#include "mailbox/lamps/teller.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/base/ulid.h"
#include "common/log/log.h"
#include "tests/integration/store/places.h"
#include "tests/support/fake_loop.h"

namespace um::tests {
namespace {

using namespace std::chrono_literals;
using domain::WallTime;
using store::LampKey;
using Strings = std::vector<std::string>;

/// How a gateway answers; status 0: not at all.
struct Gateway {
  int status = 200;
  async::Duration delay = 20ms;
};

domain::Organisation Organise(int mailboxes) {
  domain::Organisation o{.id = "acme"};
  for (const int i : {1, 2}) {
    domain::IpGateway gateway{.name = fmt::format("gw{}", i)};
    gateway.contact = net::Endpoint::Parse(fmt::format("192.0.2.{}:5060", i));
    o.gateways.push_back(gateway);
    o.hunt_groups.push_back(
        {.name = gateway.name, .gateway = gateway.name, .pilot = "2000", .dial_plan = "Main"});
  }
  o.dial_plans = {{.name = "Main"}};
  std::vector<domain::Mailbox> boxes;
  for (int i = 0; i < mailboxes; ++i) {
    boxes.push_back({.id = fmt::format("user{}", i),
                     .dial_plan = "Main",
                     .extension = std::to_string(1000 + i),
                     .addresses = {{"Main", std::to_string(1000 + i)}}});
  }
  o.mailboxes = domain::Mailboxes(std::move(boxes));
  return o;
}

struct Bench {
  explicit Bench(int mailboxes = 1) : organisation(Organise(mailboxes)) {
    log::SetLevel(log::Level::kError);
    options.poll = 1h;  // everything here nudges
    options.fresh = 0s;
  }
  /// Tells all lamps once, as a start does.
  void Start() {
    teller.emplace(
        loop, [](const std::function<void()>& job) { job(); }, *stores.lamps,
        fmt::format("owner{}", ++starts),
        [this](const ua::Notification& notification, auto done) {
          Send(notification, std::move(done));
        },
        options);
    teller->SetRouting(std::make_shared<domain::RoutingCopy>(organisation));
  }
  /// Started, and what that told is forgotten.
  void Begin() {
    Start();
    loop.RunFor(10s);
    heard.clear();
  }
  void Send(const ua::Notification& notification,
            std::function<void(const ua::NotifyAnswer&)> done) {
    const std::string name = notification.peer.ip.ToString() == "192.0.2.1" ? "gw1" : "gw2";
    const size_t voice = notification.body.find("Voice-Message: ") + 15;
    const std::string count =
        notification.body.substr(voice, notification.body.find(' ', voice) - voice);
    heard.push_back(fmt::format(
        "{:g} {} {}", std::chrono::duration<double>(loop.elapsed() - begun).count(), name, count));
    told[notification.uri] = count;
    ++sent;
    most_under_way = std::max(most_under_way, ++under_way);
    const Gateway gateway = gateways[name];
    timers.push_back(std::make_unique<async::Timer>(loop, [this, done, gateway] {
      --under_way;
      done({gateway.status, gateway.status == 0 ? "no answer" : "Phrase"});
    }));
    timers.back()->Start(gateway.status == 0 ? 32s : gateway.delay);
    if (on_sent) on_sent();
  }
  void Leave(const std::string& mailbox = "user0") {
    store::StoredMessage message;
    message.call.message_id = NewUlid(loop.WallNow());
    message.call.organisation = "acme";
    message.call.mailbox_id = mailbox;
    message.call.extension = "1000";
    message.duration = 1s;
    message.stored = loop.WallNow();
    RequireOk(stores.messages->Insert(message, "v"));
    teller->Nudge();
  }
  /// The organisation is changed, and the teller learns of it.
  void Change(const std::vector<std::string>& gone, std::vector<domain::Mailbox> come = {}) {
    organisation.mailboxes = organisation.mailboxes.With(gone, std::move(come));
    teller->SetRouting(std::make_shared<domain::RoutingCopy>(organisation));
  }
  domain::Mailbox Find(const std::string& mailbox) { return *organisation.mailboxes.Find(mailbox); }
  store::LampState State(const std::string& mailbox = "user0") {
    const auto state = stores.lamps->Find({"acme", mailbox}, loop.WallNow());
    RequireOk(state.status());
    return *state;
  }
  /// What was sent since the last call, "SECONDS GATEWAY NEW/OLD"; the clock begins anew.
  Strings Take() {
    begun = loop.elapsed();
    return std::exchange(heard, {});
  }

  Embedded place;
  store::Stores stores = OpenStores(place.options());
  FakeLoop loop;
  domain::Organisation organisation;
  lamps::TellerOptions options;
  std::map<std::string, Gateway> gateways{{"gw1", {}}, {"gw2", {}}};
  std::vector<std::unique_ptr<async::Timer>> timers;
  std::optional<lamps::Teller> teller;
  Strings heard;
  std::map<std::string, std::string> told;  // by URI, what came last
  std::function<void()> on_sent;
  async::Duration begun{};
  int sent = 0, starts = 0, under_way = 0, most_under_way = 0;
};

/// The gateways of "SECONDS GATEWAY COUNT".
Strings Gateways(const Strings& heard) {
  Strings names;
  for (const std::string& line : heard) {
    const size_t from = line.find(' ') + 1;
    names.push_back(line.substr(from, line.find(' ', from) - from));
  }
  return names;
}
double SecondsOf(const std::string& line) { return std::stod(line); }

}  // namespace

TEST_CASE("a message lights the lamp at the first gateway, at once") {
  Bench bench;
  bench.Begin();
  bench.Take();
  bench.Leave();
  bench.loop.RunFor(1s);
  CHECK(bench.Take() == Strings{"0 gw1 1/0"});
  const store::LampState state = bench.State();
  CHECK_FALSE(state.pending);
  CHECK(state.told_gateway == "gw1");
  CHECK(state.told_count.unheard == 1);
}

TEST_CASE("a change while a NOTIFY is under way is told after it, with the number of then") {
  Bench bench;
  bench.Begin();
  bench.gateways["gw1"].delay = 2s;
  bench.Take();
  bench.Leave();
  bench.loop.RunFor(1s);
  bench.Leave();
  bench.Leave();
  bench.loop.RunFor(500ms);
  CHECK(bench.heard == Strings{"0 gw1 1/0"});
  bench.loop.RunFor(5s);
  const Strings heard = bench.Take();
  REQUIRE(heard.size() == 2);
  CHECK(heard[1].ends_with("gw1 3/0"));
  CHECK(SecondsOf(heard[1]) >= 2);
}

TEST_CASE("a gateway that refuses is passed over for the next one") {
  Bench bench;
  bench.Begin();
  bench.gateways["gw1"].status = GENERATE(404, 503, 489, 600);
  bench.Take();
  bench.Leave();
  bench.loop.RunFor(5s);
  CHECK(Gateways(bench.Take()) == Strings{"gw1", "gw2"});
  CHECK(bench.State().told_gateway == "gw2");
}

TEST_CASE("480 is an answer: the telephone is away, and no other gateway knows better") {
  Bench bench;
  bench.Begin();
  bench.gateways["gw1"].status = 480;
  bench.Take();
  bench.Leave();
  bench.loop.RunFor(10s);
  CHECK(Gateways(bench.Take()) == Strings{"gw1"});
  CHECK(bench.State().told_status == 480);
  CHECK(bench.State().last_error == "gw1: 480 Phrase");
  CHECK_FALSE(bench.State().pending);
}

TEST_CASE(
    "when all gateways refuse, the pauses grow, and after five minutes it is left for later") {
  Bench bench;
  bench.Begin();
  bench.gateways["gw1"].status = bench.gateways["gw2"].status = 500;
  bench.Take();
  bench.Leave();
  bench.loop.RunFor(5min);
  Strings heard = bench.Take();
  CHECK(bench.State().pending);
  REQUIRE(heard.size() >= 10);
  REQUIRE(heard.size() <= 20);
  CHECK(Gateways({heard.begin(), heard.begin() + 4}) == Strings{"gw1", "gw2", "gw1", "gw2"});
  CHECK(SecondsOf(heard[1]) < 0.2);
  CHECK(SecondsOf(heard[2]) == Approx(1).margin(0.5));
  CHECK(SecondsOf(heard[4]) == Approx(3).margin(0.5));
  CHECK(SecondsOf(heard[6]) == Approx(7).margin(0.7));
  // Once more ten minutes later, and then every ten minutes: the lamp is known to be wrong.
  bench.loop.RunFor(21min);
  CHECK(bench.Take().size() == 4);
  bench.gateways["gw2"].status = 200;
  bench.loop.RunFor(11min);
  CHECK_FALSE(bench.State().pending);
  CHECK(bench.State().told_count.unheard == 1);
}

TEST_CASE("while a gateway is silent one request finds out; when it answers, all are told") {
  constexpr int kMailboxes = 100;
  Bench bench(kMailboxes);
  bench.organisation.hunt_groups.pop_back();  // one gateway
  bench.Begin();
  bench.gateways["gw1"].status = 0;
  for (int i = 0; i < kMailboxes; ++i) bench.Leave(fmt::format("user{}", i));
  bench.loop.RunFor(31s);
  CHECK(bench.heard.size() == static_cast<size_t>(bench.options.at_once));  // nobody knew yet
  bench.Take();
  bench.loop.RunFor(10min);
  // 32 s each, and nobody else waits for it.
  CHECK(bench.heard.size() >= 5);
  CHECK(bench.heard.size() <= 25);
  bench.gateways["gw1"].status = 200;
  bench.loop.RunFor(11min);
  for (int i = 0; i < kMailboxes; ++i) {
    const store::LampState state = bench.State(fmt::format("user{}", i));
    CHECK_FALSE(state.pending);
    CHECK(state.told_count.unheard == 1);
  }
}

TEST_CASE("a gateway that comes back is told again what it had been told before") {
  Bench bench(3);
  bench.organisation.hunt_groups.pop_back();
  bench.Begin();
  bench.Leave("user0");
  bench.Leave("user1");
  bench.loop.RunFor(10s);
  bench.gateways["gw1"].status = 0;
  bench.Leave("user2");
  bench.loop.RunFor(40s);
  bench.gateways["gw1"].status = 200;  // it was restarted, and knows nothing
  bench.told.clear();
  bench.loop.RunFor(2min);
  CHECK(bench.told == std::map<std::string, std::string>{{"sip:1000@192.0.2.1", "1/0"},
                                                         {"sip:1001@192.0.2.1", "1/0"},
                                                         {"sip:1002@192.0.2.1", "1/0"}});
}

TEST_CASE("a node that starts tells every lamp once, and one that starts with it none again") {
  Bench bench(50);
  bench.options.fresh = 5min;
  bench.Start();
  bench.loop.RunFor(10s);
  CHECK(bench.sent == 50);
  CHECK(bench.told.size() == 50);
  bench.Start();
  bench.loop.RunFor(10s);
  CHECK(bench.sent == 50);
  bench.loop.RunFor(5min);
  bench.Start();
  bench.loop.RunFor(10s);
  CHECK(bench.sent == 100);
}

TEST_CASE("a new mailbox' lamp is told, and one whose policy allows it again; the others are not") {
  Bench bench(3);
  bench.Begin();
  bench.loop.RunFor(10min);
  bench.Take();
  const auto change = [&](domain::Mailbox mailbox) {
    bench.organisation.mailboxes = bench.organisation.mailboxes.With({mailbox.id}, {mailbox});
    bench.teller->SetRouting(std::make_shared<domain::RoutingCopy>(bench.organisation));
    bench.loop.RunFor(1s);
  };
  change({.id = "new", .dial_plan = "Main", .extension = "2000"});
  CHECK(bench.Take().size() == 1);
  CHECK(bench.told["sip:2000@192.0.2.1"] == "0/0");
  domain::Mailbox first = *bench.organisation.mailboxes.Find("user0");
  first.lamp_allowed = false;
  change(first);
  CHECK(bench.Take().empty());
  first.lamp_allowed = true;
  change(first);
  CHECK(bench.Take().size() == 1);
}

TEST_CASE("the lamp of a mailbox that is gone is switched off once, where it was lit") {
  Bench bench;
  bench.Begin();
  bench.gateways["gw1"].status = 503;
  bench.Leave();
  bench.loop.RunFor(1s);
  CHECK(bench.State().told_gateway == "gw2");
  bench.gateways["gw1"].status = 200;
  bench.Take();
  bench.Change({"user0"});
  bench.loop.RunFor(1h);
  const Strings heard = bench.Take();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].ends_with(" gw2 0/0"));
  CHECK(SecondsOf(heard[0]) < 15);
  CHECK_FALSE(bench.State().known);
  CHECK(bench.stores.lamps->Lit("acme")->empty());
  CHECK(*bench.stores.lamps->NextDue() == std::nullopt);  // no row is left
}

TEST_CASE("the lamp of a mailbox that is gone is left alone if it is dark") {
  Bench bench;
  bench.Begin();
  bench.Change({"user0"});
  bench.loop.RunFor(7h);
  CHECK(bench.Take().empty());
  CHECK_FALSE(bench.State().known);
}

TEST_CASE("a lamp that may no longer be told is switched off, and lit when it may be again") {
  Bench bench;
  bench.options.fresh = 5min;
  bench.Begin();
  bench.Leave();
  bench.loop.RunFor(1s);
  bench.Take();
  const auto counts = [&] {
    Strings lines;
    for (const std::string& line : bench.Take()) lines.push_back(line.substr(line.find(' ') + 1));
    return lines;
  };
  const bool by_policy = GENERATE(true, false);
  const auto set = [&](bool allowed) {
    domain::Mailbox mailbox = bench.Find("user0");
    if (by_policy) mailbox.lamp_allowed = allowed;
    for (domain::IpGateway& gateway : bench.organisation.gateways) {
      if (!by_policy) gateway.lamp_allowed = allowed;
    }
    bench.Change({"user0"}, {mailbox});
    bench.loop.RunFor(1min);
  };
  set(false);
  CHECK(counts() == Strings{"gw1 0/0"});
  CHECK_THAT(bench.State().last_error, Catch::Contains("message_waiting_indicator"));
  bench.Leave();
  bench.loop.RunFor(1min);
  CHECK(counts().empty());
  set(true);
  CHECK(counts() == Strings{"gw1 2/0"});
}

TEST_CASE("a gateway of several that may no longer be told changes nothing for lit lamps") {
  Bench bench;
  bench.Begin();
  bench.Leave();
  bench.loop.RunFor(1s);
  bench.organisation.gateways[0].lamp_allowed = false;  // both lead to the same telephone
  bench.Change({});
  bench.loop.RunFor(1h);
  CHECK(bench.told == std::map<std::string, std::string>{{"sip:1000@192.0.2.1", "1/0"}});
}

TEST_CASE("who gets another extension leaves no lamp lit at the old one") {
  Bench bench;
  bench.Begin();
  bench.Leave();
  bench.loop.RunFor(1s);
  domain::Mailbox mailbox = bench.Find("user0");
  mailbox.extension = "2000";
  mailbox.addresses = {{"Main", "2000"}};
  bench.Change({"user0"}, {mailbox});
  bench.loop.RunFor(5s);
  CHECK(bench.told == std::map<std::string, std::string>{{"sip:1000@192.0.2.1", "0/0"},
                                                         {"sip:2000@192.0.2.1", "1/0"}});
  CHECK(bench.State().told_count.unheard == 1);
}

TEST_CASE("who gets the extension of a mailbox that is gone has the last word at its lamp") {
  Bench bench;
  bench.Begin();
  bench.Leave();
  bench.loop.RunFor(1s);
  domain::Mailbox heir = bench.Find("user0");
  heir.id = "heir";
  bench.gateways["gw1"].delay = 3s;
  SECTION("at once: it is not switched off at all") {
    bench.Change({"user0"}, {heir});
    bench.Leave("heir");
    bench.Leave("heir");
    bench.loop.RunFor(1h);
    CHECK(bench.told == std::map<std::string, std::string>{{"sip:1000@192.0.2.1", "2/0"}});
    for (const std::string& line : bench.Take()) CHECK_FALSE(line.ends_with(" 0/0"));
  }
  SECTION("while it is being switched off") {
    // Whatever comes first there: the number of the heir comes again after it.
    bench.Change({"user0"});
    bench.loop.RunFor(12s);
    CHECK(bench.told["sip:1000@192.0.2.1"] == "0/0");
    bench.Change({}, {heir});
    bench.Leave("heir");
    bench.loop.RunFor(1s);
    CHECK(bench.under_way == 2);
    bench.told["sip:1000@192.0.2.1"] = "0/0";  // that one was the later
    bench.loop.RunFor(3min);
    CHECK(bench.told["sip:1000@192.0.2.1"] == "1/0");
  }
}

TEST_CASE("a lamp is switched off with the same patience, and given up if the gateway refuses") {
  Bench bench;
  bench.Begin();
  bench.Leave();
  bench.loop.RunFor(1s);
  bench.Take();
  SECTION("silent: until it answers") {
    bench.gateways["gw1"].status = 0;
    bench.Change({"user0"});
    bench.loop.RunFor(2h);
    CHECK(bench.heard.size() > 10);
    bench.gateways["gw1"].status = 200;
    bench.loop.RunFor(12min);
    CHECK(*bench.stores.lamps->NextDue() == std::nullopt);
  }
  SECTION("it refuses: it knows the user no more") {
    bench.gateways["gw1"].status = 404;
    bench.Change({"user0"});
    bench.loop.RunFor(2h);
    CHECK(bench.heard.size() >= 5);
    CHECK(bench.heard.size() <= 15);
    CHECK(*bench.stores.lamps->NextDue() == std::nullopt);
  }
  SECTION("disabled: when it is enabled again") {
    bench.organisation.gateways[0].enabled = false;
    bench.Change({"user0"});
    bench.loop.RunFor(2h);
    CHECK(bench.heard.empty());
    bench.organisation.gateways[0].enabled = true;
    bench.Change({});
    bench.loop.RunFor(20min);
    CHECK(Gateways(bench.Take()) == Strings{"gw1"});
  }
  SECTION("gone: there is nobody to tell") {
    bench.organisation.gateways.erase(bench.organisation.gateways.begin());
    bench.Change({"user0"});
    bench.loop.RunFor(20min);
    CHECK(bench.heard.empty());
    CHECK(*bench.stores.lamps->NextDue() == std::nullopt);
  }
}

TEST_CASE("a lamp that nobody has answered for may be lit all the same, and is switched off") {
  Bench bench;
  bench.organisation.hunt_groups.pop_back();
  bench.Begin();
  bench.gateways["gw1"].status = 0;
  bench.Leave();
  bench.loop.RunFor(33s);
  CHECK_FALSE(bench.State().told_count.unheard == 1);
  bench.gateways["gw1"].status = 200;
  bench.Take();
  bench.Change({"user0"});
  bench.loop.RunFor(2min);
  CHECK(bench.told["sip:1000@192.0.2.1"] == "0/0");
}

TEST_CASE("a mailbox that goes while its lamp is being told leaves none that is lit") {
  Bench bench;
  bench.Begin();
  bench.gateways["gw1"].delay = 3s;
  bench.Leave();
  bench.loop.RunFor(1s);
  bench.Change({"user0"});
  bench.loop.RunFor(1min);
  CHECK(bench.told["sip:1000@192.0.2.1"] == "0/0");
}

TEST_CASE("what went while no node ran is found at the next start") {
  Bench bench;
  bench.options.fresh = 5min;
  bench.Begin();
  bench.Leave();
  bench.loop.RunFor(1s);
  bench.teller.reset();
  bench.organisation.mailboxes = domain::Mailboxes();
  bench.Take();
  bench.Start();
  bench.loop.RunFor(15s);
  CHECK(Gateways(bench.Take()) == Strings{"gw1"});
  CHECK(bench.told["sip:1000@192.0.2.1"] == "0/0");
}

TEST_CASE("every lamp is refreshed within the time, spread over half of it") {
  Bench bench(200);
  bench.options.refresh = 6h;
  bench.options.poll = 1min;
  bench.Begin();
  bench.Take();
  bench.loop.RunFor(3h - 1min);
  CHECK(bench.heard.empty());
  std::vector<size_t> per_half_hour;
  for (int i = 0; i < 6; ++i) {
    const size_t before = bench.heard.size();
    bench.loop.RunFor(30min);
    per_half_hour.push_back(bench.heard.size() - before);
  }
  bench.loop.RunFor(1min);
  CHECK(bench.told.size() == 200);
  CHECK(bench.heard.size() >= 200);
  // A sixth of them each, more or less.
  CHECK(*std::min_element(per_half_hour.begin(), per_half_hour.end()) >= 10);
  CHECK(*std::max_element(per_half_hour.begin(), per_half_hour.end()) <= 65);
}

TEST_CASE("ten thousand lamps are told within a minute, a few at a time, and changes do not wait") {
  Bench bench(10'000);
  bench.gateways["gw1"].delay = 100ms;
  bench.Start();
  bench.loop.RunFor(10s);
  CHECK(bench.sent >= 2000);
  CHECK(bench.sent <= 2600);
  bench.begun = bench.loop.elapsed();
  bench.heard.clear();
  bench.Leave("user9999");
  bench.loop.RunFor(1s);
  const auto change = std::find_if(bench.heard.begin(), bench.heard.end(),
                                   [](const auto& line) { return line.ends_with(" 1/0"); });
  REQUIRE(change != bench.heard.end());
  CHECK(SecondsOf(*change) < 0.5);
  bench.loop.RunFor(49s);
  CHECK(bench.told.size() == 10'000);
  CHECK(bench.sent <= 10'001);
  CHECK(bench.most_under_way <= bench.options.at_once);
}

TEST_CASE("what was under way when a node died is told by the next one") {
  Bench bench;
  bench.Begin();
  bench.gateways["gw1"].status = 0;
  bench.Leave();
  bench.loop.RunFor(1s);
  bench.teller.reset();  // without a word to the store
  bench.timers.clear();
  bench.gateways["gw1"].status = 200;
  bench.heard.clear();
  bench.Start();
  bench.loop.RunFor(80s);
  CHECK(bench.heard.empty());  // it may be at work
  bench.teller->Nudge();
  bench.loop.RunFor(20s);
  CHECK_FALSE(bench.State().pending);
  CHECK(bench.told["sip:1000@192.0.2.1"] == "1/0");
}

TEST_CASE(
    "a mailbox that nobody knows is forgotten after a while, one that is blocked is told why") {
  Bench bench;
  bench.Begin();
  bench.Leave("stranger");
  bench.loop.RunFor(1min);
  CHECK(bench.State("stranger").known);
  CHECK(bench.State("stranger").last_error == "no such mailbox");
  bench.loop.RunFor(6min);
  CHECK_FALSE(bench.State("stranger").known);
  bench.organisation.gateways.clear();
  bench.teller->SetRouting(std::make_shared<domain::RoutingCopy>(bench.organisation));
  bench.Take();
  bench.Leave();
  bench.loop.RunFor(1s);
  CHECK(bench.Take().empty());
  CHECK(bench.State().last_error == "no enabled IP gateway serves the dial plan");
}

}  // namespace um::tests

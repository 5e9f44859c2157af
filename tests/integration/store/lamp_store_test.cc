// LampStore's contract, on both engines: what is new, and which lamps are to be told of it.
#include "mailbox/store/lamp_store.h"

#include <algorithm>

#include "common/base/ulid.h"
#include "tests/integration/store/places.h"

namespace um::store {
namespace {

using domain::MessageKind;
using domain::WaitingCount;
using domain::WallTime;
using tests::Embedded;
using tests::OpenStores;
using tests::PostgreSql;
using tests::RequireOk;
using namespace std::chrono_literals;
using Kind = LampOutcome::Kind;

const WallTime kNow = WallTime(1'790'000'000s);
const LampKey kAnn{"acme", "ann"};
constexpr auto kLease = 90s;

/// The stores, with organisation acme in them.
struct Bench {
  explicit Bench(const StoreOptions& options) : stores(OpenStores(options)) {
    RequireOk(stores.organisations->Commit({"acme", "Acme", 0}, 0, "test", kNow, {}).status());
  }
  std::string Leave(const std::string& mailbox = "ann", bool urgent = false,
                    MessageKind kind = MessageKind::kVoice, WallTime at = kNow) {
    StoredMessage message;
    message.call.message_id = NewUlid(at);
    message.call.organisation = "acme";
    message.call.mailbox_id = mailbox;
    message.call.extension = "1001";
    message.call.marks.important = urgent;
    message.kind = kind;
    message.duration = 1s;
    message.stored = at;
    const bool voice = kind == MessageKind::kVoice;
    RequireOk(stores.messages->Insert(message, voice ? std::string(8000, 'v') : ""));
    return message.call.message_id;
  }
  int64_t SetHeard(const std::vector<std::string>& ids, bool heard, WallTime at = kNow) {
    const auto changed = lamps().SetHeard({.mailbox = kAnn,
                                           .ids = ids,
                                           .heard = heard,
                                           .at = at,
                                           .actor = "root (local)",
                                           .note = std::nullopt});
    RequireOk(changed.status());
    return *changed;
  }
  WaitingCount Count(const LampKey& key = kAnn) {
    const auto state = lamps().Find(key, kNow);
    RequireOk(state.status());
    return state->count;
  }
  LampState State(const LampKey& key = kAnn, WallTime now = kNow) {
    const auto state = lamps().Find(key, now);
    RequireOk(state.status());
    return *state;
  }
  std::vector<LeasedLamp> Lease(const std::string& owner, WallTime now = kNow, int limit = 10) {
    const auto leased = lamps().Lease(owner, now, now + kLease, limit);
    RequireOk(leased.status());
    return *leased;
  }
  void Tell(const std::string& owner, const LeasedLamp& lamp, WallTime at = kNow) {
    LampOutcome told;
    told.mailbox = lamp.mailbox;
    told.revision = lamp.revision;
    told.count = lamp.count;
    told.at = at;
    told.next = at + 6h;
    told.gateway = "pbx";
    told.status = 200;
    RequireOk(lamps().End(owner, {told}));
  }
  void End(const std::string& owner, const LeasedLamp& lamp, Kind kind, WallTime next,
           const std::string& error) {
    LampOutcome outcome;
    outcome.mailbox = lamp.mailbox;
    outcome.kind = kind;
    outcome.revision = lamp.revision;
    outcome.next = next;
    outcome.error = error;
    RequireOk(lamps().End(owner, {outcome}));
  }
  LampStore& lamps() { return *stores.lamps; }

  Stores stores;
};

std::vector<std::string> Names(const std::vector<LeasedLamp>& lamps) {
  std::vector<std::string> names;
  for (const LeasedLamp& lamp : lamps) names.push_back(lamp.mailbox.mailbox_id);
  return names;
}
using Strings = std::vector<std::string>;

}  // namespace

TEMPLATE_TEST_CASE("what changes a mailbox' count makes its lamp due, and nothing else does", "",
                   Embedded, PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  bench.Leave("ann", false, MessageKind::kMissedCall);
  CHECK(bench.Lease("a").empty());
  CHECK_FALSE(bench.State().known);
  const auto expect = [&](const WaitingCount& count) {
    const auto leased = bench.Lease("a");
    REQUIRE(leased.size() == 1);
    CHECK(leased[0].mailbox == kAnn);
    CHECK(leased[0].changed);
    CHECK(leased[0].count == count);
    CHECK(leased[0].since == kNow);
    bench.Tell("a", leased[0]);
    CHECK(bench.Lease("a").empty());
  };
  const std::string first = bench.Leave();
  const std::string second = bench.Leave("ann", true);
  expect({2, 0, 1, 0});
  CHECK(bench.SetHeard({second, NewUlid(kNow)}, true) == 1);
  expect({1, 1, 0, 1});
  CHECK(bench.SetHeard({second}, true) == 0);
  CHECK(bench.Lease("a").empty());
  CHECK(bench.SetHeard({}, true) == 1);
  expect({0, 2, 0, 1});
  CHECK(bench.SetHeard({first}, false) == 1);
  expect({1, 1, 0, 1});
  RequireOk(bench.stores.messages->Erase({first}, kNow, nullptr).status());
  expect({0, 1, 0, 1});
  const auto listed = bench.stores.messages->Get(second);
  RequireOk(listed.status());
  CHECK(listed->heard == kNow);
}

TEMPLATE_TEST_CASE("a message of another mailbox is not marked, nor one that is a missed call", "",
                   Embedded, PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  const std::string other = bench.Leave("bela");
  const std::string missed = bench.Leave("ann", false, MessageKind::kMissedCall);
  CHECK(bench.SetHeard({other, missed}, true) == 0);
  CHECK(bench.Count({"acme", "bela"}) == WaitingCount{1, 0, 0, 0});
  CHECK_FALSE(bench.lamps().SetHeard({.mailbox = kAnn, .ids = {"x' OR '1'='1"}}).ok());
}

TEMPLATE_TEST_CASE("marking and its note in the audit are one: neither without the other", "",
                   Embedded, PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  bench.Leave();
  bench.Tell("a", bench.Lease("a").at(0));
  HeardChange change{.mailbox = kAnn,
                     .ids = {},
                     .heard = true,
                     .at = kNow,
                     .actor = "token desk",
                     .note = AuditNote{"read", "mailbox", "ID", "ann", {}}};
  change.mailbox.organisation = "nobody";  // has neither messages nor an audit
  CHECK(*bench.lamps().SetHeard(change) == 0);
  change.mailbox = kAnn;
  change.note->name.clear();  // the audit does not take it
  CHECK_FALSE(bench.lamps().SetHeard(change).ok());
  CHECK(bench.Count() == WaitingCount{1, 0, 0, 0});
  CHECK(bench.Lease("a").empty());
  change.note->name = "ann";
  CHECK(*bench.lamps().SetHeard(change) == 1);
  const auto audit = bench.stores.organisations->Audit({.organisation = "acme", .limit = 10});
  RequireOk(audit.status());
  const auto read = std::find_if(audit->begin(), audit->end(), [](const AuditEntry& entry) {
    return entry.note && entry.note->action == "read";
  });
  REQUIRE(read != audit->end());
  CHECK(read->actor == "token desk");
  CHECK(read->note->facts == std::vector<std::pair<std::string, std::string>>{{"messages", "1"}});
}

TEMPLATE_TEST_CASE("a lamp is one node's at a time, and a change meanwhile is told after it", "",
                   Embedded, PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  Bench* other = &bench;
  bench.Leave();
  const auto mine = bench.Lease("a");
  REQUIRE(mine.size() == 1);
  CHECK(bench.State().under_way);
  CHECK(other->Lease("b").empty());
  bench.Leave();
  CHECK(other->Lease("b").empty());
  bench.Tell("a", mine[0]);  // one message, as it was when the lease was taken
  CHECK(bench.State().pending);
  const auto theirs = other->Lease("b");
  REQUIRE(theirs.size() == 1);
  CHECK(theirs[0].count.unheard == 2);
  // What the first still has to say is no longer asked for.
  bench.End("a", mine[0], Kind::kGone, kNow, "");
  bench.Tell("b", theirs[0]);
  const LampState state = bench.State();
  CHECK(state.known);
  CHECK_FALSE(state.pending);
  CHECK_FALSE(state.under_way);
  CHECK(state.told == kNow);
  CHECK(state.told_gateway == "pbx");
  CHECK(state.told_status == 200);
  CHECK(state.told_count.unheard == 2);
  CHECK(state.next == kNow + 6h);
}

TEMPLATE_TEST_CASE("a lease that has run out, or whose owner has died, is another's", "", Embedded,
                   PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  bench.Leave();
  REQUIRE(bench.Lease("a").size() == 1);
  CHECK(bench.Lease("b", kNow + kLease - 1s).empty());
  CHECK(*bench.lamps().NextDue() == kNow + kLease);
  CHECK(bench.Lease("b", kNow + kLease).size() == 1);
  RequireOk(bench.lamps().EndLeases([](const std::string& owner) { return owner == "b"; }));
  CHECK(bench.Lease("c").size() == 1);
}

TEMPLATE_TEST_CASE("changes come before refreshes, however long those have been due", "", Embedded,
                   PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  RequireOk(bench.lamps().Refresh("acme", {"cleo", "dora", "emil"}, kNow - 1h, {}));
  bench.Leave("ann");
  CHECK(Names(bench.Lease("a", kNow, 2)).front() == "ann");
  CHECK(bench.Lease("b", kNow, 10).size() == 2);
}

TEMPLATE_TEST_CASE("a failure is tried again when it says, and says why", "", Embedded,
                   PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  bench.Leave();
  bench.End("a", bench.Lease("a").at(0), Kind::kFailed, kNow + 5s, "pbx: no answer");
  LampState state = bench.State();
  CHECK(state.attempts == 1);
  CHECK(state.last_error == "pbx: no answer");
  CHECK(state.pending);
  CHECK(bench.Lease("a", kNow + 4s).empty());
  const auto again = bench.Lease("a", kNow + 5s);
  REQUIRE(again.size() == 1);
  CHECK(again[0].attempts == 1);
  // A change meanwhile: tried at once, from the first gateway on.
  bench.Leave("ann", false, MessageKind::kVoice, kNow + 6s);
  bench.End("a", again[0], Kind::kFailed, kNow + 1h, "pbx: no answer");
  const auto changed = bench.Lease("a", kNow + 6s);
  REQUIRE(changed.size() == 1);
  CHECK(changed[0].since == kNow + 6s);
  bench.End("a", changed[0], Kind::kHeld, kNow + 7s, "");
  CHECK(bench.State().attempts == 1);                 // of the failure that came after the change
  bench.End("b", changed[0], Kind::kGone, kNow, "");  // not the owner
  CHECK(bench.State().known);
  const auto last = bench.Lease("a", kNow + 7s);
  bench.End("a", last.at(0), Kind::kBlocked, kNow + 6h, "mailbox policy");
  state = bench.State();
  CHECK_FALSE(state.pending);
  CHECK_FALSE(state.told);
  CHECK(state.last_error == "mailbox policy");
  bench.End("a", bench.Lease("a", kNow + 6h).at(0), Kind::kGone, kNow, "");
  CHECK_FALSE(bench.State().known);
  CHECK(*bench.lamps().NextDue() == std::nullopt);
}

TEMPLATE_TEST_CASE("a refresh tells what was not told lately, and a gateway's return what it told",
                   "", Embedded, PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  for (const char* name : {"ann", "bela"}) bench.Leave(name);
  for (const LeasedLamp& lamp : bench.Lease("a")) {
    bench.Tell("a", lamp, lamp.mailbox == kAnn ? kNow : kNow + 10min);
  }
  const WallTime later = kNow + 12min;
  RequireOk(bench.lamps().Refresh("acme", {"bela", "ann", "cleo"}, later, later - 5min));
  Strings due = Names(bench.Lease("a", later));
  std::sort(due.begin(), due.end());
  CHECK(due == Strings{"ann", "cleo"});
  RequireOk(bench.lamps().EndLeases([](const std::string&) { return true; }));
  for (const LeasedLamp& lamp : bench.Lease("a", later)) {
    const bool ann = lamp.mailbox == kAnn;
    if (ann) bench.Tell("a", lamp, later);
    if (!ann) bench.End("a", lamp, Kind::kFailed, later + 10min, "pbx: no answer");
  }
  RequireOk(bench.lamps().RefreshGateway("acme", "other", later, later));
  CHECK(Names(bench.Lease("b", later)) == Strings{"cleo"});
  RequireOk(bench.lamps().EndLeases([](const std::string&) { return true; }));
  RequireOk(bench.lamps().RefreshGateway("acme", "pbx", later, later));
  due = Names(bench.Lease("b", later));
  std::sort(due.begin(), due.end());
  CHECK(due == Strings{"bela", "cleo"});  // ann was told after it was silent
}

TEMPLATE_TEST_CASE("a place that is a mailbox' no more is a row of its own until it is off", "",
                   Embedded, PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  const domain::LampPlace desk{"pbx", "1001"};
  const auto outcome_of = [](const LeasedLamp& lamp, Kind kind, WallTime next) {
    LampOutcome outcome;
    outcome.mailbox = lamp.mailbox;
    outcome.kind = kind;
    outcome.revision = lamp.revision;
    outcome.at = kNow;
    outcome.next = next;
    outcome.lit = lamp.lit;
    return outcome;
  };
  const auto end = [&](const LampOutcome& outcome) {
    RequireOk(bench.lamps().End("a", {outcome}));
  };
  const auto lit = [&] {
    Strings lines;
    const auto lamps = bench.lamps().Lit("acme");
    RequireOk(lamps.status());
    for (const LitLamp& lamp : *lamps) {
      lines.push_back(lamp.mailbox_id + " " + lamp.place.gateway + " " + lamp.place.address);
    }
    return lines;
  };
  bench.Leave();
  LeasedLamp ann = bench.Lease("a").at(0);
  CHECK(ann.lit == domain::LampPlace{});
  LampOutcome outcome = outcome_of(ann, Kind::kTold, kNow);
  outcome.lit = desk;
  end(outcome);
  CHECK(lit() == Strings{"ann pbx 1001"});
  CHECK(bench.lamps().Lit("other")->empty());

  // Who does not hold the lease says nothing.
  ann = bench.Lease("a").at(0);
  CHECK(ann.lit == desk);
  outcome = outcome_of(ann, Kind::kHeld, kNow);
  outcome.lit = {};
  outcome.switch_off = desk;
  RequireOk(bench.lamps().End("b", {outcome}));
  CHECK(lit() == Strings{"ann pbx 1001"});
  end(outcome);
  CHECK(lit().empty());
  std::vector<LeasedLamp> leased = bench.Lease("a");
  REQUIRE(leased.size() == 2);
  if (!leased[0].switch_off) std::swap(leased[0], leased[1]);
  CHECK(leased[0].switch_off);
  CHECK(leased[0].changed);
  CHECK(leased[0].lit == desk);
  CHECK(leased[0].count == WaitingCount{});
  CHECK(leased[0].since == kNow);
  CHECK_FALSE(leased[1].switch_off);
  CHECK(leased[1].lit == domain::LampPlace{});
  end(outcome_of(leased[1], Kind::kGone, kNow));

  // It is off, and stays for a while. Meanwhile another mailbox has been lit there.
  end(outcome_of(leased[0], Kind::kTold, kNow + 90s));
  bench.Leave("bela");
  const LeasedLamp bela = bench.Lease("a").at(0);
  outcome = outcome_of(bela, Kind::kTold, kNow + 6h);
  outcome.lit = {"other way", "1001"};
  end(outcome);
  RequireOk(bench.lamps().RefreshGateway("acme", "pbx", kNow, kNow + 1h));
  CHECK(bench.Lease("a").empty());
  const LeasedLamp off = bench.Lease("a", kNow + 90s).at(0);
  CHECK(off.switch_off);
  CHECK_FALSE(off.changed);
  end(outcome_of(off, Kind::kGone, kNow + 91s));
  CHECK(Names(bench.Lease("a", kNow + 91s)) == Strings{"bela"});  // told again
}

TEMPLATE_TEST_CASE("a place that is forsaken again while it is switched off is switched off again",
                   "", Embedded, PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  const auto forsake = [&](WallTime now) {
    bench.Leave("ann", false, MessageKind::kVoice, now);
    for (const LeasedLamp& lamp : bench.Lease("a", now)) {
      LampOutcome outcome;
      outcome.mailbox = lamp.mailbox;
      outcome.kind = Kind::kHeld;
      outcome.revision = lamp.revision;
      outcome.next = lamp.switch_off ? now : now + (lamp.mailbox == kAnn ? 0s : 1h);
      outcome.lit = lamp.lit;
      if (!lamp.switch_off) outcome.switch_off = {"pbx", "1001"};
      RequireOk(bench.lamps().End("a", {outcome}));
    }
  };
  forsake(kNow);
  std::vector<LeasedLamp> leased = bench.Lease("b");
  REQUIRE(leased.size() == 2);
  if (!leased[0].switch_off) std::swap(leased[0], leased[1]);
  bench.End("b", leased[1], Kind::kHeld, kNow + 1s, "");
  forsake(kNow + 1s);
  bench.End("b", leased[0], Kind::kGone, kNow + 1s, "");  // what it switched off was before
  leased = bench.Lease("b", kNow + 2s);
  CHECK(std::count_if(leased.begin(), leased.end(),
                      [](const LeasedLamp& lamp) { return lamp.switch_off && lamp.changed; }) == 1);
}

TEMPLATE_TEST_CASE("the counts that have changed lately are told with their revision", "", Embedded,
                   PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  bench.Leave("ann");
  bench.Leave("bela", false, MessageKind::kVoice, kNow + 10s);
  bench.Leave("bela", false, MessageKind::kVoice, kNow + 11s);
  RequireOk(bench.lamps().Refresh("acme", {"cleo"}, kNow, {}));
  const auto changes = bench.lamps().ChangedSince(kNow + 1s);
  RequireOk(changes.status());
  REQUIRE(changes->size() == 1);
  CHECK((*changes)[0].mailbox == LampKey{"acme", "bela"});
  CHECK((*changes)[0].revision == 2);
  CHECK((*changes)[0].at == kNow + 11s);
}

TEMPLATE_TEST_CASE("ten thousand lamps are refreshed by one request", "", Embedded, PostgreSql) {
  const TestType place;
  Bench bench(place.options());
  Strings ids;
  for (int i = 0; i < 10'000; ++i) ids.push_back("user" + std::to_string(i));
  RequireOk(bench.lamps().Refresh("acme", ids, kNow, {}));
  CHECK(bench.Lease("a", kNow, 20'000).size() == 10'000);
}

}  // namespace um::store

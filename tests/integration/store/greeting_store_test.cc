// GreetingStore's contract, on both engines.
#include "mailbox/store/greeting_store.h"

#include <fstream>
#include <future>
#include <iterator>

#include "common/base/ulid.h"
#include "mailbox/store/greetings.h"
#include "tests/integration/store/places.h"
#include "tests/support/fake_loop.h"
#include "tests/unit/mailbox/store/recordings.h"

namespace um::store {
namespace {

using absl::StatusCode;
using domain::Away;
using domain::GreetingKind;
using domain::WallTime;
using tests::Embedded;
using tests::OpenStores;
using tests::PostgreSql;
using tests::RequireOk;
using namespace std::chrono_literals;

WallTime At(int seconds) { return WallTime(1'790'000'000s + std::chrono::seconds(seconds)); }

ObjectChange Mailbox(ObjectChange::Action action, const std::string& name) {
  ObjectChange change;
  change.action = action;
  change.object = {.kind = "mailbox", .id = "ID-" + name, .name = name, .body = "body"};
  return change;
}

/// Stores with the mailboxes "ann" and "bob" of "acme".
template <class Place>
struct Bench {
  Place place;
  Stores stores = OpenStores(place.options());
  GreetingStore& store = *stores.greetings;

  Bench() {
    using Action = ObjectChange::Action;
    RequireOk(stores.organisations
                  ->Commit({"acme", "Acme"}, 0, "root", At(0),
                           {Mailbox(Action::kCreate, "ann"), Mailbox(Action::kCreate, "bob")})
                  .status());
  }
  AuditNote Note(const std::string& action, const std::string& name = "ann") {
    return {action, "mailbox", "ID-" + name, name, {{"greeting", "one"}}};
  }
  /// @return its id
  std::string Put(GreetingKind kind, const std::string& audio, const std::string& name = "ann") {
    const Recorded recorded{
        .id = NewUlid(At(1)), .kind = kind, .length = 1500ms, .by = {"olga", At(1)}};
    RequireOk(store.Put("acme", "ID-" + name, recorded, audio, Note("set-greeting", name)));
    return recorded.id;
  }
  OwnGreetings Of(const std::string& name = "ann") {
    const auto own = store.Of("acme", name);
    RequireOk(own.status());
    return *own;
  }
  /// Notes of the audit, newest first.
  std::vector<AuditNote> Notes() {
    std::vector<AuditNote> notes;
    const auto lines = stores.organisations->Audit({.organisation = "acme"});
    RequireOk(lines.status());
    for (const AuditEntry& line : *lines) {
      if (line.note) notes.push_back(*line.note);
    }
    return notes;
  }
};

/// All codes there are, so that none is lost on its way.
std::string Audio(size_t size = 12000) {
  std::string audio;
  for (size_t i = 0; i < size; ++i) audio += static_cast<char>(i * 7);
  return audio;
}

}  // namespace

TEMPLATE_TEST_CASE("a recording is read back as it was, and replaced by the next of its kind", "",
                   Embedded, PostgreSql) {
  Bench<TestType> bench;
  CHECK(bench.Of().recorded.empty());
  const std::string name = bench.Put(GreetingKind::kName, "name");
  const std::string first = bench.Put(GreetingKind::kPersonal, "first");
  const std::string second = bench.Put(GreetingKind::kPersonal, Audio());
  const OwnGreetings own = bench.Of();
  REQUIRE(own.recorded.size() == 2);
  CHECK(own.recorded[0].kind == GreetingKind::kPersonal);
  CHECK(own.recorded[0].id == second);
  CHECK(own.recorded[0].length == 1500ms);
  CHECK(own.recorded[0].by.actor == "olga");
  CHECK(own.recorded[0].by.at == At(1));
  CHECK(own.recorded[1].kind == GreetingKind::kName);
  CHECK(*bench.store.Audio("acme", second) == Audio());
  CHECK(*bench.store.Audio("acme", name) == "name");
  CHECK(bench.store.Audio("acme", first).status().code() == StatusCode::kNotFound);
  CHECK(bench.store.Audio("other", second).status().code() == StatusCode::kNotFound);
  CHECK(bench.Of("bob").recorded.empty());
  CHECK(bench.Of("nobody").recorded.empty());
}

TEMPLATE_TEST_CASE("the longest greeting that a policy can allow is kept whole", "", Embedded,
                   PostgreSql) {
  Bench<TestType> bench;
  const std::string audio = Audio(size_t{10} * 60 * 8000);
  const std::string id = bench.Put(GreetingKind::kAway, audio);
  const auto read = bench.store.Audio("acme", id);
  RequireOk(read.status());
  CHECK((*read == audio));
}

TEMPLATE_TEST_CASE("each change is in the audit, and one that cannot be done is not", "", Embedded,
                   PostgreSql) {
  Bench<TestType> bench;
  const Doer by{"olga", At(2)};
  bench.Put(GreetingKind::kPersonal, "x");
  RequireOk(bench.store.SetAway("acme", "ID-ann", Away{At(9)}, by, bench.Note("set-away")));
  RequireOk(bench.store.Remove("acme", "ID-ann", GreetingKind::kPersonal, by,
                               bench.Note("remove-greeting")));
  const auto again = bench.store.Remove("acme", "ID-ann", GreetingKind::kPersonal, by,
                                        bench.Note("remove-greeting"));
  CHECK(again.code() == StatusCode::kNotFound);
  const Recorded lost{.id = NewUlid(At(1)), .kind = GreetingKind::kName, .length = 1s, .by = by};
  CHECK(bench.store.Put("acme", "ID-nobody", lost, "x", bench.Note("set-greeting", "nobody"))
            .code() == StatusCode::kNotFound);
  CHECK(bench.store.SetAway("acme", "ID-nobody", Away{}, by, bench.Note("set-away", "nobody"))
            .code() == StatusCode::kNotFound);
  CHECK(bench.store.Put("acme", "ID-ann", lost, "x", {"", "", "", "", {}}).code() ==
        StatusCode::kInvalidArgument);
  const std::vector<AuditNote> notes = bench.Notes();
  REQUIRE(notes.size() == 3);
  CHECK(notes[0].action == "remove-greeting");
  CHECK(notes[1].action == "set-away");
  CHECK(notes[2].action == "set-greeting");
  CHECK(bench.Of().recorded.empty());
}

TEMPLATE_TEST_CASE("away is on until it ends or is switched off", "", Embedded, PostgreSql) {
  Bench<TestType> bench;
  const auto set = [&](const std::optional<Away>& away) {
    RequireOk(bench.store.SetAway("acme", "ID-ann", away, {"olga", At(2)}, bench.Note("set-away")));
  };
  CHECK_FALSE(bench.Of().away);
  set(Away{At(9)});
  REQUIRE(bench.Of().away);
  CHECK(bench.Of().away->until == At(9));
  CHECK(bench.Of().away->by.actor == "olga");
  set(Away{});
  REQUIRE(bench.Of().away);
  CHECK_FALSE(bench.Of().away->until);
  CHECK_FALSE(bench.Of("bob").away);
  set(std::nullopt);
  CHECK_FALSE(bench.Of().away);
  set(std::nullopt);  // again is no error
}

TEMPLATE_TEST_CASE("what a mailbox has is erased with a proof, or goes with the mailbox", "",
                   Embedded, PostgreSql) {
  Bench<TestType> bench;
  const Doer by{"olga", At(2)};
  const std::string personal = bench.Put(GreetingKind::kPersonal, "p");
  bench.Put(GreetingKind::kName, "n");
  const std::string bobs = bench.Put(GreetingKind::kPersonal, "b", "bob");
  RequireOk(bench.store.SetAway("acme", "ID-ann", Away{}, by, bench.Note("set-away")));
  const auto erased = bench.store.Erase("acme", "ID-ann", by, bench.Note("erase"));
  RequireOk(erased.status());
  CHECK(erased->recorded.size() == 2);
  CHECK(erased->away);
  CHECK(bench.Of().recorded.empty());
  CHECK_FALSE(bench.Of().away);
  CHECK(bench.store.Audio("acme", personal).status().code() == StatusCode::kNotFound);
  CHECK(bench.Of("bob").recorded.size() == 1);
  const AuditNote proof = bench.Notes().at(0);
  CHECK(proof.action == "erase");
  CHECK(proof.facts.back() == std::pair<std::string, std::string>(
                                  "greetings", "personal 1.5 s, name 1.5 s, the away switch"));
  const size_t notes = bench.Notes().size();
  CHECK(bench.store.Erase("acme", "ID-ann", by, bench.Note("erase"))->recorded.empty());
  CHECK(bench.Notes().size() == notes);  // there was nothing to prove

  const int64_t sequence = bench.stores.organisations->Organisations()->at(0).sequence;
  RequireOk(bench.stores.organisations
                ->Commit({"acme", "Acme"}, sequence, "root", At(3),
                         {Mailbox(ObjectChange::Action::kDelete, "bob")})
                .status());
  CHECK(bench.store.Audio("acme", bobs).status().code() == StatusCode::kNotFound);
}

TEMPLATE_TEST_CASE("the next call of another node hears what this one has changed", "", Embedded,
                   PostgreSql) {
  Bench<TestType> bench;
  const Stores elsewhere = OpenStores(bench.place.options());
  tests::FakeLoop loop;
  async::WorkerPool workers(1);
  StoreGreetings greetings(loop, workers, *elsewhere.greetings);
  const auto call = [&] {
    domain::CallFacts facts = tests::Facts();
    facts.mailbox_id = "Ann";  // as its object spells it
    domain::OwnWords heard;
    greetings.Ask(facts, [&](domain::OwnWords words) { heard = std::move(words); });
    std::promise<void> reached;
    workers.Submit([&] { reached.set_value(); });
    reached.get_future().wait();
    loop.RunFor(0ms);
    return heard;
  };
  CHECK_FALSE(call().greeting);
  bench.Put(GreetingKind::kPersonal, std::string(800, 'p'));
  CHECK(call().greeting->length() == 100ms);
  bench.Put(GreetingKind::kPersonal, std::string(1600, 'q'));
  CHECK(call().greeting->length() == 200ms);
  bench.Put(GreetingKind::kAway, std::string(2400, 'a'));
  CHECK(call().greeting->length() == 200ms);
  const Doer by{"olga", At(2)};
  RequireOk(bench.store.SetAway("acme", "ID-ann", Away{}, by, bench.Note("set-away")));
  CHECK(call().greeting->length() == 300ms);
  RequireOk(bench.store.Erase("acme", "ID-ann", by, bench.Note("erase")).status());
  CHECK_FALSE(call().greeting);
}

TEST_CASE("an erased greeting is overwritten in the embedded store's file") {
  std::string text;
  const Embedded place;
  {
    const Stores stores = OpenStores(place.options());
    RequireOk(stores.organisations
                  ->Commit({"acme", "Acme"}, 0, "root", At(0),
                           {Mailbox(ObjectChange::Action::kCreate, "ann")})
                  .status());
    const AuditNote note{"erase", "mailbox", "ID-ann", "ann", {}};
    RequireOk(stores.greetings->Put(
        "acme", "ID-ann",
        {.id = NewUlid(At(1)), .kind = GreetingKind::kName, .length = 1s, .by = {}},
        std::string(6000, 'v'), {"set-greeting", "mailbox", "ID-ann", "ann", {}}));
    RequireOk(stores.greetings->Erase("acme", "ID-ann", {"olga", At(2)}, note).status());
  }
  std::ifstream file(place.directory() + "/messages.sqlite", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(bytes.find("erase") != std::string::npos);
  CHECK(bytes.find("dnZ2dnZ2") == std::string::npos);  // "vvvvvv" in base64
}

}  // namespace um::store

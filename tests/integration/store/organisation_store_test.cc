// OrganisationStore's contract, on both engines.
#include <atomic>
#include <map>
#include <thread>

#include "common/base/status.h"
#include "tests/integration/store/places.h"

namespace um::store {
namespace {

using domain::WallTime;
using tests::Embedded;
using tests::OpenStores;
using tests::PostgreSql;
using tests::RequireOk;
using Action = ObjectChange::Action;
using absl::StatusCode;
using namespace std::chrono_literals;
using namespace std::string_literals;

WallTime At(int seconds) { return WallTime(1'790'000'000s + std::chrono::seconds(seconds)); }

/// An object whose id tells its name, so that tests can be read.
ObjectChange Change(Action action, const std::string& kind, const std::string& name,
                    const std::string& body = "body") {
  ObjectChange change;
  change.action = action;
  change.object = {.kind = kind, .id = "ID-" + kind + "-" + name, .name = name};
  if (action != Action::kDelete) change.object.body = body;
  if (action != Action::kCreate) change.before = "before " + name;
  return change;
}
ObjectChange Create(const std::string& kind, const std::string& name) {
  return Change(Action::kCreate, kind, name);
}
ObjectChange Update(const std::string& kind, const std::string& name, const std::string& body) {
  return Change(Action::kUpdate, kind, name, body);
}
ObjectChange Delete(const std::string& kind, const std::string& name) {
  return Change(Action::kDelete, kind, name);
}
ObjectChange Mailbox(const std::string& name, const std::string& extension) {
  ObjectChange change = Create("mailbox", name);
  change.references = {"ID-dial_plan-main"};
  change.claims = {{"address/main", extension}};
  return change;
}

/// One organisation of a store, which remembers how far it is.
struct Organisation {
  OrganisationStore& store;
  std::string id = "acme";
  int64_t sequence = 0;

  absl::Status Commit(const std::vector<ObjectChange>& changes) {
    const auto committed = store.Commit({id, "Name of " + id}, sequence, "root", At(7), changes);
    if (committed.ok()) sequence = *committed;
    return committed.status();
  }
  /// kind/name -> body
  std::map<std::string, std::string> Bodies() {
    const auto loaded = store.Load(id);
    RequireOk(loaded.status());
    CHECK(loaded->organisation.sequence == sequence);
    std::map<std::string, std::string> bodies;
    for (const StoredObject& object : loaded->objects) {
      bodies[object.kind + "/" + object.name] = object.body;
    }
    return bodies;
  }
};

template <class Place>
std::unique_ptr<OrganisationStore> OpenAt(const Place& place) {
  return std::move(OpenStores(place.options()).organisations);
}

void CheckStatus(const absl::Status& status, StatusCode code, const std::string& text) {
  CAPTURE(status.ToString());
  CHECK(status.code() == code);
  CHECK_THAT(Message(status), Catch::Contains(text));
}

TEMPLATE_TEST_CASE("what was committed is loaded by whoever opens the store next", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const std::string body = "any bytes: \0\xff\n"s;
  {
    const auto store = OpenAt(place);
    CHECK(store->Organisations()->empty());
    CHECK(absl::IsNotFound(store->Load("acme").status()));
    ObjectChange plan = Create("dial_plan", "main");
    plan.object.body = body;
    const auto committed = store->Commit({"acme", "Acme Zürich"}, 0, "ann", At(3), {plan});
    RequireOk(committed.status());
    CHECK(*committed == 1);
  }
  const auto store = OpenAt(place);
  const auto loaded = store->Load("acme");
  RequireOk(loaded.status());
  CHECK(loaded->organisation.display_name == "Acme Zürich");
  CHECK(loaded->organisation.sequence == 1);
  REQUIRE(loaded->objects.size() == 1);
  const StoredObject& object = loaded->objects[0];
  CHECK(object.kind == "dial_plan");
  CHECK(object.id == "ID-dial_plan-main");
  CHECK(object.name == "main");
  CHECK(object.version == 1);
  CHECK(object.body == body);
  CHECK(object.changed == At(3));
  CHECK(object.changed_by == "ann");
  const auto rows = store->Organisations();
  REQUIRE(rows->size() == 1);
  CHECK((*rows)[0].id == "acme");
  CHECK((*rows)[0].sequence == 1);
}

TEMPLATE_TEST_CASE("who commits on what has moved on is told so, and nothing is done", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  RequireOk(acme.Commit({Create("dial_plan", "main")}));
  RequireOk(acme.Commit({Update("dial_plan", "main", "new")}));
  CHECK(acme.sequence == 2);

  Organisation late{*store, "acme", 1};
  CheckStatus(late.Commit({Update("dial_plan", "main", "late")}), StatusCode::kAborted, "moved on");
  late.sequence = 0;
  CheckStatus(late.Commit({Create("dial_plan", "other")}), StatusCode::kAborted, "there already");
  late.sequence = 3;
  CheckStatus(late.Commit({}), StatusCode::kAborted, "moved on");
  Organisation unknown{*store, "nobody", 1};
  CheckStatus(unknown.Commit({}), StatusCode::kNotFound, "no such organisation");
  CHECK(acme.Bodies() == std::map<std::string, std::string>{{"dial_plan/main", "new"}});
}

TEMPLATE_TEST_CASE("a commit is all or nothing, whichever of its changes fails", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  RequireOk(acme.Commit({Create("dial_plan", "main"), Mailbox("ann", "1001")}));
  const auto before = acme.Bodies();
  ObjectChange dangling = Create("hunt_group", "h");
  dangling.references = {"ID-ip_gateway-none"};
  ObjectChange good = Mailbox("ann", "1001");
  good.action = Action::kUpdate;
  good.object.body = "changed";
  for (const ObjectChange& bad :
       {Mailbox("bob", "1001"), Create("mailbox", "ann"), dangling, Delete("dial_plan", "main"),
        Update("mailbox", "nobody", ""), Delete("mailbox", "nobody")}) {
    CHECK_FALSE(acme.Commit({Create("auto_attendant", "aa"), bad}).ok());
    CHECK_FALSE(acme.Commit({bad, good}).ok());
  }
  CHECK(acme.Bodies() == before);
  CHECK(acme.sequence == 1);
  CHECK(store->Since("acme", 0, 100)->size() == 2);
}

TEMPLATE_TEST_CASE("names and claims are unique, and whoever has them is named", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  RequireOk(acme.Commit({Create("dial_plan", "main"), Mailbox("ann", "1001")}));
  CheckStatus(acme.Commit({Mailbox("bob", "1001")}), StatusCode::kAlreadyExists,
              "mailbox \"bob\": \"1001\" is taken by mailbox \"ann\"");
  CheckStatus(acme.Commit({Mailbox("bob", "1002"), Mailbox("cy", "1002")}),
              StatusCode::kAlreadyExists, "\"1002\" is taken by mailbox");
  ObjectChange again = Create("dial_plan", "main");
  again.object.id = "ANOTHER";
  CheckStatus(acme.Commit({again}), StatusCode::kAlreadyExists, "dial_plan \"main\" exists");
  CheckStatus(acme.Commit({Create("dial_plan", "main")}), StatusCode::kAlreadyExists, "id");
  ObjectChange twin = Mailbox("dee", "1003");
  twin.object.id = "TWIN";
  twin.claims = {};
  CheckStatus(acme.Commit({Mailbox("dee", "1003"), twin}), StatusCode::kAlreadyExists,
              "mailbox \"dee\" would be there twice");
  ObjectChange twice = Mailbox("eve", "1004");
  twice.claims.push_back(twice.claims[0]);
  twice.references.push_back(twice.references[0]);
  RequireOk(acme.Commit({twice}));  // an object does not clash with itself
}

TEMPLATE_TEST_CASE("names and claims can be swapped and passed on within a commit", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  RequireOk(
      acme.Commit({Create("dial_plan", "main"), Mailbox("ann", "1001"), Mailbox("bob", "1002")}));
  ObjectChange ann = Mailbox("bob", "1002"), bob = Mailbox("ann", "1001");
  ann.object.id = "ID-mailbox-ann", bob.object.id = "ID-mailbox-bob";
  ann.action = bob.action = Action::kUpdate;
  ann.object.body = "was ann", bob.object.body = "was bob";
  RequireOk(acme.Commit({ann, bob}));
  CHECK(acme.Bodies()["mailbox/bob"] == "was ann");
  CHECK(acme.Bodies()["mailbox/ann"] == "was bob");

  ObjectChange heir = Mailbox("ann", "1001");
  heir.object.id = "HEIR";
  ObjectChange leaves = Delete("mailbox", "ann");
  leaves.object.id = "ID-mailbox-bob";
  RequireOk(acme.Commit({heir, leaves}));
  CHECK(acme.Bodies()["mailbox/ann"] == "body");
  CHECK(acme.Bodies().size() == 3);
}

TEMPLATE_TEST_CASE("what is referred to exists, and stays while it is", "", Embedded, PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  CheckStatus(acme.Commit({Mailbox("ann", "1001")}), StatusCode::kFailedPrecondition,
              "mailbox \"ann\" refers to an object that does not exist");
  // In any order.
  RequireOk(acme.Commit({Mailbox("ann", "1001"), Create("dial_plan", "main")}));
  CheckStatus(acme.Commit({Delete("dial_plan", "main")}), StatusCode::kFailedPrecondition,
              "dial_plan \"main\" is referred to by mailbox \"ann\"");
  CheckStatus(acme.Commit({Delete("dial_plan", "main"), Mailbox("bob", "1002")}),
              StatusCode::kFailedPrecondition, "is referred to by");
  // Two that refer to each other, and a cascade from the top.
  ObjectChange a = Create("auto_attendant", "a"), b = Create("auto_attendant", "b");
  a.references = {b.object.id}, b.references = {a.object.id};
  RequireOk(acme.Commit({a, b}));
  CheckStatus(acme.Commit({Delete("auto_attendant", "a")}), StatusCode::kFailedPrecondition,
              "auto_attendant \"a\" is referred to by auto_attendant \"b\"");
  RequireOk(acme.Commit({Delete("auto_attendant", "a"), Delete("auto_attendant", "b"),
                         Delete("dial_plan", "main"), Delete("mailbox", "ann")}));
  CHECK(acme.Bodies().empty());
  // An update that lets go of a reference frees what it named.
  RequireOk(acme.Commit({Mailbox("ann", "1001"), Create("dial_plan", "main")}));
  RequireOk(acme.Commit({Update("mailbox", "ann", "without"), Delete("dial_plan", "main")}));
}

TEMPLATE_TEST_CASE("an object may come several times in a commit", "", Embedded, PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  RequireOk(acme.Commit({Create("dial_plan", "main"), Update("dial_plan", "main", "second"),
                         Create("dial_plan", "gone"), Delete("dial_plan", "gone")}));
  CHECK(acme.Bodies() == std::map<std::string, std::string>{{"dial_plan/main", "second"}});
  RequireOk(acme.Commit({Update("dial_plan", "main", "third"), Delete("dial_plan", "main")}));
  CHECK(acme.Bodies().empty());
  CHECK(store->Since("acme", 0, 100)->size() == 6);
}

TEMPLATE_TEST_CASE("organisations share the pool's claims and nothing else", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store}, other{*store, "other"};
  ObjectChange gateway = Create("ip_gateway", "secret-name");
  gateway.claims = {{"pool/network", "10.0.0.0/8"}, {"name", "x"}};
  RequireOk(acme.Commit({gateway, Create("dial_plan", "main"), Mailbox("ann", "1001")}));
  // The same ids, names and claims in another organisation are its own.
  RequireOk(other.Commit({Create("dial_plan", "main"), Mailbox("ann", "1001")}));
  ObjectChange rival = Create("ip_gateway", "rival");
  rival.claims = gateway.claims;
  const absl::Status clash = other.Commit({rival});
  CheckStatus(clash, StatusCode::kAlreadyExists,
              "ip_gateway \"rival\": \"10.0.0.0/8\" is taken by another organisation");
  CHECK_THAT(Message(clash), !Catch::Contains("acme") && !Catch::Contains("secret-name"));

  RequireOk(store->SetPin("acme", "ID-mailbox-ann", {.hash = "h"}));
  CHECK(store->Pin("other", "ID-mailbox-ann")->hash.empty());
  // What is another's cannot be changed, deleted or referred to.
  CheckStatus(other.Commit({Update("ip_gateway", "secret-name", "mine")}), StatusCode::kNotFound,
              "does not exist");
  CheckStatus(other.Commit({Delete("ip_gateway", "secret-name")}), StatusCode::kNotFound,
              "does not exist");
  ObjectChange spy = Create("hunt_group", "spy");
  spy.references = {"ID-ip_gateway-secret-name"};
  CheckStatus(other.Commit({spy}), StatusCode::kFailedPrecondition, "does not exist");
  const auto seen = store->Since("other", 0, 100);
  for (const AuditEntry& entry : *seen) CHECK(entry.organisation == "other");
  CHECK(seen->size() == 2);
  CHECK(store->Audit({.organisation = "other", .kind = "ip_gateway"})->empty());
  RequireOk(other.Commit({Delete("mailbox", "ann"), Delete("dial_plan", "main")}));
  CHECK(acme.Bodies().size() == 3);
  // Free again once it is given up.
  RequireOk(acme.Commit({Delete("ip_gateway", "secret-name")}));
  RequireOk(other.Commit({rival}));
}

TEMPLATE_TEST_CASE("the audit has every change in order, before and after", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  RequireOk(acme.Commit({Create("dial_plan", "main"), Mailbox("ann", "1001")}));
  RequireOk(acme.Commit({Update("dial_plan", "main", "new")}));
  RequireOk(acme.Commit({Delete("mailbox", "ann"), Delete("dial_plan", "main")}));

  const auto all = store->Since("acme", 0, 100);
  RequireOk(all.status());
  REQUIRE(all->size() == 5);
  const AuditEntry& update = (*all)[2];
  CHECK(update.organisation == "acme");
  CHECK(update.sequence == 2);
  CHECK(update.index == 0);
  CHECK(update.at == At(7));
  CHECK(update.actor == "root");
  CHECK(update.action == Action::kUpdate);
  CHECK(update.kind == "dial_plan");
  CHECK(update.id == "ID-dial_plan-main");
  CHECK(update.name == "main");
  CHECK(update.before == "before main");
  CHECK(update.after == "new");
  CHECK((*all)[4].sequence == 3);
  CHECK((*all)[4].index == 1);
  CHECK((*all)[4].action == Action::kDelete);
  CHECK((*all)[4].after.empty());

  // Whole commits, at least one.
  CHECK(store->Since("acme", 0, 1)->size() == 2);
  CHECK(store->Since("acme", 0, 3)->size() == 3);
  CHECK(store->Since("acme", 1, 2)->size() == 3);
  CHECK(store->Since("acme", 3, 2)->empty());
  CHECK(store->Since("nobody", 0, 2)->empty());
}

TEMPLATE_TEST_CASE("the audit is read newest first, by kind and name, page by page", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  RequireOk(acme.Commit({Create("dial_plan", "main"), Mailbox("ann", "1001"),
                         Mailbox("bob", "1002"), Mailbox("cy", "1003")}));
  RequireOk(acme.Commit({Update("dial_plan", "main", "new")}));
  RequireOk(store->Commit({"acme", ""}, 2, "root", At(9), {Delete("mailbox", "cy")}).status());

  const auto names = [&](const OrganisationStore::AuditQuery& query) {
    std::string text;
    const auto entries = store->Audit(query);
    RequireOk(entries.status());
    for (const AuditEntry& entry : *entries) text += entry.name + " ";
    return text;
  };
  CHECK(names({.organisation = "acme"}) == "cy main cy bob ann main ");
  CHECK(names({.organisation = "acme", .limit = 2}) == "cy main ");
  CHECK(names({.organisation = "acme", .kind = "dial_plan"}) == "main main ");
  CHECK(names({.organisation = "acme", .kind = "mailbox", .name = "cy"}) == "cy cy ");
  CHECK(names({.organisation = "acme", .since = At(8)}) == "cy ");
  CHECK(names({.organisation = "acme", .before_sequence = 2}) == "cy bob ann main ");
  CHECK(names({.organisation = "acme", .before_sequence = 1, .before_index = 2}) == "ann main ");
  CHECK(names({.organisation = "nobody"}).empty());
}

TEMPLATE_TEST_CASE("a note in the audit takes a number of its own and changes no object", "",
                   Embedded, PostgreSql) {
  TestType place;
  const Stores stores = OpenStores(place.options());
  OrganisationStore& store = *stores.organisations;
  Organisation acme{store};
  RequireOk(acme.Commit({Create("mailbox", "a")}));
  const AuditNote note{"erase",
                       "mailbox",
                       "ID-mailbox-a",
                       "a",
                       {{"reason", "asked by Ann = 1"}, {"messages", "M1 M2"}, {"empty", ""}}};
  CHECK(*store.Note("acme", "root (local)", At(8), note) == 2);
  const auto audit = store.Audit({.organisation = "acme", .kind = "mailbox", .name = "a"});
  REQUIRE(audit->size() == 2);
  const AuditEntry& entry = audit->front();
  CHECK(entry.sequence == 2);
  CHECK(entry.at == At(8));
  CHECK(entry.actor == "root (local)");
  CHECK((entry.before + entry.after).empty());
  REQUIRE(entry.note);
  CHECK(entry.note->action == "erase");
  CHECK(entry.note->name == "a");
  CHECK(entry.note->id == "ID-mailbox-a");
  CHECK(entry.note->facts == note.facts);
  CHECK_FALSE(audit->back().note);
  CHECK(store.Load("acme")->objects.at(0).version == 1);
  // Who has not seen it has not seen the latest.
  CHECK(absl::IsAborted(acme.Commit({Create("mailbox", "b")})));
  acme.sequence = 2;
  RequireOk(acme.Commit({Create("mailbox", "b")}));
  CHECK(absl::IsNotFound(store.Note("nobody", "root", At(8), note).status()));
  for (const char* bad : {"", "delete", "two\nlines"}) {
    AuditNote wrong = note;
    wrong.action = bad;
    CHECK(absl::IsInvalidArgument(store.Note("acme", "root", At(8), wrong).status()));
    wrong = note;
    wrong.facts = {{"reason", bad + "\t"s}};
    CHECK(absl::IsInvalidArgument(store.Note("acme", "root", At(8), wrong).status()));
  }
  CHECK(store.Since("acme", 0, 100)->size() == 3);
}

TEMPLATE_TEST_CASE("a PIN record is the mailbox' own, and goes with it", "", Embedded, PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  RequireOk(acme.Commit({Create("dial_plan", "main"), Mailbox("ann", "1001")}));
  const std::string id = "ID-mailbox-ann";
  CHECK(absl::IsNotFound(store->Pin("acme", "nobody").status()));
  CHECK(absl::IsNotFound(store->SetPin("acme", "nobody", {})));
  const auto none = store->Pin("acme", id);
  RequireOk(none.status());
  CHECK(none->hash.empty());
  CHECK(none->expired);
  CHECK(none->version == 0);

  PinRecord record{.hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
                   .history = {"one", "two"},
                   .changed = At(5),
                   .expired = false,
                   .first_time = false,
                   .failures = 3,
                   .locked = true};
  RequireOk(store->SetPin("acme", id, record));
  auto read = *store->Pin("acme", id);
  CHECK(read.hash == record.hash);
  CHECK(read.history == record.history);
  CHECK(read.changed == At(5));
  CHECK_FALSE(read.expired);
  CHECK_FALSE(read.first_time);
  CHECK(read.failures == 3);
  CHECK(read.locked);
  CHECK(read.version == 1);

  CHECK(absl::IsAborted(store->SetPin("acme", id, record)));  // of the version before
  read.locked = false;
  RequireOk(store->SetPin("acme", id, read));
  CHECK(absl::IsAborted(store->SetPin("acme", id, read)));
  CHECK(store->Pin("acme", id)->version == 2);
  CHECK_FALSE(store->Pin("acme", id)->locked);

  // It survives changes of its mailbox, not its end.
  ObjectChange renamed = Mailbox("anna", "1001");
  renamed.action = Action::kUpdate;
  renamed.object.id = id;
  RequireOk(acme.Commit({renamed}));
  CHECK(store->Pin("acme", id)->hash == record.hash);
  RequireOk(acme.Commit({Change(Action::kDelete, "mailbox", "ann")}));
  RequireOk(acme.Commit({Mailbox("ann", "1001")}));
  CHECK(store->Pin("acme", id)->hash.empty());
}

TEMPLATE_TEST_CASE("a PIN's change and its note in the audit are written both or neither", "",
                   Embedded, PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  RequireOk(acme.Commit({Create("dial_plan", "main"), Mailbox("ann", "1001")}));
  const std::string id = "ID-mailbox-ann";
  const AuditNote note{"reset-pin", "mailbox", id, "ann", {{"told", "nobody"}}};
  const PinRecord record{.hash = "$argon2id$one"};
  RequireOk(store->ChangePin("acme", id, record, "help \"desk\"", At(9), note));
  CHECK(store->Pin("acme", id)->hash == record.hash);
  const auto lines = store->Since("acme", 1, 100);
  REQUIRE(lines->size() == 1);
  CHECK(lines->front().sequence == 2);
  CHECK(lines->front().actor == "help \"desk\"");
  REQUIRE(lines->front().note);
  CHECK(lines->front().note->action == "reset-pin");

  CHECK(absl::IsAborted(store->ChangePin("acme", id, record, "root", At(9), note)));
  CHECK(absl::IsNotFound(store->ChangePin("acme", "nobody", {}, "root", At(9), note)));
  CHECK(absl::IsNotFound(store->ChangePin("nobody", id, {}, "root", At(9), note)));
  CHECK(absl::IsInvalidArgument(store->ChangePin("acme", id, {}, "ro\not", At(9), note)));
  CHECK(store->Load("acme")->organisation.sequence == 2);
  CHECK(store->Since("acme", 0, 100)->size() == 3);
}

TEMPLATE_TEST_CASE("of commits at the same time one wins, and no other is lost unnoticed", "",
                   Embedded, PostgreSql) {
  const TestType place;
  const auto a = OpenAt(place), b = OpenAt(place);
  Organisation acme{*a};
  RequireOk(acme.Commit({Create("dial_plan", "main")}));
  std::atomic<int> won = 0, aborted = 0, failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      OrganisationStore& store = t % 2 ? *a : *b;
      for (int n = 0; n < 10; ++n) {
        const std::string name = "m" + std::to_string(t) + "-" + std::to_string(n);
        for (;;) {
          const int64_t seen = store.Load("acme")->organisation.sequence;
          const auto committed =
              store.Commit({"acme", ""}, seen, "root", At(1), {Mailbox(name, name)});
          if (committed.ok()) break;
          absl::IsAborted(committed.status()) ? ++aborted : ++failed;
          if (failed > 0) return;
        }
        ++won;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CAPTURE(aborted.load());
  CHECK(failed == 0);
  CHECK(won == 40);
  acme.sequence = 41;
  CHECK(acme.Bodies().size() == 41);
  const auto audit = a->Since("acme", 0, 1000);
  REQUIRE(audit->size() == 41);
  for (int i = 0; i < 41; ++i) CHECK((*audit)[i].sequence == i + 1);
}

TEMPLATE_TEST_CASE("organisations that want the same networks at the same time do not both get one",
                   "", Embedded, PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  std::atomic<int> won = 0, taken = 0, other = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Organisation mine{*store, "o" + std::to_string(t)};
      ObjectChange gateway = Create("ip_gateway", "gw");
      for (int n = 0; n < 50; ++n) {
        gateway.claims.push_back({"pool/network", "10.0." + std::to_string((n * (t + 7)) % 50)});
      }
      const absl::Status status = mine.Commit({gateway});
      ++(status.ok() ? won : absl::IsAlreadyExists(status) ? taken : other);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(won == 1);
  CHECK(taken == 3);
  CHECK(other == 0);
}

TEMPLATE_TEST_CASE("hostile texts in any place are data or refused, never statements", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  const std::string quotes = "a'\"; DROP TABLE object; -- :x $1 \\ ) %_ {} ?";
  ObjectChange odd = Create("dial_plan", quotes);
  odd.object.id = quotes;
  odd.claims = {{quotes, quotes}};
  ObjectChange referrer = Create(quotes, quotes);
  referrer.references = {quotes};
  RequireOk(acme.Commit({odd, referrer}));
  CHECK(acme.Bodies().contains("dial_plan/" + quotes));
  CHECK(store->Audit({.organisation = "acme", .kind = quotes, .name = quotes})->size() == 1);
  RequireOk(store->SetPin("acme", quotes, {.hash = quotes, .history = {quotes}}));
  CHECK(store->Pin("acme", quotes)->history == std::vector<std::string>{quotes});
  RequireOk(store->Commit({quotes, quotes}, 0, quotes, At(1), {odd}).status());
  CHECK(store->Load(quotes)->organisation.display_name == quotes);

  const std::string longest(600, 'x'), unicode = "Zoë 日本 🙂";
  for (const std::string& good : {longest, unicode}) {
    ObjectChange change = Create(good, good);
    change.object.id = good;
    change.claims = {{good, good}};
    change.references = {good};
    RequireOk(store->Commit({good, good}, 0, good, At(1), {change}).status());
    CHECK(store->Load(good)->objects.at(0).name == good);
  }
  for (const std::string& bad : {"nul\0"s, "utf8\xff"s, "cut\xc3"s, "line\n"s, "\x1b[31m"s,
                                 "surrogate\xed\xa0\x80"s, std::string(1 << 20, 'x')}) {
    std::vector<absl::Status> refused;
    const auto commit = [&](auto set) {
      OrganisationRow row{"acme", "Acme"};
      std::string actor = "root";
      ObjectChange change = Create("mailbox", "m");
      change.claims = {{"s", "v"}};
      change.references = {quotes};
      set(row, actor, change);
      refused.push_back(store->Commit(row, acme.sequence, actor, At(1), {change}).status());
    };
    commit([&](auto& row, auto&, auto&) { row.id = bad; });
    commit([&](auto& row, auto&, auto&) { row.display_name = bad; });
    commit([&](auto&, auto& actor, auto&) { actor = bad; });
    commit([&](auto&, auto&, auto& change) { change.object.kind = bad; });
    commit([&](auto&, auto&, auto& change) { change.object.id = bad; });
    commit([&](auto&, auto&, auto& change) { change.object.name = bad; });
    commit([&](auto&, auto&, auto& change) { change.claims[0].scope = bad; });
    commit([&](auto&, auto&, auto& change) { change.claims[0].value = bad; });
    commit([&](auto&, auto&, auto& change) { change.references[0] = bad; });
    refused.push_back(store->Load(bad).status());
    refused.push_back(store->Since(bad, 0, 1).status());
    refused.push_back(store->Audit({.organisation = bad}).status());
    refused.push_back(store->Audit({.organisation = "acme", .kind = bad}).status());
    refused.push_back(store->Audit({.organisation = "acme", .name = bad}).status());
    refused.push_back(store->Pin(bad, quotes).status());
    refused.push_back(store->Pin("acme", bad).status());
    refused.push_back(store->SetPin(bad, quotes, {}));
    refused.push_back(store->SetPin("acme", bad, {}));
    refused.push_back(store->SetPin("acme", quotes, {.hash = bad, .version = 1}));
    refused.push_back(store->SetPin("acme", quotes, {.history = {bad}, .version = 1}));
    for (size_t i = 0; i < refused.size(); ++i) {
      CAPTURE(i, refused[i].ToString().substr(0, 200));
      CHECK(refused[i].code() == StatusCode::kInvalidArgument);
      CHECK(Message(refused[i]).find(bad) == std::string::npos);
    }
  }
  CHECK(acme.Bodies().size() == 2);
  ObjectChange large = Create("mailbox", "large");
  large.object.body = std::string(4 << 20, '\xff');
  RequireOk(acme.Commit({large}));
  CHECK(acme.Bodies()["mailbox/large"] == large.object.body);
  large = Update("mailbox", "large", std::string(17 << 20, 'x'));
  CheckStatus(acme.Commit({large}), StatusCode::kInvalidArgument, "mailbox \"large\" is larger");
}

TEMPLATE_TEST_CASE("fifty thousand mailboxes are one commit", "[bulk]", Embedded, PostgreSql) {
  const TestType place;
  const auto store = OpenAt(place);
  Organisation acme{*store};
  RequireOk(acme.Commit({Create("dial_plan", "main"), Create("mailbox_policy", "default")}));
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  constexpr int kMailboxes = 5'000;
#else
  constexpr int kMailboxes = 50'000;
#endif
  std::vector<ObjectChange> changes;
  for (int i = 0; i < kMailboxes; ++i) {
    ObjectChange change = Mailbox("user" + std::to_string(i), std::to_string(10'000 + i));
    change.object.body = std::string(300, static_cast<char>(i));
    change.references.push_back("ID-mailbox_policy-default");
    change.claims.push_back({"alias/main", change.object.name + "@example.com"});
    changes.push_back(std::move(change));
  }
  const auto timed = [&](const char* what, auto f) {
    const auto start = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    WARN(what << " of " << kMailboxes << ": " << took.count() << " s");
    CHECK(took < 30s);
  };
  timed("create", [&] { RequireOk(acme.Commit(changes)); });
  timed("load", [&] { CHECK(acme.Bodies().size() == kMailboxes + 2); });
  for (ObjectChange& change : changes) {
    change.action = Action::kUpdate;
    change.before = change.object.body;
    change.object.body[0] = '!';
  }
  timed("update", [&] { RequireOk(acme.Commit(changes)); });
  CHECK(acme.Bodies()[changes.back().object.kind + "/" + changes.back().object.name][0] == '!');
  for (ObjectChange& change : changes) change.action = Action::kDelete;
  timed("delete", [&] { RequireOk(acme.Commit(changes)); });
  CHECK(acme.Bodies().size() == 2);
}

}  // namespace
}  // namespace um::store

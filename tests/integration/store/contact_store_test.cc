// ContactStore's contract, on both engines.
#include "mailbox/store/contact_store.h"

#include <fstream>
#include <future>
#include <iterator>

#include "mailbox/store/contacts.h"
#include "tests/integration/store/places.h"
#include "tests/support/fake_loop.h"
#include "tests/unit/mailbox/store/recordings.h"

namespace um::store {
namespace {

using absl::StatusCode;
using domain::Contact;
using domain::KnownContact;
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

const Contact kBob{"Bob Baker",
                   "bob@example.net",
                   {"+43 664 1234567", "01 234"},
                   {"bob@example.net", "bob@sip.example.net"}};
const Contact kEve{"Ève Λάμδα", "", {"+43 664 999"}, {}};

/// Stores with the mailboxes "ann" and "carl" of "acme".
template <class Place>
struct Bench {
  Place place;
  Stores stores = OpenStores(place.options());
  ContactStore& store = *stores.contacts;
  const Doer by{"olga", At(2)};

  Bench() {
    using Action = ObjectChange::Action;
    RequireOk(stores.organisations
                  ->Commit({"acme", "Acme"}, 0, "root", At(0),
                           {Mailbox(Action::kCreate, "ann"), Mailbox(Action::kCreate, "carl")})
                  .status());
  }
  AuditNote Note(const std::string& action, const std::string& name = "ann") {
    return {action, "mailbox", "ID-" + name, name, {{"why", "test"}}};
  }
  void Put(const std::vector<Contact>& contacts, const std::string& name = "ann") {
    RequireOk(store.Replace("acme", "ID-" + name, contacts, by, Note("import-contacts", name)));
  }
  std::vector<Contact> Of(const std::string& name = "ann") {
    const auto all = store.Of("acme", name);
    RequireOk(all.status());
    return *all;
  }
  std::vector<KnownContact> Known(const domain::CallerKeys& keys, const std::string& name = "ann") {
    const auto known = store.Known("acme", name, keys);
    RequireOk(known.status());
    return *known;
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

}  // namespace

TEMPLATE_TEST_CASE("contacts are read back as they were, and replaced as a whole", "", Embedded,
                   PostgreSql) {
  Bench<TestType> bench;
  CHECK(bench.Of().empty());
  bench.Put({kEve, kBob});
  CHECK(bench.Of() == std::vector<Contact>{kEve, kBob});
  CHECK(bench.Of("carl").empty());
  CHECK(bench.Of("nobody").empty());
  bench.Put({kBob});
  CHECK(bench.Of() == std::vector<Contact>{kBob});
  // More than one statement's, and rows' worth.
  std::vector<Contact> many(3000, kBob);
  many.push_back(kEve);
  bench.Put(many);
  CHECK((bench.Of() == many));
  bench.Put({});
  CHECK(bench.Of().empty());
}

TEMPLATE_TEST_CASE("who has a number is found by its key, among the mailbox' own contacts", "",
                   Embedded, PostgreSql) {
  Bench<TestType> bench;
  bench.Put({kEve, kBob, {"Bobby", "", {"0664 1234567"}, {}}});
  bench.Put({{"Robert", "", {"+43 664 1234567"}, {}}}, "carl");
  const auto bob = bench.Known({{"none", "436641234567"}});
  REQUIRE(bob.size() == 1);
  CHECK(bob[0].key == "436641234567");
  CHECK(bob[0].contact == 1);
  CHECK(bob[0].name == "Bob Baker");
  CHECK(bob[0].email == "bob@example.net");
  CHECK(bench.Known({{"436641234567"}, {"06641234567"}}).size() == 2);
  CHECK(bench.Known({{"bob@sip.example.net"}}).size() == 1);
  REQUIRE(bench.Known({{"436641234567"}}, "carl").size() == 1);
  CHECK(bench.Known({{"436641234567"}}, "carl")[0].name == "Robert");
  CHECK(bench.Known({}).empty());
  CHECK(bench.Known({{std::string("\0'; --", 6), "\xFF", "%"}}).empty());
  CHECK(bench.store.Known("other", "ann", {{"436641234567"}})->empty());
}

TEMPLATE_TEST_CASE("a change of contacts is in the audit, and one that cannot be done is not", "",
                   Embedded, PostgreSql) {
  Bench<TestType> bench;
  bench.Put({kBob});
  CHECK(bench.store.Replace("acme", "ID-nobody", {kBob}, bench.by, bench.Note("x", "nobody"))
            .code() == StatusCode::kNotFound);
  CHECK(
      bench.store.Replace("acme", "ID-ann", {{"bad\x01", "", {"1"}, {}}}, bench.by, bench.Note("x"))
          .code() == StatusCode::kInvalidArgument);
  CHECK(bench.store.Replace("acme", "ID-ann", {kEve}, bench.by, {"", "", "", "", {}}).code() ==
        StatusCode::kInvalidArgument);
  CHECK(bench.Of() == std::vector<Contact>{kBob});
  REQUIRE(bench.Notes().size() == 1);
  CHECK(bench.Notes()[0].action == "import-contacts");
}

TEMPLATE_TEST_CASE("a mailbox' contacts are erased with a proof, or go with the mailbox", "",
                   Embedded, PostgreSql) {
  Bench<TestType> bench;
  bench.Put({kBob, kEve});
  bench.Put({kBob}, "carl");
  const auto erased = bench.store.Erase("acme", "ID-ann", bench.by, bench.Note("erase"));
  RequireOk(erased.status());
  CHECK(*erased == 2);
  CHECK(bench.Of().empty());
  CHECK(bench.Of("carl").size() == 1);
  const AuditNote proof = bench.Notes().at(0);
  CHECK(proof.action == "erase");
  CHECK(proof.facts.back() == std::pair<std::string, std::string>("contacts", "2"));
  const size_t notes = bench.Notes().size();
  CHECK(*bench.store.Erase("acme", "ID-ann", bench.by, bench.Note("erase")) == 0);
  CHECK(bench.Notes().size() == notes);  // there was nothing to prove

  const auto change = [&](ObjectChange::Action action) {
    const int64_t sequence = bench.stores.organisations->Organisations()->at(0).sequence;
    RequireOk(bench.stores.organisations
                  ->Commit({"acme", "Acme"}, sequence, "root", At(3), {Mailbox(action, "carl")})
                  .status());
  };
  change(ObjectChange::Action::kDelete);
  change(ObjectChange::Action::kCreate);
  CHECK(bench.Of("carl").empty());
}

TEMPLATE_TEST_CASE("the next call of another node is named by what this one has taken", "",
                   Embedded, PostgreSql) {
  Bench<TestType> bench;
  const Stores elsewhere = OpenStores(bench.place.options());
  tests::FakeLoop loop;
  async::WorkerPool workers(1);
  StoreContacts contacts(loop, workers, *elsewhere.contacts);
  const auto call = [&] {
    domain::CallFacts facts = tests::Facts();
    facts.mailbox_id = "Ann";  // as its object spells it
    std::string named = "not answered";
    contacts.Ask(facts, {{"436641234567"}}, [&](domain::ContactName name) { named = name.name; });
    std::promise<void> reached;
    workers.Submit([&] { reached.set_value(); });
    reached.get_future().wait();
    loop.RunFor(0ms);
    return named;
  };
  CHECK(call().empty());
  bench.Put({kBob});
  CHECK(call() == "Bob Baker");
  bench.Put({kBob, {"Rob", "", {"+43 664 1234567"}, {}}});
  CHECK(call().empty());
  RequireOk(bench.store.Erase("acme", "ID-ann", bench.by, bench.Note("erase")).status());
  CHECK(call().empty());
}

TEST_CASE("erased contacts are overwritten in the embedded store's file") {
  const Embedded place;
  {
    const Stores stores = OpenStores(place.options());
    RequireOk(stores.organisations
                  ->Commit({"acme", "Acme"}, 0, "root", At(0),
                           {Mailbox(ObjectChange::Action::kCreate, "ann")})
                  .status());
    RequireOk(stores.contacts->Replace("acme", "ID-ann", {{"Quisquiliae", "", {"4711"}, {}}}, {},
                                       {"import-contacts", "mailbox", "ID-ann", "ann", {}}));
    RequireOk(
        stores.contacts
            ->Erase("acme", "ID-ann", {"olga", At(2)}, {"erase", "mailbox", "ID-ann", "ann", {}})
            .status());
  }
  std::ifstream file(place.directory() + "/messages.sqlite", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(bytes.find("erase") != std::string::npos);
  CHECK(bytes.find("Quisquiliae") == std::string::npos);
}

}  // namespace um::store

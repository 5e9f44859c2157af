// What Voxpost keeps, as an administrator asks for it: the real umctl, socket, registry and store.
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "common/base/ulid.h"
#include "mailbox/admin/registry.h"
#include "mailbox/admin/service.h"
#include "mailbox/organisation/plans.h"
#include "mailbox/store/stores.h"
#include "tests/support/catch.h"
#include "tests/support/dovecot.h"

namespace um::admin {
namespace {

namespace fs = std::filesystem;
using tests::Ran;

/// The configuration's document has one mailbox of its own.
class FakeNode final : public Node {
 public:
  Status Now() override { return {}; }
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    domain::Organisation o;
    o.id = "document";
    o.dial_plans = {{.name = "Main"}};
    o.mailboxes = {{"dora", "Main", "2001", "Dora", "dora@example.com"}};
    return std::make_shared<domain::RoutingCopy>(o);
  }
};

constexpr char kOrganisation[] = R"(
id: example
dial_plans: [{name: Main, number_of_digits_in_extension: 4}]
mailbox_policies: [{name: Staff, dial_plan: Main, max_messages: 3, max_stored_minutes: 90}]
mailboxes: [{id: Ann, display_name: Ann, email: ann@example.com, policy: Staff, extension: "1001"}]
)";

struct Bench {
  std::string directory;
  store::Stores stores;
  std::unique_ptr<Registry> registry;
  FakeNode node;
  std::vector<std::string> erased;
  std::unique_ptr<AdminServer> server;

  explicit Bench(bool embedded = true) {
    std::string name = (fs::temp_directory_path() / "um-keeping-XXXXXX").string();
    directory = mkdtemp(name.data());
    stores = store::Open({.directory = directory + "/data"}).value();
    registry = Registry::Open(*stores.organisations, [](auto) {}).value();
    Administered administered{*stores.messages, registry.get(), stores.organisations.get()};
    administered.erased = [this](const std::vector<std::string>& ids) {
      erased.insert(erased.end(), ids.begin(), ids.end());
    };
    if (embedded) administered.store_directory = directory + "/data";
    server = StartAdminServer(directory + "/admin.sock", administered, node,
                              {"vm@example.com", "n.example.com"})
                 .value();
    std::ofstream(directory + "/organisation.yaml") << kOrganisation;
    REQUIRE(Umctl("apply -f " + directory + "/organisation.yaml").status == 0);
  }
  ~Bench() {
    server.reset();
    registry.reset();
    stores = {};
    fs::remove_all(directory);
  }
  /// A voice message of a minute.
  std::string Store(const std::string& organisation, const std::string& mailbox) {
    store::StoredMessage m;
    m.call.message_id = NewUlid(std::chrono::system_clock::now());
    m.call.organisation = organisation;
    m.call.mailbox_id = mailbox;
    m.call.extension = "1001";
    m.call.started = std::chrono::floor<domain::WallTime::duration>(
        std::chrono::system_clock::now() - std::chrono::hours(1));
    m.duration = std::chrono::minutes(1);
    REQUIRE(stores.messages->Insert(m, std::string(8000, 'v')).ok());
    return m.call.message_id;
  }
  bool IsThere(const std::string& id) { return stores.messages->Get(id).ok(); }
  Ran Umctl(const std::string& arguments) const {
    return tests::Run("VOXPOST_SOCKET=" + directory + "/admin.sock " UM_UMCTL " " + arguments +
                      " </dev/null");
  }
};

bool Has(const Ran& ran, const std::string& text) {
  INFO(ran.output);
  return ran.output.find(text) != std::string::npos;
}

TEST_CASE("messages are deleted when somebody says yes, and the audit tells which and why") {
  Bench bench;
  const std::string id = bench.Store("example", "Ann"), other = bench.Store("example", "Ann");
  CHECK(Has(bench.Umctl("message delete " + id), "--yes"));
  CHECK(bench.IsThere(id));
  const Ran ran = bench.Umctl("message delete " + id + " --yes --reason 'asked for = by Bob'");
  CHECK(ran.status == 0);
  CHECK(Has(ran, "Erased 1 message."));
  CHECK_FALSE(bench.IsThere(id));
  CHECK(bench.IsThere(other));
  CHECK(bench.erased == std::vector<std::string>{id});
  const Ran audit = bench.Umctl("audit --kind mailbox --name ann --limit 1");
  CHECK(Has(audit, "root (local)"));
  CHECK(Has(audit, "* erase mailbox ann"));
  CHECK(Has(audit, "reason: asked for = by Bob"));
  CHECK(Has(audit, "messages: " + id));
  CHECK(Has(bench.Umctl("message delete " + id + " --yes"), "there is no such message"));
  CHECK(bench.Umctl("message delete nonsense --yes").status == 1);
  CHECK(bench.Umctl("message delete " + other + " --yes --reason \"$(printf 'two\\nlines')\"")
            .status == 1);
  CHECK(bench.Umctl("--organisation other message delete " + other + " --yes").status == 1);
  CHECK(bench.IsThere(other));
}

TEST_CASE("a mailbox tells how full it is, and is emptied; others stay as they are") {
  Bench bench;
  for (int i = 0; i < 3; ++i) bench.Store("example", "Ann");
  const std::string dora = bench.Store("document", "dora"), gone = bench.Store("example", "gone");
  const Ran usage = bench.Umctl("mailbox usage 1001");
  CHECK(Has(usage, "IS FULL"));
  CHECK(Has(usage, "3, at most 3"));
  CHECK(Has(usage, "3:00, at most 1:30:00"));
  CHECK(Has(bench.Umctl("mailbox usage nobody"), "there is no mailbox"));
  CHECK(Has(bench.Umctl("mailbox erase ann@example.com --dry-run"), "would erase 3 messages"));
  CHECK(Has(bench.Umctl("mailbox erase ann --before 2h --yes"), "no such messages"));
  CHECK(bench.Umctl("mailbox erase ann").status == 1);
  CHECK(Has(bench.Umctl("mailbox usage ann"), "IS FULL"));
  CHECK(Has(bench.Umctl("mailbox erase ann --before 30min --yes"), "Erased 3 messages."));
  CHECK(Has(bench.Umctl("mailbox usage ann"), "0, at most 3"));
  CHECK(bench.erased.size() == 3);
  CHECK(bench.IsThere(dora));
  // Of the configuration's document: there is no audit to write into, and that is said.
  CHECK(Has(bench.Umctl("mailbox erase 2001 --yes"), "has no audit"));
  CHECK_FALSE(bench.IsThere(dora));
  // A mailbox that is gone is named by its id.
  CHECK(Has(bench.Umctl("--organisation example mailbox erase gone --yes"),
            "umctl audit has the proof"));
  CHECK_FALSE(bench.IsThere(gone));
  CHECK(Has(bench.Umctl("audit --kind mailbox --name gone"), "* erase mailbox gone"));
}

TEST_CASE("other nodes follow the organisation past an erasure") {
  Bench bench;
  const auto other = Registry::Open(*bench.stores.organisations, [](auto) {}).value();
  bench.Store("example", "Ann");
  REQUIRE(bench.Umctl("mailbox erase 1001 --yes").status == 0);
  REQUIRE(bench.Umctl("mailbox set 1001 --display-name 'Ann Archer'").status == 0);
  REQUIRE(other->WaitBeyond("example", 2, std::chrono::seconds(20)));
  const auto model = other->Find("example");
  const auto* entry = (*model)->Find(organisation::Kind::kMailbox, "ann");
  REQUIRE(entry);
  CHECK(entry->object.mailbox().display_name() == "Ann Archer");
}

TEST_CASE("a backup is made by the node, read by anybody who may, and restored without one") {
  Bench bench;
  const std::string id = bench.Store("example", "Ann");
  const std::string backup = bench.directory + "/backup", to = bench.directory + "/restored";
  const Ran made = bench.Umctl("backup create " + backup + "/");
  CHECK(made.status == 0);
  CHECK(Has(made, "2 files"));
  CHECK(bench.Umctl("backup create " + backup).status == 1);
  CHECK(Has(bench.Umctl("backup verify " + backup), "is whole: 2 files"));
  const Ran running =
      bench.Umctl("backup restore " + backup + " --data-directory " + bench.directory + "/data");
  CHECK(running.status == 1);
  CHECK(Has(running, "Stop um-mailbox"));
  REQUIRE(bench.Umctl("backup restore " + backup + " --data-directory " + to).status == 0);
  const store::Stores again = store::Open({.directory = to}).value();
  CHECK(again.messages->Audio(id)->size() == 8000);
  CHECK(again.messages->Count()->queued == 1);
  CHECK(again.organisations->Load("example")->objects.size() >= 3);
  std::ofstream(backup + "/messages.sqlite", std::ios::app) << "x";
  CHECK(Has(bench.Umctl("backup verify " + backup), "damaged"));
}

TEST_CASE("with PostgreSQL a backup is refused with what to use instead") {
  const Bench bench(false);
  const Ran ran = bench.Umctl("backup create " + bench.directory + "/backup");
  CHECK(ran.status == 1);
  CHECK(Has(ran, "pg_dump"));
}

}  // namespace
}  // namespace um::admin

// `umctl contact` as an administrator runs it: the real program, a real socket, the real store.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "mailbox/admin/service.h"
#include "mailbox/store/stores.h"
#include "tests/support/catch.h"
#include "tests/support/dovecot.h"

namespace um::admin {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

/// What calls see, as the registry publishes it.
class FakeNode final : public Node {
 public:
  Status Now() override { return {.node = "node1"}; }
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    const std::lock_guard lock(mutex_);
    return routing_;
  }
  void Set(std::shared_ptr<const domain::RoutingCopy> routing) {
    const std::lock_guard lock(mutex_);
    routing_ = std::move(routing);
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const domain::RoutingCopy> routing_ =
      std::make_shared<domain::RoutingCopy>(domain::Organisation{});
};

constexpr char kOrganisation[] = R"(
id: example
dial_plans:
- {name: Main, number_of_digits_in_extension: 4, country_or_region_code: "43",
   international_access_code: "00", national_number_prefix: "0"}
mailbox_policies: [{name: Staff, dial_plan: Main}]
mailboxes:
- {id: Ann, display_name: Ann, email: ann@example.com, policy: Staff, extension: "1001"}
- {id: Carl, display_name: Carl, email: carl@example.com, policy: Staff, extension: "1002"}
)";

constexpr char kCards[] =
    "BEGIN:VCARD\nVERSION:3.0\nFN:Bob Baker\nTEL:+43 664 1234567\nTEL:call me\n"
    "EMAIL:bob@example.net\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:3.0\nFN:Eve\nTEL:01 234\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:3.0\nFN:Nobody\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:3.0\nFN:Mallory\nTEL:01 234\nEND:VCARD\n";

struct Bench {
  std::string directory;
  store::Stores stores;
  std::unique_ptr<Registry> registry;
  FakeNode node;
  std::unique_ptr<AdminServer> server;

  Bench() {
    std::string name = (fs::temp_directory_path() / "um-contacts-XXXXXX").string();
    directory = mkdtemp(name.data());
    stores = store::Open({.directory = directory + "/data"}).value();
    registry =
        Registry::Open(*stores.organisations, [this](auto routing) { node.Set(routing); }).value();
    Administered administered{*stores.messages, registry.get(), stores.organisations.get()};
    administered.greetings = stores.greetings.get();
    administered.contacts = stores.contacts.get();
    server = StartAdminServer(directory + "/admin.sock", administered, node,
                              {"vm@example.com", "n.example.com"})
                 .value();
    Write("organisation.yaml", kOrganisation);
    Write("cards.vcf", kCards);
    Done("apply -f organisation.yaml");
  }
  ~Bench() {
    server.reset();
    registry.reset();
    stores = {};
    fs::remove_all(directory);
  }

  void Write(const std::string& name, const std::string& content) const {
    std::ofstream(directory + "/" + name, std::ios::binary) << content;
  }
  tests::Ran Umctl(const std::string& arguments) const {
    return tests::Run("cd " + directory + " && VOXPOST_SOCKET=admin.sock " UM_UMCTL " " +
                      arguments);
  }
  std::string Done(const std::string& arguments) const {
    const tests::Ran ran = Umctl(arguments);
    INFO("umctl " << arguments << "\n" << ran.output);
    REQUIRE(ran.status == 0);
    return ran.output;
  }
  std::string Refused(const std::string& arguments, int status = 1) const {
    const tests::Ran ran = Umctl(arguments);
    INFO("umctl " << arguments << "\n" << ran.output);
    CHECK(ran.status == status);
    return ran.output;
  }
};

TEST_CASE("contacts are taken from a file, listed, tried and removed") {
  Bench bench;
  CHECK(bench.Done("contact list 1001") == "Nobody.\n");
  CHECK_THAT(bench.Done("contact import 1001 cards.vcf --dry-run"),
             Contains("Ann: 3 contacts would be taken") && Contains("nothing was changed"));
  CHECK(bench.Done("contact list 1001") == "Nobody.\n");
  CHECK_THAT(bench.Done("contact import 1001 cards.vcf"),
             Contains("Ann: 3 contacts taken, with 4 numbers or addresses, instead of 0.") &&
                 Contains("Left out: 1 contact, and 1 number or address of others.") &&
                 Contains("line 5: \"call me\" is no telephone number") &&
                 Contains("line 13: \"Nobody\" has neither a telephone number nor an address"));
  CHECK_THAT(bench.Done("contact list ann"),
             Contains("NAME") && Contains("Bob Baker  +43 664 1234567  bob@example.net"));
  CHECK_THAT(bench.Done("contact list ann --search BAK"), Contains("Bob") && !Contains("Eve"));
  CHECK_THAT(bench.Done("contact list ann --limit 1"), Contains("1 of 3; --all shows all"));
  CHECK_THAT(bench.Done("contact list ann --json"), Contains("\"total\": 3"));
  CHECK(bench.Done("contact list carl") == "Nobody.\n");

  CHECK(bench.Done("contact test 1001 06641234567") == "Ann: Bob Baker.\n");
  CHECK(bench.Done("contact test 1001 +436641234567") == "Ann: Bob Baker.\n");
  CHECK(bench.Done("contact test 1001 bob@example.net") == "Ann: Bob Baker.\n");
  CHECK(bench.Done("contact test 1002 06641234567") == "Carl: nobody.\n");
  CHECK(bench.Done("contact test 1001 01234") ==
        "Ann: nobody, because several have it: Eve, Mallory.\n");

  CHECK_THAT(bench.Done("contact import 1001 - < cards.vcf"), Contains("instead of 3."));
  CHECK(bench.Done("contact clear 1001 --dry-run") ==
        "Ann: 3 contacts would be removed. Dry run: nothing was changed.\n");
  CHECK(bench.Done("contact clear 1001") == "Ann: 3 contacts removed.\n");
  CHECK(bench.Done("contact clear 1001") == "Ann: 0 contacts removed.\n");
  CHECK(bench.Done("contact list 1001") == "Nobody.\n");
}

TEST_CASE("a file that has no contacts, or is cut off, changes nothing") {
  Bench bench;
  bench.Done("contact import 1001 cards.vcf");
  const std::string before = bench.Done("contact list 1001 --json");
  bench.Write("text.vcf", "name;number\nann;1\n");
  bench.Write("cut.vcf", std::string(kCards, 120));
  bench.Write("empty.vcf", "BEGIN:VCARD\nFN:Ann\nEND:VCARD\n");
  CHECK_THAT(bench.Refused("contact import 1001 text.vcf"),
             Contains("line 1") && Contains("is this a vCard file?"));
  CHECK_THAT(bench.Refused("contact import 1001 cut.vcf"), Contains("the file is cut off"));
  CHECK_THAT(bench.Refused("contact import 1001 empty.vcf"),
             Contains("no contact in the file that names a caller: line 1"));
  CHECK_THAT(bench.Refused("contact import 1001 missing.vcf"), Contains("missing.vcf"));
  CHECK_THAT(bench.Refused("contact import nobody cards.vcf"), Contains("there is no UM mailbox"));
  CHECK_THAT(bench.Refused("contact test 1001 ''"), Contains("must be a number"));
  CHECK(bench.Done("contact list 1001 --json") == before);
}

TEST_CASE("the audit tells who changed contacts, not who is in them") {
  Bench bench;
  bench.Done("contact import 1001 cards.vcf");
  bench.Done("contact clear 1001");
  CHECK_THAT(bench.Done("audit --kind mailbox --name ann"),
             Contains("root (local)") &&
                 Contains("* import-contacts mailbox ann\n    contacts: 3\n    skipped: 1\n") &&
                 Contains("* clear-contacts mailbox ann\n    contacts: 3\n") && !Contains("Bob"));
}

TEST_CASE("erasing a mailbox takes its contacts, unless only older messages are asked for") {
  Bench bench;
  bench.Done("contact import 1001 cards.vcf");
  bench.Done("contact import 1002 cards.vcf");
  CHECK_THAT(bench.Done("mailbox erase 1001 --before 30min --yes"), Contains("no such messages"));
  CHECK_THAT(bench.Done("mailbox erase 1001 --dry-run"),
             Contains("would erase 0 messages, 3 contacts"));
  CHECK_THAT(bench.Done("mailbox erase 1001 --yes --reason 'ticket 4711'"),
             Contains("Erased 0 messages, 3 contacts."));
  CHECK(bench.Done("contact list 1001") == "Nobody.\n");
  CHECK_THAT(bench.Done("contact list 1002"), Contains("Bob"));
  CHECK_THAT(bench.Done("audit --kind mailbox --name ann --limit 1"),
             Contains("* erase mailbox ann") && Contains("reason: ticket 4711") &&
                 Contains("contacts: 3"));
}

TEST_CASE("contacts' mailboxes are completed") {
  Bench bench;
  CHECK(bench.Done("complete 'umctl contact i'") == "import\n");
  CHECK(bench.Done("complete 'umctl contact import A'") == "Ann\n");
}

}  // namespace
}  // namespace um::admin

// Directories as an administrator sees them: the real umctl, a real slapd, the real store.
#include <fmt/format.h>

#include "mailbox/admin/follow.h"
#include "mailbox/admin/service.h"
#include "mailbox/directory/settings.h"
#include "mailbox/store/stores.h"
#include "tests/support/catch.h"
#include "tests/support/dovecot.h"
#include "tests/support/slapd.h"

namespace um::admin {
namespace {

using directory::LdapDirectory;
using tests::Ran;

class FakeNode final : public Node {
 public:
  Status Now() override { return {.node = "node1"}; }
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    return std::make_shared<domain::RoutingCopy>(domain::Organisation());
  }
};

/// A node with two organisations, each with its part of one LDAP server.
struct Bench {
  Bench() {
    slapd.Modify("dn: ou=others,dc=example,dc=com\nobjectClass: organizationalUnit\nou: others\n");
    stores = store::Open({.directory = slapd.File("data")}).value();
    registry = Registry::Open(*stores.organisations, [](auto) {}).value();
    directories.push_back(Follow("example", "ou=people"));
    directories.push_back(Follow("other", "ou=others"));
    Administered administered{*stores.messages, registry.get(), stores.organisations.get()};
    for (const auto& each : directories) administered.directories.push_back(each.get());
    server = StartAdminServer(slapd.File("admin.sock"), administered, node, {"vm@x.com", "x.com"})
                 .value();
    for (const char* id : {"example", "other"}) {
      Do(id, fmt::format("organisation create {} --display-name {}", id, id));
      Do(id, "dial-plan create Main --number-of-digits-in-extension 4");
    }
  }
  ~Bench() {
    server.reset();
    directories.clear();
    registry.reset();
  }

  std::unique_ptr<LdapDirectory> Follow(const std::string& organisation, const std::string& ou) {
    config::v1::Directory settings;
    settings.set_organisation(organisation);
    settings.add_urls(slapd.url());
    settings.set_cleartext(true);
    settings.set_base(ou + ",dc=example,dc=com");
    std::vector<config::Problem> problems;
    directory::Complete(settings, "directory", problems);
    REQUIRE(problems.empty());
    return LdapDirectory::Start(settings, *files, slapd.File("data/directory"),
                                [this, organisation](const domain::People& people) {
                                  FollowDirectory(*registry, organisation, people);
                                });
  }

  Ran Umctl(const std::string& arguments, const std::string& organisation = "example") const {
    return tests::Run(fmt::format("VOXPOST_SOCKET={} VOXPOST_ORGANISATION={} {} {}",
                                  slapd.File("admin.sock"), organisation, UM_UMCTL, arguments));
  }
  /// What must succeed. @return what it printed
  std::string Do(const std::string& organisation, const std::string& arguments) const {
    const Ran ran = Umctl(arguments, organisation);
    INFO(arguments << "\n" << ran.output);
    REQUIRE(ran.status == 0);
    return ran.output;
  }
  std::string Do(const std::string& arguments) const { return Do("example", arguments); }

  tests::Slapd slapd;
  FakeNode node;
  std::unique_ptr<store::Files> files = store::RealFiles();
  store::Stores stores;
  std::unique_ptr<Registry> registry;
  std::vector<std::unique_ptr<LdapDirectory>> directories;
  std::unique_ptr<AdminServer> server;
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kPolicy = " --policy 'Main Default Policy'";

}  // namespace

TEST_CASE("a person of the directory gets a mailbox, which follows name and mail address") {
  Bench bench;
  bench.slapd.Add("ann", "Ann Archer", "+1 425 555 1001");
  bench.slapd.Add("bela", "Bela Novak", "");
  CHECK(Has(bench.Do("directory refresh --full"), "2 people, read "));
  const std::string list = bench.Do("directory list --search ARCHER");
  CHECK(Has(list, "ann@example.com"));
  CHECK_FALSE(Has(list, "bela"));
  CHECK(Has(bench.Umctl("directory show '(425) 555-1001'").output, "knows nobody"));
  CHECK(Has(bench.Do("directory show '+1 (425) 555-1001'"), "Ann Archer"));

  CHECK(Has(bench.Do("mailbox enable --from-directory ann --dry-run" + std::string(kPolicy)),
            "Dry run: 1 mailbox would be enabled."));
  CHECK(bench.Umctl("mailbox show 1001").status == 1);
  CHECK(Has(bench.Do("mailbox enable --from-directory ann" + std::string(kPolicy)),
            "1 mailbox enabled."));
  const std::string shown = bench.Do("mailbox show 1001");
  CHECK(Has(shown, "Ann Archer"));
  CHECK(Has(shown, "ann@example.com"));
  CHECK(Has(bench.Do("directory show ann"), "mailbox        ann"));

  bench.slapd.Modify(
      "dn: uid=ann,ou=people,dc=example,dc=com\nchangetype: modify\nreplace: cn\ncn: Ann Baker\n-\n"
      "replace: mail\nmail: baker@example.com\n");
  bench.Do("directory refresh");
  CHECK(Has(bench.Do("mailbox show 1001"), "Ann Baker"));
  const std::string audit = bench.Do("audit --kind mailbox --name ann");
  CHECK(Has(audit, "directory"));
  CHECK(Has(audit, "ann@example.com -> baker@example.com"));

  bench.slapd.Modify("dn: uid=ann,ou=people,dc=example,dc=com\nchangetype: delete\n");
  CHECK(Has(bench.Do("directory refresh --full"), "ann: its person is gone from the directory"));
  CHECK(Has(bench.Do("mailbox show 1001"), "Ann Baker"));
}

TEST_CASE("people of a directory are welcomed as it was asked for") {
  Bench bench;
  bench.slapd.Add("ann", "Ann Archer", "+1 425 555 1001");
  bench.slapd.Add("bela", "Bela Novak", "+1 425 555 1002");
  bench.slapd.Add("cleo", "Cleo Dorn", "+1 425 555 1003");
  bench.Do("directory refresh --full");
  const std::string enable = "mailbox enable --from-directory ";
  const auto welcomed = [&] {
    std::vector<std::string> where;
    const auto waiting = bench.stores.queue->List({.organisation = "example"});
    for (const store::QueueItem& item : waiting.value()) {
      where.push_back(std::get<store::StoredNotice>(item).notice.address);
    }
    return where;
  };
  bench.Do(enable + "ann --no-welcome" + kPolicy);
  CHECK(welcomed().empty());
  CHECK(Has(bench.Umctl(enable + "bela cleo --notify home@example.org" + kPolicy).output,
            "welcome.address is for one person"));
  bench.Do(enable + "bela --notify home@example.org" + kPolicy);
  CHECK(welcomed() == std::vector<std::string>{"home@example.org"});
  bench.Do(enable + "cleo" + kPolicy);
  CHECK(welcomed().size() == 2);
}

TEST_CASE("why a person gets no mailbox is told, and what would help") {
  Bench bench;
  bench.slapd.Add("ann", "Ann Archer", "+1 425 555 1001");
  bench.slapd.Add("bela", "Bela Novak", "");
  bench.Do("directory refresh --full");
  const std::string enable = "mailbox enable --from-directory ";
  const Ran numberless = bench.Umctl(enable + "bela ann" + kPolicy);
  CHECK(numberless.status == 1);
  CHECK(Has(numberless.output,
            "Bela Novak: extension: is needed: the directory has no telephone number"));
  CHECK(bench.Umctl("mailbox show 1001").status == 1);  // all or nothing
  bench.Do(enable + "bela --extension 1002" + kPolicy);
  CHECK(Has(bench.Umctl(enable + "bela --extension 1003" + kPolicy).output,
            "Bela Novak: has a mailbox already"));
  CHECK(Has(bench.Umctl(enable + "ann").output, "--policy: is needed"));
  CHECK(Has(bench.Umctl(enable + "'*)(uid=*'" + kPolicy).output, "knows nobody called"));
  CHECK(bench.Umctl(enable + "ann --everybody" + kPolicy).status == 2);
}

TEST_CASE("everybody gets a mailbox, but for who cannot") {
  Bench bench;
  bench.slapd.Add("ann", "Ann Archer", "+1 425 555 1001");
  bench.slapd.Add("bela", "Bela Novak", "");
  bench.slapd.Add("cleo", "Cleo Dorn", "1003");
  bench.Do("directory refresh --full");
  const std::string done = bench.Do("mailbox enable --everybody" + std::string(kPolicy));
  CHECK(Has(done, "2 mailboxes enabled."));
  CHECK(Has(done, "Bela Novak: extension: is needed"));
  const std::string left = bench.Do("directory list --without-mailbox");
  CHECK(Has(left, "Bela"));
  CHECK_FALSE(Has(left, "Cleo"));
}

TEST_CASE("an organisation sees its own people only") {
  Bench bench;
  bench.slapd.Add("ann", "Ann Archer", "+1 425 555 1001");
  bench.slapd.Modify(
      "dn: uid=zoe,ou=others,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: zoe\ncn: Zoe\n"
      "sn: Z\nmail: zoe@other.com\ntelephoneNumber: 1009\n");
  bench.Do("example", "directory refresh --full");
  bench.Do("other", "directory refresh --full");
  CHECK_FALSE(Has(bench.Do("example", "directory list"), "Zoe"));
  CHECK_FALSE(Has(bench.Do("other", "directory list"), "Ann"));
  CHECK(Has(bench.Umctl("directory show zoe", "example").output, "knows nobody"));
  CHECK(
      Has(bench.Umctl("mailbox enable --from-directory ann" + std::string(kPolicy), "other").output,
          "knows nobody"));
  bench.Do("other", "mailbox enable --from-directory zoe" + std::string(kPolicy));
  CHECK(bench.Umctl("mailbox show 1009", "example").status == 1);
}

TEST_CASE("while LDAP is down umctl says how old what it shows is") {
  Bench bench;
  bench.slapd.Add("ann", "Ann Archer", "+1 425 555 1001");
  bench.Do("directory refresh --full");
  bench.slapd.Kill();
  const Ran refresh = bench.Umctl("directory refresh");
  CHECK(refresh.status == 1);
  CHECK(Has(refresh.output, "the copy stays as it is, and the directory cannot be read"));
  CHECK(Has(bench.Do("directory status"), "SINCE THEN IN VAIN"));
  CHECK(Has(bench.Do("status"), "directory      example: 1 person, read"));
  CHECK(Has(bench.Do("mailbox enable --from-directory ann" + std::string(kPolicy)), "1 mailbox"));
  CHECK(Has(bench.Umctl("directory show nobody").output, "is not in the copy, and the directory"));
}

}  // namespace um::admin

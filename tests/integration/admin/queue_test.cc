// Welcome mails and the queue as an administrator meets them: the real umctl, a real socket, the
// real store.
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "common/base/ulid.h"
#include "mailbox/admin/service.h"
#include "mailbox/store/stores.h"
#include "tests/support/catch.h"
#include "tests/support/dovecot.h"

namespace um::admin {
namespace {

using tests::Ran;

class FakeNode final : public Node {
 public:
  Status Now() override { return {}; }
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    return std::make_shared<domain::RoutingCopy>(domain::Organisation{});
  }
};

/// A node in a directory of its own, with an organisation that has no mailboxes yet.
struct Bench {
  std::string directory;
  store::Stores stores;
  std::unique_ptr<Registry> registry;
  FakeNode node;
  std::atomic<int> nudges = 0;
  std::unique_ptr<AdminServer> server;

  Bench() {
    std::string name = (std::filesystem::temp_directory_path() / "um-queue-XXXXXX").string();
    directory = mkdtemp(name.data());
    stores = store::Open({.directory = directory}).value();
    registry = Registry::Open(*stores.organisations, [](const auto&) {}).value();
    server = StartAdminServer(directory + "/admin.sock",
                              {.messages = *stores.messages,
                               .registry = registry.get(),
                               .organisations = stores.organisations.get(),
                               .queue = stores.queue.get(),
                               .nudge = [this] { ++nudges; }},
                              node, {"vm@example.com", "n.example.com"})
                 .value();
    Does("organisation create example");
    Does("dial-plan create Main --number-of-digits-in-extension 4");
  }
  ~Bench() {
    server.reset();
    registry.reset();
    stores = {};
    std::filesystem::remove_all(directory);
  }
  Ran Umctl(const std::string& arguments) const {
    return tests::Run("VOXPOST_SOCKET=" + directory + "/admin.sock " UM_UMCTL " " + arguments);
  }
  std::string Does(const std::string& arguments) const {
    const Ran ran = Umctl(arguments);
    INFO(arguments << ": " << ran.output);
    REQUIRE(ran.status == 0);
    return ran.output;
  }
  void Refuses(const std::string& arguments, const std::string& why, int status = 1) const {
    const Ran ran = Umctl(arguments);
    CAPTURE(arguments, ran.output);
    CHECK(ran.status == status);
    CHECK_THAT(ran.output, Catch::Contains(why));
  }
  std::string Write(const std::string& name, const std::string& content) const {
    std::ofstream(directory + "/" + name) << content;
    return directory + "/" + name;
  }
  static std::string Create(const std::string& id, const std::string& extension) {
    return "mailbox create " + id + " --display-name " + id + " --email " + id +
           "@example.com --policy 'Main Default Policy' --extension " + extension;
  }
  std::vector<store::StoredNotice> Notices() const {
    std::vector<store::StoredNotice> notices;
    const auto items = stores.queue->List({}).value();
    for (const auto& item : items) {
      notices.push_back(std::get<store::StoredNotice>(item));
    }
    return notices;
  }
  /// "mailbox>address" of each, sorted.
  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    for (const auto& notice : Notices())
      told.push_back(notice.mailbox + ">" + notice.notice.address);
    std::sort(told.begin(), told.end());
    return told;
  }
};

using Told = std::vector<std::string>;

TEST_CASE("every way of making a mailbox queues its welcome mail, unless it is not wanted") {
  const Bench bench;
  bench.Does(Bench::Create("ann", "1001"));
  bench.Does(Bench::Create("bob", "1002") + " --no-welcome");
  bench.Does(Bench::Create("carol", "1003") + " --notify helpdesk@example.com");
  bench.Does(Bench::Create("dave", "1004") + " --dry-run");
  bench.Does(Bench::Create("eve", "1005") + " --status disabled");
  CHECK(bench.Told() == Told{"ann>", "carol>helpdesk@example.com"});

  bench.Does("mailbox enable eve --notify eve@example.net");
  CHECK(bench.Told() == Told{"ann>", "carol>helpdesk@example.com", "eve>eve@example.net"});

  const std::string csv =
      bench.Write("people.csv",
                  "id,display_name,email,extension\n"
                  "f1,F One,f1@example.com,1011\nf2,F Two,f2@example.com,1012\n");
  bench.Does("mailbox enable --csv " + csv + " --policy 'Main Default Policy'");
  CHECK(bench.Told().size() == 5);

  const std::string org = bench.Write("org.yaml",
                                      "id: example\nmailboxes:\n"
                                      "  - {id: g, display_name: G, email: g@example.com, policy: "
                                      "Main Default Policy, extension: '1021'}\n");
  bench.Does("apply -f " + org + " --notify " + "all@example.com");
  CHECK(bench.Told().size() == 6);
  const Told told = bench.Told();
  CHECK(std::find(told.begin(), told.end(), "g>all@example.com") != told.end());
  bench.Does("apply -f " + org);  // changes nothing
  CHECK(bench.Told().size() == 6);

  bench.Does("mailbox delete ann");
  CHECK(bench.Told().size() == 5);
  bench.Refuses(Bench::Create("h", "1031") + " --notify 'no address'", "must be a mail address");
  bench.Refuses(Bench::Create("h", "1031") + " --notify a@b.c --no-welcome", "excludes", 2);
}

TEST_CASE("the queue is listed and shown, without any PIN") {
  const Bench bench;
  CHECK_THAT(bench.Does("queue list"), Catch::Contains("Nothing waits"));
  bench.Does(Bench::Create("Ann", "1001"));
  const std::string id = bench.Notices().at(0).id;
  const std::string list = bench.Does("queue list");
  CHECK_THAT(list, Catch::Contains(id) && Catch::Contains("welcome") && Catch::Contains("Ann ") &&
                       Catch::Contains("Ann@example.com") && Catch::Contains("waits"));
  CHECK_THAT(bench.Does("queue list --json"), Catch::Contains("\"kind\": \"welcome\""));
  CHECK_THAT(bench.Does("queue list --failed"), Catch::Contains("Nothing is undeliverable"));
  const std::string show = bench.Does("queue show " + id);
  CHECK_THAT(show, Catch::Contains("Ann@example.com") && Catch::Contains("next attempt"));
  bench.Refuses("queue show nonsense", "26 letters and digits");
  bench.Refuses("queue show " + NewUlid(std::chrono::system_clock::now()), "no such item");
  bench.Refuses("--organisation other queue show " + id, "no such item");
  CHECK_THAT(bench.Does("--organisation other queue list"), Catch::Contains("Nothing waits"));
}

TEST_CASE("a long queue is listed page by page") {
  const Bench bench;
  std::string csv = "id,display_name,email,extension\n";
  for (int i = 0; i < 1100; ++i) {
    const std::string n = std::to_string(2000 + i);
    csv += "u" + n + ",U,u" + n + "@example.com," + n + "\n";
  }
  bench.Does("mailbox enable --policy 'Main Default Policy' --csv " + bench.Write("m.csv", csv));
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const std::string some = bench.Does("queue list");
  CHECK_THAT(some, Catch::Contains("The first 100; --all shows all"));
  CHECK(lines(some) == 102);
  CHECK(lines(bench.Does("queue list --all")) == 1101);
  CHECK(lines(bench.Does("queue list --limit 1050")) == 1052);
}

TEST_CASE("what failed is tried again or goes elsewhere, and delivery hears of it") {
  const Bench bench;
  bench.Does(Bench::Create("ann", "1001"));
  bench.Does(Bench::Create("bob", "1002"));
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  const auto leased = bench.stores.notices->Lease("me", now, {}, 10).value();
  for (const auto& notice : leased) {
    REQUIRE(bench.stores.notices->Undeliverable(notice.id, "550 no such user\x1b[2J").ok());
  }
  const std::string failed = bench.Does("queue list --failed");
  CHECK_THAT(failed, Catch::Contains("undeliverable: 550 no such user"));
  CHECK(failed.find('\x1b') == std::string::npos);
  const auto notices = bench.Notices();
  REQUIRE(notices.size() == 2);

  bench.Refuses("queue redirect " + notices[0].id + " 'a b@example.com'", "must be a mail address");
  bench.Refuses("queue retry", "name one mail", 2);
  CHECK(bench.nudges == 0);
  CHECK_THAT(bench.Does("queue redirect " + notices[0].id + " new@example.com"),
             Catch::Contains("goes to new@example.com"));
  CHECK(bench.nudges == 1);
  CHECK_THAT(bench.Does("queue show " + notices[0].id),
             Catch::Contains("redirected by  root (local)"));
  CHECK_THAT(bench.Does("audit --kind mailbox"),
             Catch::Contains("redirect") && Catch::Contains("new@example.com"));
  CHECK_THAT(bench.Does("queue retry --all-failed"), Catch::Contains("1 mail is due now"));
  CHECK_THAT(bench.Does("queue retry " + notices[1].id), Catch::Contains("1 mail is due now"));
  CHECK(bench.nudges == 3);
  CHECK_THAT(bench.Does("queue retry --all-failed"), Catch::Contains("Nothing is undeliverable"));
}

}  // namespace
}  // namespace um::admin

// Message lamps as an administrator meets them: the real umctl, a real socket, the real store.
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <mutex>

#include "common/base/ulid.h"
#include "mailbox/admin/service.h"
#include "mailbox/store/stores.h"
#include "tests/support/catch.h"
#include "tests/support/dovecot.h"

namespace um::admin {
namespace {

using tests::Ran;
using namespace std::chrono_literals;

domain::WallTime Now() {
  return std::chrono::floor<domain::WallTime::duration>(std::chrono::system_clock::now());
}

class RoutingNode final : public Node {
 public:
  Status Now() override { return {}; }
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
  std::shared_ptr<const domain::RoutingCopy> routing_;
};

/// A node with two mailboxes behind one gateway, and one behind none.
struct Bench {
  std::string directory;
  RoutingNode node;
  store::Stores stores;
  std::unique_ptr<Registry> registry;
  std::atomic<int> nudges = 0;
  std::unique_ptr<AdminServer> server;

  Bench() {
    std::string name = (std::filesystem::temp_directory_path() / "um-lamps-XXXXXX").string();
    directory = mkdtemp(name.data());
    stores = store::Open({.directory = directory}).value();
    registry =
        Registry::Open(*stores.organisations, [this](auto routing) { node.Set(routing); }).value();
    Administered administered{.messages = *stores.messages,
                              .registry = registry.get(),
                              .organisations = stores.organisations.get()};
    administered.lamps = stores.lamps.get();
    administered.nudge_lamps = [this] { ++nudges; };
    server = StartAdminServer(directory + "/admin.sock", administered, node,
                              {"vm@example.com", "n.example.com"})
                 .value();
    Does("organisation create example");
    for (const char* plan : {"Main", "Other"}) {
      Does(std::string("dial-plan create ") + plan + " --number-of-digits-in-extension 4");
    }
    Does("ip-gateway create pbx --address 192.0.2.10 --transport udp --dial-plan Main");
    for (const char* box : {"ann 1001 Main", "bela 1002 Main", "cleo 1003 Other"}) Create(box);
  }
  ~Bench() {
    server.reset();
    registry.reset();
    stores = {};
    std::filesystem::remove_all(directory);
  }
  /// @param box "ID EXTENSION PLAN"
  void Create(const std::string& box) const {
    const std::string id = box.substr(0, box.find(' ')), plan = box.substr(box.rfind(' ') + 1);
    Does("mailbox create " + id + " --display-name " + id + " --email " + id +
         "@example.com --no-welcome --extension " + box.substr(id.size() + 1, 4) + " --policy '" +
         plan + " Default Policy'");
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
  std::string Leave(bool urgent = false,
                    domain::MessageKind kind = domain::MessageKind::kVoice) const {
    store::StoredMessage message;
    message.call.message_id = NewUlid(Now());
    message.call.organisation = "example";
    message.call.mailbox_id = "ann";
    message.call.extension = "1001";
    message.call.marks.important = urgent;
    message.kind = kind;
    message.duration = 1s;
    message.stored = Now();
    const bool voice = kind == domain::MessageKind::kVoice;
    REQUIRE(stores.messages->Insert(message, voice ? "v" : "").ok());
    return message.call.message_id;
  }
  /// Lamps that are due, and are told so: no longer afterwards.
  size_t TakeDue(int status = 200) const {
    const auto leased = stores.lamps->Lease("me", Now() + 1s, Now() + 1min, 100).value();
    std::vector<store::LampOutcome> outcomes;
    for (const store::LeasedLamp& lamp : leased) {
      store::LampOutcome told;
      told.mailbox = lamp.mailbox;
      told.revision = lamp.revision;
      told.count = lamp.count;
      told.at = Now();
      told.next = Now() + 6h;
      told.gateway = "pbx";
      told.status = status;
      outcomes.push_back(told);
    }
    REQUIRE(stores.lamps->End("me", outcomes).ok());
    return leased.size();
  }
};

TEST_CASE("messages are marked as heard and as new again, and the audit tells who did it") {
  const Bench bench;
  const std::string first = bench.Leave(), second = bench.Leave(true);
  const std::string missed = bench.Leave(false, domain::MessageKind::kMissedCall);
  CHECK(bench.Does("message read " + first) == "1 message is heard now.\n");
  CHECK(bench.nudges == 1);
  CHECK(bench.Does("message read " + first) == "Nothing changed: all of it was heard already.\n");
  CHECK(bench.nudges == 1);
  const std::string list = bench.Does("message list 1001");
  CHECK_THAT(list, Catch::Contains("new, urgent"));
  CHECK_THAT(list, Catch::Contains("heard"));
  CHECK(bench.Does("message read --all 1001") == "1 message is heard now.\n");
  CHECK(bench.Does("message unread " + first + " " + second) == "2 messages are new now.\n");
  bench.Refuses("message read " + missed, "a missed call is neither new nor heard");
  bench.Refuses("message read 01KEZF7C00Z0G76XXPQJPKWS3W", "there is no such message");
  bench.Refuses("message read x", "26 letters and digits");
  bench.Refuses("message read", "name messages, or say --all MAILBOX", 2);
  bench.Refuses("message read --all 1099", "1099");
  const std::string audit = bench.Does("audit --kind mailbox --name ann");
  CHECK_THAT(audit, Catch::Contains("unread"));
  CHECK_THAT(audit, Catch::Contains("messages: 2"));
}

TEST_CASE("mwi show says what waits, what was told, and what is next") {
  const Bench bench;
  std::string shown = bench.Does("mwi show 1001");
  CHECK_THAT(shown, Catch::Contains("0 new, 0 heard"));
  CHECK_THAT(shown, Catch::Contains("pbx: sip:1001@192.0.2.10 by udp at 192.0.2.10:5060"));
  CHECK_THAT(shown, Catch::Contains("was told       nothing yet"));
  bench.Leave(true);
  shown = bench.Does("mwi show ann");
  CHECK_THAT(shown, Catch::Contains("1 new, 0 heard; urgent: 1 new, 0 heard"));
  CHECK_THAT(shown, Catch::Contains("the change is told at"));
  CHECK(bench.TakeDue() == 1);
  shown = bench.Does("mwi show ann");
  CHECK_THAT(shown, Catch::Contains("1 new, 0 heard; urgent: 1 new, 0 heard, to pbx at"));
  CHECK_THAT(shown, Catch::Contains("refreshed at"));
  CHECK_THAT(bench.Does("mwi show ann --json"), Catch::Contains("\"told_gateway\": \"pbx\""));
  CHECK_THAT(bench.Does("mwi show cleo"),
             Catch::Contains("NOT TOLD       no enabled IP gateway serves the dial plan"));
  bench.Does("mailbox-policy set 'Main Default Policy' --allow-message-waiting-indicator false");
  CHECK_THAT(bench.Does("mwi show ann"),
             Catch::Contains("mailbox policy: allow_message_waiting_indicator"));
  bench.Refuses("mwi show 1099", "1099");
}

TEST_CASE("lamps are refreshed by mailbox, by gateway, and all") {
  const Bench bench;
  CHECK_THAT(bench.Does("mwi refresh 1001"), Catch::Contains("1 lamp is told once more"));
  CHECK(bench.TakeDue() == 1);
  CHECK_THAT(bench.Does("mwi refresh --gateway PBX"), Catch::Contains("2 lamps are"));
  CHECK(bench.TakeDue() == 2);
  CHECK_THAT(bench.Does("mwi refresh --all"), Catch::Contains("3 lamps are"));
  CHECK(bench.TakeDue() == 3);
  CHECK(bench.TakeDue() == 0);
  CHECK(bench.nudges == 3);
  bench.Refuses("mwi refresh", "name a mailbox, or say --gateway GATEWAY or --all", 2);
  bench.Refuses("mwi refresh --gateway other", "other");
  bench.Refuses("mwi refresh 1001 --all", "--all", 2);
}

}  // namespace
}  // namespace um::admin

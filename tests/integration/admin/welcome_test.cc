// The whole way of a PIN: from a change of the organisation into a real inbox (Dovecot), and back
// to the check that a telephone makes. Also when the node is killed on the way.
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <regex>
#include <thread>

#include "mailbox/admin/notices.h"
#include "mailbox/admin/registry.h"
#include "mailbox/delivery/runner.h"
#include "mailbox/pins/keeper.h"
#include "mailbox/store/stores.h"
#include "tests/support/dovecot.h"
#include "tests/unit/mailbox/organisation/given.h"

namespace um::admin {
namespace {

using namespace std::chrono_literals;
using tests::Dovecot;

/// What a node has for it, as mailbox/app.cc puts it together.
struct Parts {
  store::Stores stores;
  std::unique_ptr<Registry> registry;
  pins::Hasher hasher{{.cost = {.memory_kib = 64, .passes = 1}}};
  std::unique_ptr<pins::PinKeeper> pins;
  std::unique_ptr<delivery::Runner> runner;

  Parts(const std::string& directory, const std::string& mail_server) {
    stores = store::Open({.directory = directory}).value();
    registry = Registry::Open(*stores.organisations, [](const auto&) {}).value();
    pins = std::make_unique<pins::PinKeeper>(
        [this](const std::string& id) { return registry->Find(id); }, *stores.organisations,
        hasher);
    runner = delivery::StartRunner(
                 *stores.messages,
                 {.address = mail_server,
                  .from = "voicemail@example.com",
                  .host_name = "node1.example.com",
                  .notices_per_second = 0,
                  .min_retry = 50ms,
                  .max_retry = 200ms},
                 delivery::Notices{
                     .store = stores.notices.get(),
                     .facts = [this](const auto& notice) { return FactsOf(*registry, notice); },
                     .renew =
                         [this](const std::string& organisation, const std::string& mailbox) {
                           return pins->Renew(organisation, mailbox);
                         }})
                 .value();
  }

  /// Makes the organisation what the document says.
  void Apply(const std::string& yaml) const {
    const organisation::v1::Organisation document = organisation::FromText(yaml);
    const auto changed = registry->Change(
        document.id(), &document.display_name(), "test", false,
        [&](const organisation::Model& model, const organisation::Context& context) {
          const auto difference = organisation::Compare(model, document, false);
          return organisation::Evaluate(model, difference.operations, context, &difference.paths);
        });
    REQUIRE(changed.ok());
    REQUIRE(changed->outcome.problems.empty());
    runner->Nudge();
  }
  std::string IdOf(const std::string& mailbox) const {
    return registry->Find("example").value()->Find(organisation::Kind::kMailbox, mailbox)->id;
  }
  bool IsRight(const std::string& mailbox, const std::string& pin) const {
    const auto check = pins->Check("example", mailbox, pin);
    REQUIRE(check.ok());
    return check->outcome == pins::PinCheck::Outcome::kRight;
  }
};

struct TempDir {
  std::string path;
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "um-welcome-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TempDir() { std::filesystem::remove_all(path); }
};

/// A user's mails, when there are so many. A mail server has no bell: it is asked, at most 30 s.
std::vector<std::string> Inbox(const Dovecot& dovecot, const std::string& user, size_t count) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (true) {
    auto mails = dovecot.Inbox(user);
    if (mails.size() >= count || std::chrono::steady_clock::now() > end) return mails;
    std::this_thread::sleep_for(20ms);
  }
}

std::string PinIn(const std::string& mail) {
  std::smatch found;
  return std::regex_search(mail, found, std::regex("\nPIN: +([0-9]+)\r")) ? found[1].str() : "";
}

TEST_CASE("a new user finds a PIN in the inbox that the telephone accepts, and so after a reset") {
  const Dovecot dovecot;
  const TempDir dir;
  const Parts node(dir.path, "lmtp://" + dovecot.lmtp());
  node.Apply(organisation::kExample);
  const auto welcome = Inbox(dovecot, "ann@example.com", 1);
  REQUIRE(welcome.size() == 1);
  CHECK_THAT(welcome[0], Catch::Contains("Subject: Welcome to voice mail, Ann Archer\r\n"));
  CHECK_THAT(welcome[0], Catch::Contains("\nExtension: 1001\r\n"));
  const std::string first = PinIn(welcome[0]);
  CHECK(node.IsRight("ann", first));
  CHECK(Inbox(dovecot, "bela@example.com", 1).size() == 1);

  REQUIRE(
      node.stores.notices
          ->Queue({store::NoticeKind::kPinReset, "example", node.IdOf("ann"), ""},
                  std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()))
          .ok());
  node.runner->Nudge();
  const auto both = Inbox(dovecot, "ann@example.com", 2);
  REQUIRE(both.size() == 2);
  CHECK_THAT(both[1], Catch::Contains("Subject: New voice mail PIN for Ann Archer\r\n"));
  CHECK(node.IsRight("ann", PinIn(both[1])));
  CHECK_FALSE(node.IsRight("ann", first));
}

TEST_CASE("a mail server that comes back gets a PIN that is right") {
  Dovecot dovecot;
  dovecot.Stop();
  const TempDir dir;
  const Parts node(dir.path, "lmtp://" + dovecot.lmtp());
  node.Apply(organisation::kExample);
  const auto tried = [&] {
    const auto items = node.stores.queue->List({}).value();
    for (const auto& item : items) {
      if (std::get<store::StoredNotice>(item).attempts < 2) return false;
    }
    return true;
  };
  while (!tried()) std::this_thread::yield();
  dovecot.Start();
  const auto welcome = Inbox(dovecot, "ann@example.com", 1);
  REQUIRE(welcome.size() == 1);
  CHECK(node.IsRight("ann", PinIn(welcome[0])));
}

/// A mail server that takes connections and never says a word.
class MuteServer {
 public:
  MuteServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(listen(fd_, 5) == 0);
    REQUIRE(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~MuteServer() { close(fd_); }
  std::string address() const { return "lmtp://127.0.0.1:" + std::to_string(port_); }
  /// Waits for somebody to connect.
  void Await() const {
    const int peer = accept(fd_, nullptr, nullptr);
    REQUIRE(peer >= 0);
    connections_.push_back(peer);
  }

 private:
  int fd_;
  int port_ = 0;
  mutable std::vector<int> connections_;  // open until the process ends
};

TEST_CASE("a node that is killed between the change and the mail loses nothing") {
  const MuteServer mute;
  const TempDir dir;
  const pid_t victim = fork();
  REQUIRE(victim >= 0);
  if (victim == 0) {
    const Parts node(dir.path, mute.address());
    node.Apply(organisation::kExample);
    while (true) pause();
  }
  mute.Await();  // the change is made, a PIN too, its mail is not out
  REQUIRE(kill(victim, SIGKILL) == 0);
  REQUIRE(waitpid(victim, nullptr, 0) == victim);

  const Dovecot dovecot;
  const Parts node(dir.path, "lmtp://" + dovecot.lmtp());
  for (const std::string user : {"ann", "bela"}) {
    const auto mails = Inbox(dovecot, user + "@example.com", 1);
    REQUIRE(mails.size() == 1);
    CHECK(node.IsRight(user, PinIn(mails[0])));
  }
}

}  // namespace
}  // namespace um::admin

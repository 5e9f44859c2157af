// `umctl pin` as an administrator runs it: the real program, a real socket, the real store.
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "common/log/log.h"
#include "mailbox/admin/service.h"
#include "mailbox/store/stores.h"
#include "tests/support/catch.h"
#include "tests/support/dovecot.h"
#include "tests/support/memory_message_store.h"

namespace um::admin {
namespace {

using pins::PinCheck;

class FakeNode final : public Node {
 public:
  Status Now() override { return {.node = "node1"}; }
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    return std::make_shared<domain::RoutingCopy>(domain::Organisation{});
  }
};

std::string& Logged() {
  static std::string text;
  return text;
}

/// A node with the mailbox of "First steps".
struct Bench {
  std::string directory;
  tests::MemoryMessageStore messages;
  store::Stores stores;
  std::unique_ptr<Registry> registry;
  pins::Hasher hasher{{.cost = {.memory_kib = 64, .passes = 1}}};
  std::unique_ptr<pins::PinKeeper> keeper;
  FakeNode node;
  std::vector<std::string> mailed;  ///< "example/ann ADDRESS"
  absl::Status mail_status;
  std::unique_ptr<AdminServer> server;

  explicit Bench(bool mails = true) {
    std::string name = (std::filesystem::temp_directory_path() / "um-pins-XXXXXX").string();
    directory = mkdtemp(name.data());
    Logged().clear();
    log::SetSink([](std::string_view line) { Logged() += line; });
    stores = store::Open({.directory = directory}).value();
    registry = Registry::Open(*stores.organisations, [](auto) {}).value();
    keeper = std::make_unique<pins::PinKeeper>(
        [this](const std::string& id) { return registry->Find(id); }, *stores.organisations,
        hasher);
    Administered administered{messages, registry.get(), stores.organisations.get()};
    administered.pins = keeper.get();
    if (mails) {
      administered.mail_new_pin = [this](const std::string& organisation,
                                         const organisation::Entry& mailbox,
                                         const std::string& address) {
        mailed.push_back(organisation + "/" + mailbox.name + " " + address);
        return mail_status;
      };
    }
    server = StartAdminServer(directory + "/admin.sock", administered, node,
                              {"vm@example.com", "n.example.com"})
                 .value();
    Done("organisation create example");
    Done("dial-plan create Main --number-of-digits-in-extension 4");
    Done(
        "mailbox create ann --display-name 'Ann Archer' --email ann@example.com --extension 1001"
        " --policy 'Main Default Policy'");
  }
  ~Bench() {
    server.reset();
    registry.reset();
    stores = {};
    log::SetSink(nullptr);
    std::filesystem::remove_all(directory);
  }

  std::string Command(const std::string& arguments) const {
    return "VOXPOST_SOCKET=" + directory + "/admin.sock " UM_UMCTL " " + arguments;
  }
  tests::Ran Umctl(const std::string& arguments, const std::string& input = "") const {
    return tests::Run("printf '" + input + "' | " + Command(arguments));
  }
  std::string Done(const std::string& arguments, const std::string& input = "") const {
    const tests::Ran ran = Umctl(arguments, input);
    INFO("umctl " << arguments << "\n" << ran.output);
    REQUIRE(ran.status == 0);
    return ran.output;
  }
  PinCheck Check(const std::string& pin) { return keeper->Check("example", "ann", pin).value(); }
};

/// The digits after `before`.
std::string DigitsAfter(const std::string& text, const std::string& before) {
  const size_t at = text.find(before);
  REQUIRE(at != std::string::npos);
  const size_t start = at + before.size();
  return text.substr(start, text.find_first_not_of("0123456789", start) - start);
}

TEST_CASE("a PIN that is shown opens the mailbox, and is told once") {
  Bench bench;
  const std::string none = bench.Done("pin show 1001");
  CHECK_THAT(none, Catch::Contains("none was made yet") && Catch::Contains("signed in    never"));
  const std::string pin = DigitsAfter(bench.Done("pin reset 1001 --show"), "the PIN is ");
  CHECK(pin.size() == 6);
  CHECK(bench.Check(pin).must_change == domain::PinChange::kExpired);
  const std::string shown = bench.Done("pin show ann@example.com");
  CHECK_THAT(shown, Catch::Contains("must change  at the next sign-in") &&
                        Catch::Contains("locked       no") && !Catch::Contains(pin));
  const std::string next = DigitsAfter(bench.Done("pin reset ann --show --json"), "\"pin\": \"");
  CHECK(bench.Check(next).outcome == PinCheck::Outcome::kRight);
  CHECK(bench.Check(pin).outcome == PinCheck::Outcome::kWrong);
  CHECK_THAT(bench.Done("pin show ann --json"),
             Catch::Contains("\"exists\": true") && !Catch::Contains("\"pin\""));
  CHECK(bench.mailed.empty());
}

TEST_CASE("a given PIN comes from standard input, and all that is wrong with it is told") {
  Bench bench;
  CHECK_THAT(bench.Done("pin reset 1001 --pin - --must-change false", "830215\\n"),
             Catch::Contains("ann: the PIN is set.") && !Catch::Contains("830215"));
  CHECK(bench.Check("830215").must_change == domain::PinChange::kNotNeeded);
  bench.Done("pin reset 1001 --pin 724690");
  CHECK(bench.Check("724690").must_change == domain::PinChange::kExpired);
  const tests::Ran refused = bench.Umctl("pin reset 1001 --pin -", "001\\n");
  CHECK(refused.status == 1);
  CHECK_THAT(refused.output, Catch::Contains("at least 6 digits") &&
                                 Catch::Contains("end of an extension") &&
                                 Catch::Contains("part of a telephone number"));
  CHECK_THAT(bench.Umctl("pin reset 1001 --pin 830215").output, Catch::Contains("one of the last"));
  CHECK(bench.Umctl("pin reset 1001 --pin -", "").status == 1);
  CHECK(bench.Check("724690").outcome == PinCheck::Outcome::kRight);
  CHECK(bench.mailed.empty());
}

TEST_CASE("a PIN is asked for twice on a terminal, and not shown") {
  Bench bench;
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child < 0 && !std::filesystem::exists("/dev/pts/ptmx")) {
    WARN("not tried: this machine has no pseudo-terminals (/dev/pts is not mounted)");
    return;
  }
  REQUIRE(child >= 0);
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", bench.Command("pin reset 1001 --pin -").c_str(), nullptr);
    _exit(127);
  }
  std::string seen;
  const auto read_until = [&](const std::string& text) {
    char c;
    while (seen.find(text) == std::string::npos && read(terminal, &c, 1) == 1) seen += c;
  };
  read_until("PIN: ");
  CHECK(write(terminal, "830215\n", 7) == 7);
  read_until("PIN again: ");
  CHECK(write(terminal, "830215\n", 7) == 7);
  read_until("It is not mailed.");
  int status = -1;
  waitpid(child, &status, 0);
  close(terminal);
  INFO(seen);
  CHECK(status == 0);
  CHECK(seen.find("830215") == std::string::npos);
  CHECK(bench.Check("830215").outcome == PinCheck::Outcome::kRight);
}

TEST_CASE("a PIN that is to be mailed is void at once, and mailed to whom it should be") {
  Bench bench;
  bench.Done("pin reset 1001 --pin 830215");
  CHECK_THAT(bench.Done("pin reset 1001"), Catch::Contains("will be mailed to the user"));
  CHECK(bench.Check("830215").outcome == PinCheck::Outcome::kNone);
  CHECK_THAT(bench.Done("pin show 1001"), Catch::Contains("still to be mailed"));
  bench.Done("pin reset 1001 --notify ann@home.example.com");
  CHECK(bench.mailed ==
        std::vector<std::string>{"example/ann ", "example/ann ann@home.example.com"});
  CHECK_THAT(bench.Umctl("pin reset 1001 --notify nonsense").output,
             Catch::Contains("the address must be a mail address"));
  bench.mail_status = absl::UnavailableError("no queue");
  const tests::Ran failed = bench.Umctl("pin reset 1001");
  CHECK(failed.status == 1);
  CHECK_THAT(failed.output, Catch::Contains("cannot be mailed: try again"));
  CHECK(bench.mailed.size() == 3);
}

TEST_CASE("where PINs cannot be mailed, a reset says what to do instead, and voids nothing") {
  Bench bench(false);
  bench.Done("pin reset 1001 --pin 830215");
  const tests::Ran refused = bench.Umctl("pin reset 1001");
  CHECK(refused.status == 1);
  CHECK_THAT(refused.output, Catch::Contains("cannot mail a PIN"));
  CHECK(bench.Check("830215").outcome == PinCheck::Outcome::kRight);
  CHECK(bench.Umctl("pin reset 1001 --no-mail").status == 2);
  CHECK(bench.Umctl("pin reset 1001 --show --notify a@example.com").status == 2);
  CHECK(bench.Umctl("pin reset 1001 --show --pin 830215").status == 2);
  CHECK_THAT(bench.Umctl("pin reset 9999 --show").output,
             Catch::Contains("there is no UM mailbox"));
}

TEST_CASE("a mailbox is locked and unlocked, and the audit says who did it") {
  Bench bench;
  bench.Done("pin reset 1001 --pin 830215");
  CHECK_THAT(bench.Done("pin lock 1001 --dry-run"), Catch::Contains("nothing was changed"));
  CHECK(bench.Check("830215").outcome == PinCheck::Outcome::kRight);
  bench.Done("pin lock 1001");
  CHECK(bench.Check("830215").outcome == PinCheck::Outcome::kLocked);
  CHECK_THAT(bench.Done("pin show 1001"), Catch::Contains("locked       by an administrator"));
  bench.Done("pin unlock 1001");
  for (int i = 0; i < 15; ++i) bench.Check("1");
  CHECK_THAT(bench.Done("pin show 1001"), Catch::Contains("locked       after 15 wrong PINs"));
  const std::string shown = DigitsAfter(bench.Done("pin reset 1001 --show"), "the PIN is ");
  CHECK(bench.Check(shown).outcome == PinCheck::Outcome::kRight);
  bench.Done("pin reset 1001 --notify ann@home.example.com");
  CHECK_THAT(bench.Done("pin reset 1001 --dry-run"), Catch::Contains("nothing was changed"));

  const std::string audit = bench.Done("audit --kind mailbox --name ann");
  CHECK_THAT(audit, Catch::Contains("root (local)") && Catch::Contains("* lock-pin mailbox ann") &&
                        Catch::Contains("* unlock-pin mailbox ann") &&
                        Catch::Contains("* set-pin mailbox ann\n    must_change: true") &&
                        Catch::Contains("* reset-pin mailbox ann\n    told: who reset it") &&
                        Catch::Contains("mailed_to: ann@home.example.com"));
  CHECK_THAT(Logged(), Catch::Contains("pin.refused"));
  for (const std::string& text :
       {audit, bench.Done("audit --json"), bench.Done("export"), Logged()}) {
    for (const std::string& secret : {std::string("830215"), shown, std::string("argon2")}) {
      CHECK(text.find(secret) == std::string::npos);
    }
  }
}

TEST_CASE("help tells of the danger of PINs on command lines, and names are completed") {
  Bench bench;
  const std::string help = bench.Done("pin reset --help");
  CHECK_THAT(help, Catch::Contains("history") && Catch::Contains("umctl pin reset 1001 --show"));
  CHECK(bench.Done("complete 'umctl pin l'") == "lock\n");
  CHECK(bench.Done("complete 'umctl pin reset a'") == "ann\n");
  CHECK(bench.Done("complete 'umctl pin reset ann --pin - --must-change '") == "false\ntrue\n");
}

}  // namespace
}  // namespace um::admin

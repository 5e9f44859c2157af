// `umctl greeting` as an administrator runs it: the real program, a real socket, the real store.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "mailbox/admin/service.h"
#include "mailbox/audio/files.h"
#include "mailbox/store/stores.h"
#include "tests/support/catch.h"
#include "tests/support/dovecot.h"

namespace um::admin {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

class FakeNode final : public Node {
 public:
  Status Now() override { return {.node = "node1"}; }
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    return std::make_shared<domain::RoutingCopy>(domain::Organisation{});
  }
};

constexpr char kOrganisation[] = R"(
id: example
dial_plans: [{name: Main, number_of_digits_in_extension: 4}]
mailbox_policies: [{name: Staff, dial_plan: Main, max_greeting_duration_minutes: 1}]
mailboxes: [{id: Ann, display_name: Ann, email: ann@example.com, policy: Staff, extension: "1001"}]
)";

struct Bench {
  std::string directory;
  store::Stores stores;
  std::unique_ptr<Registry> registry;
  FakeNode node;
  std::unique_ptr<AdminServer> server;

  Bench() {
    std::string name = (fs::temp_directory_path() / "um-greetings-XXXXXX").string();
    directory = mkdtemp(name.data());
    stores = store::Open({.directory = directory + "/data"}).value();
    registry = Registry::Open(*stores.organisations, [](auto) {}).value();
    Administered administered{*stores.messages, registry.get(), stores.organisations.get()};
    administered.greetings = stores.greetings.get();
    server = StartAdminServer(directory + "/admin.sock", administered, node,
                              {"vm@example.com", "n.example.com"})
                 .value();
    std::ofstream(directory + "/organisation.yaml") << kOrganisation;
    Done("apply -f organisation.yaml");
    // A recording of real speech, once as it is and once of more than a minute.
    const std::string speech = Read("/usr/share/asterisk/sounds/en_US_f_Allison/vm-intro.wav");
    const std::vector<int16_t> samples = audio::Decode(speech, 8000).value();
    Write("greeting.mp3", audio::Encode(samples, domain::AudioFormat::kMp3).value());
    std::string codes;
    while (codes.size() < 61 * 8000) {
      for (const int16_t x : samples) {
        codes += static_cast<char>(domain::EncodeG711(domain::Law::kMu, x));
      }
    }
    Write("long.wav", audio::WavOfG711(domain::Law::kMu, codes));
    Write("silent.wav", audio::WavOfG711(domain::Law::kMu, std::string(8000, '\xff')));
    Write("text.wav", "this is no audio");
  }
  ~Bench() {
    server.reset();
    registry.reset();
    stores = {};
    fs::remove_all(directory);
  }

  static std::string Read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void Write(const std::string& name, const std::string& content) const {
    std::ofstream(directory + "/" + name, std::ios::binary) << content;
  }
  tests::Ran Umctl(const std::string& arguments) const {
    return tests::Run("cd " + directory + " && VOXPOST_SOCKET=admin.sock " UM_UMCTL " " +
                      arguments + " </dev/null");
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

TEST_CASE("a greeting is set, listed, fetched and removed") {
  Bench bench;
  CHECK_THAT(bench.Done("greeting list 1001"), Contains("heard    the system greeting\n") &&
                                                   Contains("away     off") &&
                                                   Contains("Nothing is recorded."));
  CHECK_THAT(bench.Done("greeting set 1001 personal greeting.mp3 --dry-run"),
             Contains("nothing was changed"));
  CHECK_THAT(bench.Done("greeting list 1001"), Contains("Nothing is recorded."));
  CHECK_THAT(bench.Done("greeting set 1001 personal greeting.mp3"),
             Contains("Ann: the recording \"personal\" is 0:0") &&
                 Contains("Callers hear the personal greeting."));
  CHECK_THAT(bench.Done("greeting set ann@example.com name greeting.mp3"), Contains("\"name\""));
  CHECK_THAT(bench.Done("greeting list ann"),
             Contains("RECORDING") && Contains("root (local)") && Contains("personal   0:0"));
  CHECK_THAT(bench.Done("greeting list ann --json"), Contains("\"heard\": \"personal\""));

  bench.Done("greeting fetch ann personal");
  const std::vector<int16_t> fetched =
      audio::Decode(bench.Read(bench.directory + "/personal.wav"), 8000).value();
  CHECK(fetched.size() > 3 * 8000);
  CHECK_THAT(bench.Refused("greeting fetch ann personal"), Contains("--force"));
  CHECK_THAT(bench.Refused("greeting fetch ann away"), Contains("has no recording \"away\""));

  CHECK_THAT(bench.Done("greeting remove ann personal --dry-run"), Contains("nothing was changed"));
  CHECK_THAT(bench.Done("greeting remove ann personal"),
             Contains("Callers hear the system greeting with the recorded name."));
  CHECK_THAT(bench.Refused("greeting remove ann personal"), Contains("has no recording"));
  CHECK_THAT(bench.Refused("greeting list nobody"), Contains("there is no UM mailbox"));
}

TEST_CASE("away is switched on and off, for a time or until it is off") {
  Bench bench;
  CHECK_THAT(bench.Done("greeting away 1001 on"),
             Contains("away is on, until it is switched off. Callers hear the system greeting."));
  bench.Done("greeting set 1001 away greeting.mp3");
  CHECK_THAT(bench.Done("greeting list 1001"), Contains("heard    the away greeting"));
  CHECK_THAT(bench.Done("greeting away 1001 on --until 14d"), Contains("away is on, until 2"));
  CHECK_THAT(bench.Done("greeting away 1001 off --dry-run"), Contains("nothing was changed"));
  CHECK_THAT(bench.Done("greeting list 1001"), Contains("heard    the away greeting"));
  CHECK_THAT(bench.Done("greeting away 1001 off"), Contains("Callers hear the system greeting."));
  CHECK_THAT(bench.Refused("greeting away 1001 on --until 2020-01-01T00:00:00Z"),
             Contains("must be a time to come"));
  CHECK_THAT(bench.Refused("greeting away 1001 on --until soon", 2), Contains("--until wants"));
  CHECK_THAT(bench.Refused("greeting away 1001 off --until 14d", 2), Contains("--until says"));
  bench.Refused("greeting away 1001 perhaps", 2);
}

TEST_CASE("what cannot be a greeting is refused with the reason, and nothing is changed") {
  Bench bench;
  bench.Done("greeting set 1001 personal greeting.mp3");
  const std::string before = bench.Done("greeting list 1001 --json");
  CHECK_THAT(bench.Refused("greeting set 1001 personal long.wav"),
             Contains("long, and at most 1:00 may be"));
  CHECK_THAT(bench.Refused("greeting set 1001 name long.wav"), Contains("at most 0:10 may be"));
  CHECK_THAT(bench.Refused("greeting set 1001 personal silent.wav"),
             Contains("nothing is to be heard"));
  CHECK_THAT(bench.Refused("greeting set 1001 personal text.wav"),
             Contains("no recording that can be read"));
  CHECK_THAT(bench.Refused("greeting set 1001 personal missing.wav"), Contains("missing.wav"));
  bench.Refused("greeting set 1001 nonsense greeting.mp3", 2);
  CHECK(bench.Done("greeting list 1001 --json") == before);
}

TEST_CASE("the audit tells who changed a greeting, not what it says") {
  Bench bench;
  bench.Done("greeting set 1001 personal greeting.mp3");
  bench.Done("greeting away 1001 on --until 2126-01-01T00:00:00Z");
  bench.Done("greeting remove 1001 personal");
  const std::string audit = bench.Done("audit --kind mailbox --name ann");
  CHECK_THAT(audit,
             Contains("root (local)") &&
                 Contains("* set-greeting mailbox ann\n    greeting: personal\n    seconds: ") &&
                 Contains("* set-away mailbox ann\n    away: on\n    until: 2126-01-01") &&
                 Contains("* remove-greeting mailbox ann"));
  CHECK(audit.size() < 4000);
}

TEST_CASE("erasing a mailbox takes its greetings, unless only older messages are asked for") {
  Bench bench;
  bench.Done("greeting set 1001 personal greeting.mp3");
  bench.Done("greeting away 1001 on");
  CHECK_THAT(bench.Done("mailbox erase 1001 --before 30min --yes"), Contains("no such messages"));
  CHECK_THAT(bench.Done("mailbox erase 1001 --dry-run"),
             Contains("would erase 0 messages, 1 greeting, the away switch of"));
  CHECK_THAT(bench.Done("greeting list 1001"), Contains("heard    the personal greeting"));
  CHECK_THAT(bench.Done("mailbox erase 1001 --yes --reason 'ticket 4711'"),
             Contains("Erased 0 messages, 1 greeting, the away switch."));
  CHECK_THAT(bench.Done("greeting list 1001"),
             Contains("Nothing is recorded.") && Contains("away     off"));
  CHECK_THAT(bench.Done("audit --kind mailbox --name ann --limit 1"),
             Contains("* erase mailbox ann") && Contains("reason: ticket 4711") &&
                 Contains("greetings: personal") && Contains("the away switch"));
  // The switch alone is something, too.
  bench.Done("greeting away 1001 on");
  bench.Done("mailbox erase 1001 --yes");
  CHECK_THAT(bench.Done("greeting list 1001"), Contains("away     off"));
}

TEST_CASE("greetings' values are completed") {
  Bench bench;
  CHECK(bench.Done("complete 'umctl greeting a'") == "away\n");
  CHECK(bench.Done("complete 'umctl greeting set A'") == "Ann\n");
  CHECK(bench.Done("complete 'umctl greeting set Ann '") == "away\nname\npersonal\n");
}

}  // namespace
}  // namespace um::admin

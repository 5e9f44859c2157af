// umctl as an administrator runs it: the real program, a real socket, the real store.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/base/ulid.h"
#include "mailbox/admin/service.h"
#include "mailbox/audio/files.h"
#include "tests/support/catch.h"
#include "tests/support/dovecot.h"

namespace um::admin {
namespace {

using tests::Ran;

class FakeNode final : public Node {
 public:
  Status Now() override {
    return {.node = "node1", .calls = 3, .max_calls = 100, .uptime_s = 7200, .mailboxes = 1};
  }
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    domain::Organisation o;
    o.id = "example";
    o.dial_plans = {{.name = "Main"}};
    o.mailboxes = {{"ann", "Main", "1001", "Ann Archer", "ann@example.com"}};
    return std::make_shared<domain::RoutingCopy>(o);
  }
};

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A node in a directory of its own, with one voice message and one missed call.
struct Bench {
  std::string directory;
  std::unique_ptr<store::MessageStore> store;
  FakeNode node;
  std::unique_ptr<AdminServer> server;
  std::string voice;
  std::string missed;

  Bench() {
    std::string name = (std::filesystem::temp_directory_path() / "um-umctl-XXXXXX").string();
    directory = mkdtemp(name.data());
    store = store::OpenSqlite(directory).value();
    store::StoredMessage m;
    m.call.organisation = "example";
    m.call.mailbox_name = "Ann Archer";
    m.call.extension = "1001";
    m.call.email = "ann@example.com";
    m.call.message_id = voice = "01KEZF7C00Z0G76XXPQJPKWS3W";
    m.call.caller = {"+15551234567",
                     "Eve\x1b[2J\x07\xC2\x9B"
                     "31m"};
    m.call.started = domain::WallTime(std::chrono::seconds(1767366245));
    m.duration = std::chrono::milliseconds(1000);
    REQUIRE(store->Insert(m, std::string(8000, '\x80')).ok());
    m.call.message_id = missed = "01KEZF7C01Z0G76XXPQJPKWS3W";
    m.call.caller = {};
    m.kind = domain::MessageKind::kMissedCall;
    m.duration = {};
    REQUIRE(store->Insert(m, "").ok());
    server =
        StartAdminServer(socket(), {*store}, node, {"vm@example.com", "n.example.com"}).value();
  }
  ~Bench() {
    server.reset();
    store.reset();
    std::filesystem::remove_all(directory);
  }
  std::string socket() const { return directory + "/run/admin.sock"; }
  std::string File(const std::string& name) const { return directory + "/" + name; }
  Ran Umctl(const std::string& arguments) const {
    return tests::Run("VOXPOST_SOCKET=" + socket() + " " UM_UMCTL " " + arguments);
  }
};

bool Has(const Ran& ran, const std::string& text) {
  return ran.output.find(text) != std::string::npos;
}

TEST_CASE("umctl lists a mailbox' messages, newest first, and nothing a caller said does harm") {
  const Bench bench;
  const Ran ran = bench.Umctl("message list 1001");
  INFO(ran.output);
  REQUIRE(ran.status == 0);
  CHECK(Has(ran, "2026-01-02 15:04:05"));
  CHECK(Has(ran, "0:01"));
  CHECK(Has(ran, "withheld"));
  CHECK(ran.output.find(bench.missed) < ran.output.find(bench.voice));
  CHECK_FALSE(Has(ran, "\x1b"));
  CHECK_FALSE(Has(ran, "\x07"));
  CHECK_FALSE(Has(ran, "\xC2\x9B"));
}

TEST_CASE("umctl tells programs the same in JSON") {
  const Bench bench;
  const Ran ran = bench.Umctl("message list 1001 --json --limit 1");
  REQUIRE(ran.status == 0);
  CHECK(Has(ran, "\"id\": \"" + bench.missed + "\""));
  CHECK_FALSE(Has(ran, bench.voice));
  CHECK(Has(bench.Umctl("message list 1001 --json"), "\"duration_ms\": 1000"));
  CHECK_FALSE(Has(bench.Umctl("message list 1001 --json"), "\x1b"));
  CHECK(Has(bench.Umctl("status --json"), "\"queued\": \"2\""));
}

TEST_CASE("umctl fetches a recording as it is, as MP3, and the mail") {
  const Bench bench;
  REQUIRE(bench.Umctl("message fetch " + bench.voice + " -o " + bench.File("a.wav")).status == 0);
  CHECK(ReadFile(bench.File("a.wav")) ==
        audio::WavOfG711(domain::Law::kMu, std::string(8000, '\x80')));
  REQUIRE(bench.Umctl("message fetch " + bench.voice + " -o " + bench.File("a.mp3")).status == 0);
  CHECK(audio::Decode(ReadFile(bench.File("a.mp3")), 8000)->size() >= 8000);
  REQUIRE(bench.Umctl("message fetch " + bench.missed + " -o " + bench.File("a.eml")).status == 0);
  CHECK(ReadFile(bench.File("a.eml")).find("Content-Class: missedcall") != std::string::npos);
  const Ran piped = bench.Umctl("message fetch " + bench.voice + " --format eml -o -");
  CHECK(piped.status == 0);
  CHECK(Has(piped, "Content-Class: voice-ca"));
}

TEST_CASE("umctl replaces no file unasked, and leaves none behind a failure") {
  const Bench bench;
  std::ofstream(bench.File("precious.wav")) << "precious";
  const std::string fetch = "message fetch " + bench.voice + " -o " + bench.File("precious.wav");
  const Ran ran = bench.Umctl(fetch);
  CHECK(ran.status == 1);
  CHECK(Has(ran, "--force"));
  CHECK(ReadFile(bench.File("precious.wav")) == "precious");
  CHECK(bench.Umctl(fetch + " --force").status == 0);
  CHECK(ReadFile(bench.File("precious.wav")).starts_with("RIFF"));
  CHECK(bench.Umctl("message fetch " + bench.missed + " -o " + bench.File("no.wav")).status == 1);
  CHECK(access(bench.File("no.wav").c_str(), F_OK) != 0);
  // Asked to replace and failing: what was there stays.
  CHECK(bench.Umctl("message fetch " + bench.missed + " --force -o " + bench.File("precious.wav"))
            .status == 1);
  CHECK(ReadFile(bench.File("precious.wav")).starts_with("RIFF"));
}

TEST_CASE("umctl says what is wrong, and by its status whose fault it is") {
  const Bench bench;
  CHECK(Has(bench.Umctl("message list 9999"), "no mailbox has the extension, id or mail address"));
  CHECK(bench.Umctl("message list 9999").status == 1);
  CHECK(bench.Umctl("message fetch nonsense -o x.wav").status == 1);
  CHECK(bench.Umctl("message fetch " + bench.voice + " -o x.ogg").status == 2);
  CHECK(bench.Umctl("").status == 2);
  CHECK(bench.Umctl("message list").status == 2);
  CHECK(bench.Umctl("message list 1001 --limit 0").status == 2);
  CHECK(bench.Umctl("frobnicate").status == 2);
  CHECK(bench.Umctl("--help").status == 0);
  CHECK(bench.Umctl("--version").status == 0);
  const Ran nobody = bench.Umctl("--socket " + bench.File("nobody.sock") + " status");
  CHECK(nobody.status == 1);
  CHECK(Has(nobody, "um-mailbox does not answer at " + bench.File("nobody.sock")));
}

TEST_CASE("umctl tells how the node is") {
  const Bench bench;
  const Ran ran = bench.Umctl("status");
  INFO(ran.output);
  REQUIRE(ran.status == 0);
  CHECK(Has(ran, "node1"));
  CHECK(Has(ran, "3 of at most 100"));
  CHECK(Has(ran, "up 2 h"));
}

TEST_CASE("the socket of a node that was killed is taken over") {
  Bench bench;
  // What a killed process leaves: a socket nobody listens on.
  const std::string old = bench.File("old.sock");
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX};
  old.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  close(fd);
  REQUIRE(access(old.c_str(), F_OK) == 0);
  const auto second = StartAdminServer(old, {*bench.store}, bench.node, {"vm@example.com", "n"});
  CHECK(second.ok());
  CHECK(bench.Umctl("--socket " + old + " status").status == 0);
}

}  // namespace
}  // namespace um::admin

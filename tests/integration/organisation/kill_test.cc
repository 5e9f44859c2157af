// A large change during which the node or PostgreSQL is killed: all of it or nothing, and both come
// back by themselves.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

#include "tests/integration/store/places.h"
#include "tests/support/dovecot.h"

namespace um::tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// um-mailbox itself, ended by kill -9.
class MailboxProcess {
 public:
  explicit MailboxProcess(const std::string& url) {
    std::ofstream(File("um-mailbox.yaml"))
        << "name: node\ndata_directory: " << File("data")
        << "\nlisteners: [{transport: tcp, address: '127.0.0.1:0'}]\nhandover: '127.0.0.1:0'\n"
        << "admin_socket: " << File("admin.sock")
        << "\nmail: {server: 'lmtp://127.0.0.1:1', from: v@example.com, host_name: um.example}\n";
    if (!url.empty())
      std::ofstream(File("um-mailbox.yaml"), std::ios::app) << "store: '" << url << "'\n";
    Start();
  }
  ~MailboxProcess() { Kill(); }

  /// Ready when this returns.
  void Start() {
    int log[2];
    REQUIRE(pipe2(log, O_CLOEXEC) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(log[1], 2);
      execl(UM_MAILBOX, UM_MAILBOX, "--config", File("um-mailbox.yaml").c_str(), nullptr);
      _exit(127);
    }
    close(log[1]);
    reader_ = std::thread([this, fd = log[0]] { Read(fd); });
    std::unique_lock lock(mutex_);
    REQUIRE(said_.wait_for(lock, 60s, [&] { return started_ || ended_; }));
    INFO(text_);
    REQUIRE(started_);
  }
  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
    reader_.join();
    started_ = ended_ = false;
  }
  std::string File(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string UmctlCommand(const std::string& arguments) const {
    return "cd " + folder_.path() + " && VOXPOST_SOCKET=" + File("admin.sock") + " " UM_UMCTL " " +
           arguments + " </dev/null";
  }
  Ran Umctl(const std::string& arguments) const { return Run(UmctlCommand(arguments)); }
  std::string Done(const std::string& arguments) const {
    const Ran ran = Umctl(arguments);
    INFO("umctl " << arguments << "\n" << ran.output.substr(0, 3000));
    REQUIRE(ran.status == 0);
    return ran.output;
  }

 private:
  void Read(int fd) {
    char bytes[4096];
    while (true) {
      const ssize_t n = read(fd, bytes, sizeof bytes);
      const std::lock_guard lock(mutex_);
      if (n <= 0) ended_ = true;
      if (n > 0) text_.append(bytes, static_cast<size_t>(n));
      started_ = started_ || text_.find("mailbox.started") != std::string::npos;
      said_.notify_all();
      if (n <= 0) break;
    }
    text_.clear();
    close(fd);
  }

  TempDir folder_;
  pid_t pid_ = -1;
  std::thread reader_;
  std::mutex mutex_;
  std::condition_variable said_;
  std::string text_;
  bool started_ = false;
  bool ended_ = false;
};

constexpr int kMailboxes = 1000;

/// An organisation all of whose mailboxes carry the round's number.
void WriteDocument(const std::string& file, int round) {
  std::ofstream out(file);
  out << "id: example\ndial_plans: [{name: Main, number_of_digits_in_extension: 5}]\n"
      << "mailbox_policies: [{name: Staff, dial_plan: Main}]\nmailboxes:\n";
  for (int i = 0; i < kMailboxes; ++i) {
    out << fmt::format(
        "  - {{id: user{0}, display_name: Round {1}, email: u{0}@example.com, policy: "
        "Staff, extension: '{2}'}}\n",
        i, round, 10000 + i);
  }
}

/// The round all mailboxes are of; -1: there are none. Fails if they are of several.
int RoundOf(const MailboxProcess& node) {
  const Ran ran = node.Umctl("export");
  if (ran.status != 0) {
    CHECK_THAT(ran.output, Catch::Contains("there is no organisation yet"));
    return -1;
  }
  const std::string mark = "display_name: Round ";
  const size_t first = ran.output.find(mark);
  if (first == std::string::npos) return -1;
  const std::string line = ran.output.substr(first, ran.output.find('\n', first) + 1 - first);
  int count = 0;
  for (size_t at = 0; (at = ran.output.find(line, at)) != std::string::npos; at += line.size())
    ++count;
  CHECK(count == kMailboxes);
  return std::stoi(line.substr(mark.size()));
}

/// How long an apply takes when nothing happens.
std::chrono::milliseconds TimeOf(const MailboxProcess& node, int round) {
  WriteDocument(node.File("org.yaml"), round);
  const auto begin = Clock::now();
  node.Done("apply -f org.yaml");
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

/// Applies the next document, and `kills` in the midst of it. True: umctl said it was done.
bool ApplyAndKill(MailboxProcess& node, int round, std::chrono::milliseconds usual,
                  const std::function<void()>& kills) {
  static std::mt19937 random(std::random_device{}());
  WriteDocument(node.File("org.yaml"), round);
  Ran ran;
  std::thread applying([&] { ran = node.Umctl("apply -f org.yaml"); });
  // Mostly within the second request, which is the one that writes. The instant is the input.
  std::this_thread::sleep_for(usual / 3 + usual * (random() % 100) / 120);
  kills();
  applying.join();
  CHECK((ran.status == 0 || ran.status == 1));
  return ran.status == 0;
}

void CheckKilledNodes(const std::string& url) {
  MailboxProcess node(url);
  int now = 0;
  const auto usual = TimeOf(node, now);
  int whole = 0;
  for (int round = 1; round <= 4; ++round) {
    const bool told = ApplyAndKill(node, round, usual, [&] { node.Kill(); });
    node.Start();
    const int found = RoundOf(node);
    CAPTURE(round, told, found);
    CHECK((found == now || found == round));
    if (told) CHECK(found == round);
    whole += found == round;
    now = found;
  }
  WARN(whole << " of 4 applies were whole when the node was killed");
  // The node that came back takes changes, whatever the dead one held.
  TimeOf(node, 5);
  CHECK(RoundOf(node) == 5);
}

TEST_CASE("of an apply in whose midst the node is killed there is all or nothing: SQLite") {
  CheckKilledNodes("");
}

TEST_CASE("of an apply in whose midst the node is killed there is all or nothing: PostgreSQL") {
  CheckKilledNodes(Postgres::Shared().NewDatabase());
}

TEST_CASE(
    "of an apply in whose midst PostgreSQL is killed there is all or nothing, and the node goes "
    "on") {
  Postgres server({"fsync=on"});
  MailboxProcess node(server.NewDatabase());
  int now = 0;
  const auto usual = TimeOf(node, now);
  int whole = 0;
  for (int round = 1; round <= 4; ++round) {
    const bool told = ApplyAndKill(node, round, usual, [&] { server.Kill(); });
    // While it is away, what is known is still told, and a change says what is wrong.
    CHECK(RoundOf(node) >= 0);
    const Ran refused = node.Umctl("mailbox set user1 --display-name Nobody");
    CHECK(refused.status == 1);
    CHECK_THAT(refused.output, Catch::Contains("um-mailbox cannot do that now: "));
    server.Start();
    // The node finds back by itself: a change that does nothing to the mailboxes gets through.
    const auto limit = Clock::now() + 30s;
    Ran ran;
    do {
      ran = node.Umctl(fmt::format("mailbox-policy set Staff --min-pin-length {}", 7 + round));
      INFO(ran.output);
      REQUIRE(Clock::now() < limit);
    } while (ran.status != 0);
    const int found = RoundOf(node);
    CAPTURE(round, told, found);
    CHECK((found == now || found == round));
    if (told) CHECK(found == round);
    whole += found == round;
    now = found;
  }
  WARN(whole << " of 4 applies were whole when PostgreSQL was killed");
}

}  // namespace
}  // namespace um::tests

// The runner's other lane: notices, each mail with a PIN of its own, slow, after messages.
#include <map>
#include <regex>
#include <set>

#include "mailbox/delivery/runner.h"
#include "tests/support/catch.h"
#include "tests/support/memory_message_store.h"
#include "tests/support/memory_notice_store.h"
#include "tests/unit/mailbox/delivery/fake_transport.h"

namespace um::delivery {
namespace {

using namespace std::chrono_literals;
using domain::MessageState;
using tests::FakeTransport;
using tests::LogKeeper;
using tests::MemoryMessageStore;
using tests::MemoryNoticeStore;
using tests::Script;

/// Whose PINs are "10000001", "10000002", ... The last one made is right.
class Bench {
 public:
  MemoryMessageStore messages;
  MemoryNoticeStore notices;
  Script script;
  absl::Status facts;  // what the notices' facts answer, if not OK
  std::mutex mutex;
  std::map<std::string, std::string> pins;  // by mailbox; guarded
  int made = 0;                             // guarded

  std::unique_ptr<Runner> Start(double per_second = 0, int at_once = 1, int threads = 2) {
    const Notices work{
        .store = &notices,
        .facts = [this](const store::StoredNotice& notice) -> absl::StatusOr<NoticeFacts> {
          if (!facts.ok()) return facts;
          return NoticeFacts{.name = notice.mailbox, .address = notice.mailbox + "@example.com"};
        },
        .renew = [this](const std::string& organisation,
                        const std::string& mailbox) -> absl::StatusOr<std::string> {
          const std::lock_guard lock(mutex);
          if (organisation != "acme") return absl::NotFoundError("no such organisation");
          return pins[mailbox] = std::to_string(10'000'000 + ++made);
        }};
    return StartRunner(messages,
                       {.from = "vm@example.com",
                        .host_name = "node1",
                        .threads = threads,
                        .notices_per_second = per_second,
                        .notices_at_once = at_once,
                        .min_retry = 5ms,
                        .max_retry = 20ms,
                        .stop_patience = 50ms},
                       std::make_unique<FakeTransport>(script), work);
  }
  void Queue(const std::string& mailbox, const std::string& address = "") {
    REQUIRE(notices.Queue({store::NoticeKind::kWelcome, "acme", mailbox, address}, {}).ok());
  }
  void PutMessage(const std::string& id) {
    store::StoredMessage message;
    message.call.message_id = id;
    message.call.email = id + "@example.com";
    message.kind = domain::MessageKind::kMissedCall;
    REQUIRE(messages.Insert(message, "").ok());
  }
  std::vector<std::string> mails() {
    const std::lock_guard lock(script.mutex);
    return script.mails;
  }
  std::vector<std::string> recipients() {
    const std::lock_guard lock(script.mutex);
    return script.recipients;
  }
};

std::string PinIn(const std::string& mail) {
  std::smatch found;
  return std::regex_search(mail, found, std::regex("PIN: +([0-9]+)")) ? found[1].str() : "";
}

bool InLog(const std::string& text) { return tests::CountInLog(text) > 0; }

TEST_CASE("a notice goes to the mailbox' address, or to the one that was asked for") {
  const LogKeeper keeper;
  Bench bench;
  bench.Queue("ann");
  bench.Queue("bob", "helpdesk@example.com");
  const auto runner = bench.Start();
  CHECK(bench.notices.WaitForState("n-ann", MessageState::kDelivered));
  CHECK(bench.notices.WaitForState("n-bob", MessageState::kDelivered));
  CHECK(bench.recipients() == std::vector<std::string>{"ann@example.com", "helpdesk@example.com"});
  CHECK(PinIn(bench.mails()[0]) == bench.pins["ann"]);
}

TEST_CASE(
    "each try has a PIN and a Message-ID of its own, and the last PIN mailed is the right one") {
  const LogKeeper keeper;
  Bench bench;
  // The second was taken, but we did not hear of it.
  bench.script.answers = {{Outcome::kTemporary, "421 10000001 try later"},
                          {Outcome::kTemporary, "DATA: no answer"}};
  bench.Queue("ann");
  {
    const auto runner = bench.Start();
    CHECK(bench.notices.WaitForState("n-ann", MessageState::kDelivered));
  }
  const auto mails = bench.mails();
  REQUIRE(mails.size() == 3);
  std::set<std::string> pins, ids;
  for (const std::string& mail : mails) {
    pins.insert(PinIn(mail));
    std::smatch id;
    REQUIRE(std::regex_search(mail, id, std::regex("Message-Id: <([^>]+)>")));
    ids.insert(id[1]);
  }
  CHECK(pins.size() == 3);
  CHECK(ids.size() == 3);
  CHECK(PinIn(mails.back()) == bench.pins["ann"]);
  // No PIN is in the log or with the notice, even if a server quotes it.
  CHECK(InLog("421 *** try later"));
  CHECK_FALSE(InLog("1000000"));
  CHECK(bench.notices.Get("n-ann").last_error.find("1000000") == std::string::npos);
}

TEST_CASE("a PIN that cannot be made is no lost notice") {
  const LogKeeper keeper;
  Bench bench;
  REQUIRE(bench.notices.Queue({store::NoticeKind::kPinReset, "other", "eve", ""}, {}).ok());
  const auto runner = bench.Start();
  CHECK(bench.notices.WaitFor("n-eve", [](const auto& n) { return n.attempts >= 2; }));
  CHECK(bench.notices.Get("n-eve").state == MessageState::kStored);
  CHECK(bench.mails().empty());
}

TEST_CASE("no PIN is made for a mailbox that is disabled, or whose address is of no use") {
  const LogKeeper keeper;
  Bench bench;
  bench.facts = absl::FailedPreconditionError("the mailbox is disabled");
  bench.Queue("ann");
  {
    const auto runner = bench.Start();
    CHECK(bench.notices.WaitFor("n-ann", [](const auto& n) { return n.attempts == 1; }));
  }
  CHECK(bench.notices.Get("n-ann").last_error == "the mailbox is disabled");
  CHECK(bench.notices.Get("n-ann").next_attempt > std::chrono::system_clock::now() + 50min);
  bench.facts = absl::OkStatus();
  bench.Queue("ann", "a@x>\r\nRCPT TO:<eve@example.com");
  {
    const auto runner = bench.Start();
    CHECK(bench.notices.WaitForState("n-ann", MessageState::kUndeliverable));
  }
  CHECK(bench.made == 0);
  CHECK(bench.mails().empty());
}

TEST_CASE("messages pass notices, however many of these wait") {
  const LogKeeper keeper;
  Bench bench;
  for (int i = 0; i < 100; ++i) bench.Queue("m" + std::to_string(i));
  bench.PutMessage("voice");
  const auto runner = bench.Start(1.0 / 3600, 1, 1);
  CHECK(bench.messages.WaitForState("voice", MessageState::kDelivered));
  CHECK(bench.notices.WaitForState("n-m0", MessageState::kDelivered));
  bench.PutMessage("later");
  runner->Nudge();
  CHECK(bench.messages.WaitForState("later", MessageState::kDelivered));
  // One notice an hour: that was it.
  CHECK(bench.recipients() ==
        std::vector<std::string>{"voice@example.com", "m0@example.com", "later@example.com"});
}

TEST_CASE("notices that hang leave a thread to messages") {
  const LogKeeper keeper;
  Bench bench;
  bench.script.blocked = true;
  for (int i = 0; i < 10; ++i) bench.Queue("m" + std::to_string(i));
  const auto runner = bench.Start(0, 5, 2);
  std::unique_lock lock(bench.script.mutex);
  REQUIRE(bench.script.changed.wait_for(lock, 10s, [&] { return bench.script.under_way == 1; }));
  lock.unlock();
  bench.PutMessage("voice");
  runner->Nudge();
  lock.lock();
  CHECK(bench.script.changed.wait_for(lock, 10s, [&] { return bench.script.under_way == 2; }));
  CHECK(bench.script.recipients.back() == "voice@example.com");
}

TEST_CASE("a notice that waits for its place goes when it is free") {
  const LogKeeper keeper;
  Bench bench;
  for (int i = 0; i < 20; ++i) bench.Queue("m" + std::to_string(i));
  const auto runner = bench.Start(0, 2, 4);
  for (int i = 0; i < 20; ++i) {
    CHECK(bench.notices.WaitForState("n-m" + std::to_string(i), MessageState::kDelivered));
  }
  const std::lock_guard lock(bench.script.mutex);
  CHECK(bench.script.most_under_way <= 2);
}

}  // namespace
}  // namespace um::delivery

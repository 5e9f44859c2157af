#include "mailbox/delivery/runner.h"

#include <thread>

#include "mailbox/delivery/transport.h"
#include "tests/support/catch.h"
#include "tests/support/memory_message_store.h"
#include "tests/unit/mailbox/delivery/fake_transport.h"

namespace um::delivery {
namespace {

using namespace std::chrono_literals;
using domain::MessageState;
using tests::CountInLog;
using tests::FakeTransport;
using tests::LogKeeper;
using tests::MemoryMessageStore;
using tests::Script;

store::StoredMessage Message(const std::string& id) {
  store::StoredMessage m;
  m.call.message_id = id;
  m.call.extension = "4711";
  m.call.email = id + "@example.com";
  m.call.caller.number = "100";
  m.kind = domain::MessageKind::kMissedCall;
  return m;
}

std::unique_ptr<Runner> Start(MemoryMessageStore& store, Script& script) {
  return StartRunner(store,
                     {.from = "vm@example.com",
                      .host_name = "node1",
                      .min_retry = 5ms,
                      .max_retry = 20ms,
                      .stop_patience = 50ms},
                     std::make_unique<FakeTransport>(script));
}

TEST_CASE("what is in the queue is delivered, and what comes later after a nudge") {
  const LogKeeper keeper;
  MemoryMessageStore store;
  Script script;
  REQUIRE(store.Insert(Message("a"), "").ok());
  const auto runner = Start(store, script);
  CHECK(store.WaitForState("a", MessageState::kDelivered));
  REQUIRE(store.Insert(Message("b"), "").ok());
  runner->Nudge();
  CHECK(store.WaitForState("b", MessageState::kDelivered));
  CHECK(script.recipients == std::vector<std::string>{"a@example.com", "b@example.com"});
}

TEST_CASE("every message is sent once however many threads look") {
  const LogKeeper keeper;
  MemoryMessageStore store;
  Script script;
  for (int i = 0; i < 50; ++i) REQUIRE(store.Insert(Message("m" + std::to_string(i)), "").ok());
  const auto runner = Start(store, script);
  for (int i = 0; i < 50; ++i)
    CHECK(store.WaitForState("m" + std::to_string(i), MessageState::kDelivered));
  const std::lock_guard lock(script.mutex);
  CHECK(script.mails.size() == 50);
}

TEST_CASE(
    "a temporary failure is tried again with the same bytes until it is taken, each try in the "
    "log") {
  const LogKeeper keeper;
  MemoryMessageStore store;
  Script script;
  script.answers.assign(3, {Outcome::kTemporary, "connection refused"});
  REQUIRE(store.Insert(Message("a"), "").ok());
  {
    const auto runner = Start(store, script);
    CHECK(store.WaitForState("a", MessageState::kDelivered));
  }
  CHECK(store.Get("a")->attempts == 3);
  REQUIRE(script.mails.size() == 4);
  for (const std::string& mail : script.mails) CHECK(mail == script.mails[0]);
  CHECK(CountInLog("mail.delayed") == 3);
  CHECK(CountInLog("mail.delivered") == 1);
  CHECK(CountInLog("\"attempt\":4") == 1);
}

TEST_CASE("a permanent refusal stays visible and raises an alert") {
  const LogKeeper keeper;
  MemoryMessageStore store;
  Script script;
  script.answers = {{Outcome::kPermanent, "RCPT: 550 no such user"}};
  REQUIRE(store.Insert(Message("a"), "").ok());
  {
    const auto runner = Start(store, script);
    CHECK(store.WaitForState("a", MessageState::kUndeliverable));
  }
  CHECK(store.Get("a")->last_error == "RCPT: 550 no such user");
  CHECK(CountInLog("\"error\"") >= 1);
  CHECK(CountInLog("mail.refused") == 1);
}

TEST_CASE("an address that cannot be used is refused before the mail system sees it") {
  const LogKeeper keeper;
  MemoryMessageStore store;
  Script script;
  store::StoredMessage m = Message("a");
  m.call.email = "a@x>\r\nRCPT TO:<eve@example.com";
  REQUIRE(store.Insert(m, "").ok());
  const auto runner = Start(store, script);
  CHECK(store.WaitForState("a", MessageState::kUndeliverable));
  CHECK(script.mails.empty());
}

TEST_CASE("a voice message goes with its recording") {
  const LogKeeper keeper;
  MemoryMessageStore store;
  Script script;
  store::StoredMessage m = Message("a");
  m.kind = domain::MessageKind::kVoice;
  m.duration = 1s;
  REQUIRE(store.Insert(m, std::string(8000, '\xFF')).ok());
  const auto runner = Start(store, script);
  CHECK(store.WaitForState("a", MessageState::kDelivered));
  CHECK(script.mails[0].find("audio/mp3") != std::string::npos);
}

TEST_CASE(
    "a node that stops does not wait for a mail system that hangs, and leaves the message due at "
    "once") {
  const LogKeeper keeper;
  MemoryMessageStore store;
  Script script;
  script.blocked = true;
  REQUIRE(store.Insert(Message("a"), "").ok());
  {
    const auto runner = Start(store, script);
    std::unique_lock lock(script.mutex);
    REQUIRE(script.changed.wait_for(lock, 10s, [&] { return script.under_way == 1; }));
  }
  const store::StoredMessage left = store.Get("a").value();
  CHECK(left.state == MessageState::kStored);
  CHECK(left.next_attempt <= std::chrono::system_clock::now());
  const auto due = store.NextDue().value();
  REQUIRE(due.has_value());
  CHECK(*due <= std::chrono::system_clock::now());
}

TEST_CASE("what is being sent when the node stops is finished and recorded") {
  const LogKeeper keeper;
  MemoryMessageStore store;
  Script script;
  REQUIRE(store.Insert(Message("a"), "").ok());
  {
    const auto runner = Start(store, script);
    std::unique_lock lock(script.mutex);
    REQUIRE(script.changed.wait_for(lock, 10s, [&] { return !script.mails.empty(); }));
  }
  CHECK(store.Get("a")->state == MessageState::kDelivered);
}

TEST_CASE("a message that is erased while it is mailed holds nobody up") {
  const LogKeeper keeper;
  MemoryMessageStore store;
  Script script;
  script.blocked = true;
  REQUIRE(store.Insert(Message("a"), "").ok());
  const auto runner = Start(store, script);
  {
    std::unique_lock lock(script.mutex);
    REQUIRE(script.changed.wait_for(lock, 10s, [&] { return script.under_way == 1; }));
    REQUIRE(store.Erase({"a"}, {}, nullptr).ok());
    script.blocked = false;
  }
  while (CountInLog("message.gone") == 0) std::this_thread::yield();
  REQUIRE(store.Insert(Message("b"), "").ok());
  runner->Nudge();
  CHECK(store.WaitForState("b", MessageState::kDelivered));
  CHECK(CountInLog("queue.failed") == 0);
}

TEST_CASE("a store that fails stops nothing for good") {
  const LogKeeper keeper;
  MemoryMessageStore store;
  Script script;
  REQUIRE(store.Insert(Message("a"), "").ok());
  store.FailWith(absl::UnavailableError("database is away"));
  const auto runner = Start(store, script);
  while (CountInLog("queue.failed") == 0) std::this_thread::yield();
  store.FailWith(absl::OkStatus());
  runner->Nudge();
  CHECK(store.WaitForState("a", MessageState::kDelivered));
}

TEST_CASE("options that make no sense start nothing") {
  MemoryMessageStore store;
  CHECK_FALSE(StartRunner(store, {.address = "nowhere"}).ok());
  CHECK_FALSE(StartRunner(store, {.address = "lmtp://127.0.0.1", .from = "no address"}).ok());
}

}  // namespace
}  // namespace um::delivery

// The message store: its contract on both engines, and the embedded store on a real disk.
#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "common/base/ulid.h"
#include "mailbox/store/sqlite.h"
#include "tests/integration/store/places.h"
#include "tests/support/catch.h"

namespace um::store {
namespace {

using domain::MessageKind;
using domain::MessageState;
using domain::WallTime;
using tests::Embedded;
using tests::OpenStores;
using tests::PostgreSql;
using tests::RequireOk;
using tests::TempDir;
using namespace std::chrono_literals;
using namespace std::string_literals;

WallTime At(int seconds) { return WallTime(1'790'000'000s + std::chrono::seconds(seconds)); }

StoredMessage Voice(int second = 0) {
  StoredMessage message;
  message.call.message_id = NewUlid(At(second));
  message.call.organisation = "acme";
  message.call.mailbox_id = "ann";
  message.call.mailbox_name = "Ann Archer";
  message.call.extension = "1001";
  message.call.email = "ann@example.org";
  message.call.caller = {"+44 20 7946 0000", "Bob"};
  message.call.reason = domain::CallReason::kDivertBusy;
  message.call.started = At(second);
  message.call.law = domain::Law::kA;
  message.call.min_speech = 1500ms;
  message.call.marks = {.important = true, .is_private = true};
  message.kind = MessageKind::kVoice;
  message.duration = 2s;
  message.stored = At(second + 3);
  return message;
}

std::unique_ptr<MessageStore> Open(const std::string& directory) {
  auto store = OpenSqlite(directory);
  if (!store.ok()) FAIL(store.status().ToString());
  return *std::move(store);
}

template <class Place>
std::unique_ptr<MessageStore> Open(const Place& place) {
  return std::move(tests::OpenStores(place.options()).messages);
}

TEMPLATE_TEST_CASE("a stored message survives closing and reopening the store", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const StoredMessage message = Voice();
  const std::string audio(16000, '\x7f');
  RequireOk(Open(place)->Insert(message, audio));

  const auto store = Open(place);
  const auto found = store->Get(message.call.message_id);
  RequireOk(found.status());
  CHECK(found->call.caller.name == "Bob");
  CHECK(found->call.reason == domain::CallReason::kDivertBusy);
  CHECK(found->call.law == domain::Law::kA);
  CHECK(found->call.min_speech == 1500ms);
  CHECK(found->call.marks.important);
  CHECK(found->call.marks.is_private);
  CHECK(found->call.started == message.call.started);
  CHECK(found->kind == MessageKind::kVoice);
  CHECK(found->state == MessageState::kStored);
  CHECK(found->duration == 2s);
  CHECK(found->stored == message.stored);
  CHECK_FALSE(found->delivered);
  CHECK(*store->Audio(message.call.message_id) == audio);
}

TEMPLATE_TEST_CASE("inserting a message again changes nothing, even its delivery", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = Open(place);
  StoredMessage message = Voice();
  RequireOk(store->Insert(message, "first"));
  RequireOk(store->Delivered(message.call.message_id, At(9)));
  message.call.caller.name = "somebody else";
  RequireOk(store->Insert(message, "second"));
  CHECK(*store->Audio(message.call.message_id) == "first");
  const auto found = store->Get(message.call.message_id);
  CHECK(found->call.caller.name == "Bob");
  CHECK(found->state == MessageState::kDelivered);
  CHECK(found->delivered == At(9));
  CHECK(store->NextDue()->has_value() == false);
}

TEST_CASE("a message whose audio has gone gets it back when it is asserted again") {
  TempDir dir;
  const auto store = Open(dir.path());
  const StoredMessage message = Voice();
  RequireOk(store->Insert(message, "audio"));
  const std::string& id = message.call.message_id;
  std::filesystem::remove(dir.path() + "/audio/" + id.substr(25) + "/" + id);
  CHECK(store->Audio(id).status().code() == absl::StatusCode::kDataLoss);
  RequireOk(store->Insert(message, "audio"));
  CHECK(*store->Audio(id) == "audio");
}

TEMPLATE_TEST_CASE("a missed call that its user does not want to hear of is on record only", "",
                   Embedded, PostgreSql) {
  const TestType place;
  const Stores stores = OpenStores(place.options());
  StoredMessage message = Voice();
  message.kind = MessageKind::kMissedCall;
  message.duration = 0ms;
  message.call.missed_call_notice = false;
  RequireOk(stores.messages->Insert(message, ""));
  CHECK(absl::IsNotFound(stores.messages->Get(message.call.message_id).status()));
  CHECK_FALSE(stores.messages->NextDue()->has_value());
  const auto call = stores.calls->Find(message.call.organisation, message.call.message_id);
  RequireOk(call.status());
  CHECK(call->kind == MessageKind::kMissedCall);
  message.kind = MessageKind::kVoice;
  message.call.message_id = NewUlid(message.stored);
  RequireOk(stores.messages->Insert(message, "audio"));
  CHECK(stores.messages->NextDue()->has_value());
}

TEMPLATE_TEST_CASE("a missed call has no audio and is queued like a message", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = Open(place);
  StoredMessage message = Voice();
  message.kind = MessageKind::kMissedCall;
  message.duration = 0ms;
  RequireOk(store->Insert(message, ""));
  CHECK(store->Audio(message.call.message_id)->empty());
  CHECK(store->Get(message.call.message_id)->kind == MessageKind::kMissedCall);
  CHECK(store->NextDue()->value() == message.stored);
}

TEMPLATE_TEST_CASE("texts of any bytes and of a megabyte come back as they were", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = Open(place);
  const std::string hostile = "a'\"; DROP TABLE message; --\0\xff\xfe\xc3("s;
  StoredMessage message = Voice();
  message.call.organisation = hostile;
  message.call.extension = hostile;
  message.call.mailbox_id = hostile;
  message.call.caller = {hostile, std::string(1 << 20, '\xf0')};
  message.call.email = std::string(1 << 20, 'e');
  RequireOk(store->Insert(message, std::string("\0\xff", 2)));
  const auto list = store->List(hostile, hostile, 10);
  RequireOk(list.status());
  REQUIRE(list->size() == 1);
  CHECK((*list)[0].call.caller.number == hostile);
  CHECK((*list)[0].call.caller.name == message.call.caller.name);
  CHECK((*list)[0].call.email == message.call.email);
  CHECK((*list)[0].call.mailbox_id == hostile);
  RequireOk(store->Retry(message.call.message_id, At(99), hostile));
  CHECK(store->Get(message.call.message_id)->last_error == hostile);
  RequireOk(store->Retry(message.call.message_id, At(99), std::string(1 << 20, 'x')));
  CHECK(store->Get(message.call.message_id)->last_error.size() <= 1000);
  CHECK(absl::IsNotFound(store->Get(hostile).status()));
  CHECK(absl::IsNotFound(store->Retry(hostile, At(1), "")));
}

TEMPLATE_TEST_CASE("an id that is not a ULID never becomes a path", "", Embedded, PostgreSql) {
  const TestType place;
  const auto store = Open(place);
  StoredMessage message = Voice();
  for (const char* id : {"", "x", "../../../../etc/passwd", "01ARZ3NDEKTSV4RRFFQ69G5F/V"}) {
    message.call.message_id = id;
    CHECK(store->Insert(message, "audio").code() == absl::StatusCode::kInvalidArgument);
  }
}

TEMPLATE_TEST_CASE("a mailbox lists its own messages, newest first", "", Embedded, PostgreSql) {
  const TestType place;
  const auto store = Open(place);
  StoredMessage other = Voice(50);
  other.call.organisation = "other";
  RequireOk(store->Insert(other, "a"));
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    const StoredMessage message = Voice(i * 10);
    RequireOk(store->Insert(message, "a"));
    ids.insert(ids.begin(), message.call.message_id);
  }
  const auto list = store->List("acme", "1001", 3);
  REQUIRE(list->size() == 3);
  for (int i = 0; i < 3; ++i) CHECK((*list)[i].call.message_id == ids[i]);
  CHECK(store->List("acme", "1002", 3)->empty());
}

TEMPLATE_TEST_CASE("a leased message is nobody else's until its lease ends", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = Open(place);
  const StoredMessage message = Voice();  // stored, and so due, at second 3
  const std::string& id = message.call.message_id;
  RequireOk(store->Insert(message, "a"));
  CHECK(store->Lease("r1", At(2), At(60), 10)->empty());
  CHECK(store->Lease("r1", At(3), At(60), 10)->size() == 1);
  CHECK(store->Lease("r2", At(59), At(99), 10)->empty());
  CHECK(store->NextDue()->value() == At(60));
  CHECK(store->Lease("r2", At(60), At(120), 10)->size() == 1);

  RequireOk(store->Retry(id, At(300), "451 try later"));
  CHECK(store->Lease("r1", At(299), At(400), 10)->empty());
  CHECK(store->NextDue()->value() == At(300));
  const auto retried = store->Lease("r1", At(300), At(400), 10);
  REQUIRE(retried->size() == 1);
  CHECK(retried->front().attempts == 1);
  CHECK(retried->front().last_error == "451 try later");
  CHECK(store->Count()->retrying == 1);

  RequireOk(store->Delivered(id, At(301)));
  RequireOk(store->Delivered(id, At(302)));  // the other runner's, late
  CHECK(store->Get(id)->delivered == At(301));
  CHECK(store->Undeliverable(id, "550").code() == absl::StatusCode::kFailedPrecondition);
  CHECK(store->Retry(id, At(400), "").code() == absl::StatusCode::kFailedPrecondition);
  CHECK_FALSE(store->NextDue()->has_value());
  CHECK(store->Count()->delivered == 1);
}

TEMPLATE_TEST_CASE("a refused message stays visible and can be tried again", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = Open(place);
  const StoredMessage message = Voice();
  const std::string& id = message.call.message_id;
  RequireOk(store->Insert(message, "a"));
  RequireOk(store->Undeliverable(id, "550 no such user"));
  CHECK(store->Get(id)->state == MessageState::kUndeliverable);
  CHECK(store->Get(id)->last_error == "550 no such user");
  CHECK(store->Count()->undeliverable == 1);
  CHECK(store->Count()->queued == 0);
  CHECK_FALSE(store->NextDue()->has_value());
  RequireOk(store->Retry(id, At(70), "by the administrator"));
  CHECK(store->Get(id)->state == MessageState::kStored);
  CHECK(store->NextDue()->value() == At(70));
}

TEMPLATE_TEST_CASE("leases go to the longest due first and never past the limit", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = Open(place);
  for (int i = 9; i >= 0; --i) RequireOk(store->Insert(Voice(i), "a"));
  const auto leased = store->Lease("r", At(100), At(200), 4);
  REQUIRE(leased->size() == 4);
  for (int i = 0; i < 4; ++i) CHECK((*leased)[i].stored == At(i + 3));
  CHECK(store->Lease("r", At(100), At(200), 100)->size() == 6);
}

TEMPLATE_TEST_CASE("the pool key is made once and kept", "", Embedded, PostgreSql) {
  const TestType place;
  const auto first = Open(place)->CurrentPoolKey();
  RequireOk(first.status());
  CHECK(first->key.size() == 32);
  const auto again = Open(place)->CurrentPoolKey();
  CHECK(again->key == first->key);
  CHECK(again->generation == first->generation);
}

TEST_CASE("nobody but the owner can read the store") {
  TempDir dir;
  const auto store = Open(dir.path() + "/data");
  RequireOk(store->Insert(Voice(), "a"));
  using std::filesystem::perms;
  const perms others = perms::group_all | perms::others_all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
    INFO(entry.path());
    CHECK((entry.status().permissions() & others) == perms::none);
  }
}

TEST_CASE("a store made by a newer release is refused with a clear text") {
  TempDir dir;
  Open(dir.path());
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open((dir.path() + "/messages.sqlite").c_str(), &database) == SQLITE_OK);
  const char* newer = "INSERT INTO schema_version VALUES (99)";
  REQUIRE(sqlite3_exec(database, newer, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  const auto store = OpenSqlite(dir.path());
  CHECK(store.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK_THAT(std::string(store.status().ToString()), Catch::Contains("newer release"));
}

TEST_CASE("a file that is no database is refused and left alone") {
  TempDir dir;
  const std::string junk(8192, 'j');
  {
    FILE* file = fopen((dir.path() + "/messages.sqlite").c_str(), "w");
    fwrite(junk.data(), 1, junk.size(), file);
    fclose(file);
  }
  CHECK(OpenSqlite(dir.path()).status().code() == absl::StatusCode::kDataLoss);
  CHECK(std::filesystem::file_size(dir.path() + "/messages.sqlite") == junk.size());
}

TEMPLATE_TEST_CASE("one message inserted from many threads and two stores is there once", "",
                   Embedded, PostgreSql) {
  const TestType place;
  const auto a = Open(place), b = Open(place);
  const StoredMessage message = Voice();
  const std::string audio(50'000, 'v');
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 5; ++n) {
        MessageStore& store = i % 2 ? *a : *b;
        if (!store.Insert(message, audio).ok()) ++failed;
        if (!store.Insert(Voice(i * 10 + n), audio).ok()) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(a->Count()->queued == 41);
  CHECK(*b->Audio(message.call.message_id) == audio);
}

TEMPLATE_TEST_CASE("every message is leased once, however many ask at the same time", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto a = Open(place), b = Open(place);
  for (int i = 0; i < 40; ++i) RequireOk(a->Insert(Voice(i), "a"));
  std::atomic<int> leased = 0, failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (;;) {
        const auto got = (i % 2 ? *a : *b).Lease("r" + std::to_string(i), At(100), At(200), 3);
        if (!got.ok()) ++failed;
        if (!got.ok() || got->empty()) return;
        leased += static_cast<int>(got->size());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(leased == 40);
}

/// The power goes between the audio's rename and the transaction's commit: after Put(), nothing
/// more happens.
class PowerLossAfterPut final : public Blobs {
 public:
  explicit PowerLossAfterPut(std::unique_ptr<Blobs> blobs) : blobs_(std::move(blobs)) {}
  absl::Status Put(const std::string& id, std::string_view bytes) override {
    const absl::Status put = blobs_->Put(id, bytes);
    return put.ok() ? absl::AbortedError("power lost") : put;
  }
  absl::StatusOr<std::string> Get(const std::string& id) override { return blobs_->Get(id); }
  absl::StatusOr<bool> Has(const std::string& id) override { return blobs_->Has(id); }
  absl::Status Delete(const std::string& id) override { return blobs_->Delete(id); }
  absl::StatusOr<std::vector<std::string>> List() override { return blobs_->List(); }

 private:
  std::unique_ptr<Blobs> blobs_;
};

TEST_CASE("audio whose message never committed is swept, and the message can be stored again") {
  TempDir dir;
  const auto files = RealFiles();
  const StoredMessage message = Voice();
  const StoredMessage kept = Voice(5);
  const std::string& id = message.call.message_id;
  const std::string path = dir.path() + "/audio/" + id.substr(25) + "/" + id;
  RequireOk(Open(dir.path())->Insert(kept, "kept"));
  {
    auto blobs = std::make_unique<PowerLossAfterPut>(*FileBlobs(*files, dir.path() + "/audio"));
    auto store = OpenSqliteFile(dir.path() + "/messages.sqlite", std::move(blobs));
    RequireOk(store.status());
    CHECK(absl::IsAborted((*store)->Insert(message, "audio")));
    CHECK(absl::IsNotFound((*store)->Get(id).status()));
    REQUIRE(std::filesystem::exists(path));
  }
  const std::string abandoned = path + ".0123.tmp";
  fclose(fopen(abandoned.c_str(), "w"));
  const auto store = Open(dir.path());
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_FALSE(std::filesystem::exists(abandoned));
  CHECK(*store->Audio(kept.call.message_id) == "kept");
  RequireOk(store->Insert(message, "audio"));
  CHECK(*store->Audio(id) == "audio");
}

}  // namespace
}  // namespace um::store

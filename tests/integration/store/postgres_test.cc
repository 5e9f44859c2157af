// What only PostgreSQL does: it goes away and comes back, in the middle of everything.
#include <libpq-fe.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "common/async/epoll_loop.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/store/disk_spool.h"
#include "tests/integration/store/places.h"
#include "tests/unit/mailbox/store/recordings.h"

namespace um::store {
namespace {

using domain::Saved;
using domain::WallTime;
using tests::OpenStores;
using tests::Postgres;
using tests::RequireOk;
using tests::TempDir;
using namespace std::chrono_literals;

WallTime At(int seconds) { return WallTime(1'790'000'000s + std::chrono::seconds(seconds)); }

StoredMessage MissedCall() {
  StoredMessage message;
  message.call = tests::Facts();
  message.kind = domain::MessageKind::kMissedCall;
  message.stored = At(0);
  return message;
}

ObjectChange Create(const std::string& name) {
  ObjectChange change;
  change.object = {.kind = "mailbox", .id = "ID-" + name, .name = name, .body = "body"};
  return change;
}

/// The log's lines while it is there.
class LogLines {
 public:
  LogLines() {
    text().clear();
    log::SetSink([](std::string_view line) {
      const std::lock_guard lock(mutex());
      text() += line;
      text() += '\n';
    });
  }
  ~LogLines() { log::SetSink(nullptr); }
  std::string all() const {
    const std::lock_guard lock(mutex());
    return text();
  }

 private:
  static std::string& text() {
    static std::string lines;
    return lines;
  }
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
};

TEST_CASE("while PostgreSQL is away every call says so, and the first one after finds it again") {
  Postgres server;
  const Stores stores = OpenStores({.url = server.NewDatabase()});
  RequireOk(stores.organisations->Commit({"acme", ""}, 0, "root", At(0), {Create("a")}).status());
  // Several connections are open when it goes.
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] { CHECK(stores.messages->Insert(MissedCall(), "").ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  for (int round = 0; round < 2; ++round) {
    server.Kill();
    const auto start = std::chrono::steady_clock::now();
    const absl::Status all[] = {
        stores.messages->Insert(MissedCall(), ""),
        stores.messages->Get("01ARZ3NDEKTSV4RRFFQ69G5FAV").status(),
        stores.messages->Audio("01ARZ3NDEKTSV4RRFFQ69G5FAV").status(),
        stores.messages->List("acme", "1001", 1).status(),
        stores.messages->Count().status(),
        stores.messages->Lease("r", At(9), At(99), 1).status(),
        stores.messages->EndLeases([](const std::string&) { return false; }),
        stores.messages->Retry("01ARZ3NDEKTSV4RRFFQ69G5FAV", At(9), ""),
        stores.messages->NextDue().status(),
        stores.messages->CurrentPoolKey().status(),
        stores.organisations->Organisations().status(),
        stores.organisations->Load("acme").status(),
        stores.organisations->Commit({"acme", ""}, 1, "root", At(1), {Create("b")}).status(),
        stores.organisations->Since("acme", 0, 1).status(),
        stores.organisations->Audit({.organisation = "acme"}).status(),
        stores.organisations->Pin("acme", "ID-a").status(),
        stores.organisations->SetPin("acme", "ID-a", {}),
    };
    for (const absl::Status& status : all) {
      CAPTURE(status.ToString());
      CHECK(absl::IsUnavailable(status));
    }
    CHECK(std::chrono::steady_clock::now() - start < 20s);
    server.Start();
    CHECK(stores.messages->Count()->queued == 6);
    RequireOk(stores.organisations->Load("acme").status());
  }
}

TEST_CASE("calls that end while PostgreSQL is killed and started are all stored, each once") {
  Postgres server;
  TempDir dir;
  const Stores stores = OpenStores({.url = server.NewDatabase()});
  async::WorkerPool workers(2);
  async::EpollLoop loop;
  const auto files = RealFiles();
  std::atomic<int> stored = 0;
  int kept = 0;
  auto spool = *DiskSpool::Open(loop, workers, *files, *stores.messages,
                                {.directory = dir.path() + "/spool"}, [&] { ++stored; });
  const auto until = [&](auto condition) {
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < limit);
      loop.Step(5ms);
    }
  };
  std::vector<std::string> ids;
  std::vector<std::unique_ptr<domain::SpooledCall>> calls;
  const auto call = [&] {
    const domain::CallFacts facts = tests::Facts();
    auto recorded = spool->Begin(facts);
    recorded->Append(tests::Codes(tests::Speech(3s, static_cast<uint32_t>(ids.size()))));
    recorded->Seal([&](Saved) { ++kept; });
    ids.push_back(facts.message_id);
    calls.push_back(std::move(recorded));
  };
  constexpr int kRounds = 3, kCalls = 12;
  for (int round = 1; round <= kRounds; ++round) {
    for (int i = 0; i < kCalls; ++i) call();
    const int before = stored;
    until([&] { return stored > before; });  // in the middle of them
    server.Kill();
    for (int i = 0; i < kCalls; ++i) call();
    until([&] { return kept == round * 2 * kCalls; });  // callers do not wait for the database
    server.Start();
    until([&] { return stored == round * 2 * kCalls; });
  }
  const auto list = stores.messages->List("acme", "1001", 1000);
  RequireOk(list.status());
  std::set<std::string> seen;
  for (const StoredMessage& message : *list) CHECK(seen.insert(message.call.message_id).second);
  CHECK(seen == std::set<std::string>(ids.begin(), ids.end()));
  for (size_t i = 0; i < ids.size(); ++i) {
    CHECK(*stores.messages->Audio(ids[i]) == tests::Speech(3s, static_cast<uint32_t>(i)));
  }
  CHECK(stores.messages->Count()->queued == kRounds * 2 * kCalls);
}

TEST_CASE("of a commit in whose midst PostgreSQL is killed there is all or nothing") {
  Postgres server({"fsync=on"});
  const Stores stores = OpenStores({.url = server.NewDatabase()});
  std::mt19937 random(std::random_device{}());
  constexpr size_t kObjects = 2000;
  int64_t sequence = 0;
  int whole = 0;
  for (int round = 0; round < 6; ++round) {
    std::vector<ObjectChange> changes;
    for (size_t i = 0; i < kObjects; ++i) {
      ObjectChange change = Create("m" + std::to_string(i));
      change.object.body = "round " + std::to_string(sequence);
      change.claims = {{"address", change.object.name}};
      if (sequence > 0) change.action = ObjectChange::Action::kUpdate;
      changes.push_back(std::move(change));
    }
    absl::Status told;
    std::thread committing([&] {
      told = stores.organisations->Commit({"acme", ""}, sequence, "root", At(0), changes).status();
    });
    std::this_thread::sleep_for(
        std::chrono::milliseconds(random() % 400));  // the instant is the input
    server.Kill();
    committing.join();
    server.Start();

    CAPTURE(told.ToString());
    CHECK((told.ok() || absl::IsUnavailable(told)));
    auto rows = stores.organisations->Organisations();
    if (!rows.ok()) rows = stores.organisations->Organisations();  // the first one notices
    RequireOk(rows.status());
    const int64_t now = rows->empty() ? 0 : rows->front().sequence;
    CHECK((now == sequence || now == sequence + 1));
    if (told.ok()) CHECK(now == sequence + 1);
    whole += now == sequence + 1;
    sequence = now;
    if (now == 0) continue;
    const auto loaded = stores.organisations->Load("acme");
    RequireOk(loaded.status());
    CHECK(loaded->objects.size() == kObjects);
    for (const StoredObject& object : loaded->objects) {
      if (object.version != now) FAIL("of commit " << object.version);
      if (object.body != "round " + std::to_string(now - 1)) FAIL("body of " << object.body);
    }
    CHECK(stores.organisations->Since("acme", now - 1, 1)->size() == kObjects);
  }
  WARN(whole << " of 6 commits were whole when the server was killed");
}

TEST_CASE("one organisation's commit makes neither another's nor a message wait") {
  Postgres& server = Postgres::Shared();
  const std::string url = server.NewDatabase();
  const Stores stores = OpenStores({.url = url});
  auto& organisations = *stores.organisations;
  RequireOk(organisations.Commit({"acme", ""}, 0, "root", At(0), {Create("a")}).status());
  RequireOk(organisations.Commit({"other", ""}, 0, "root", At(0), {}).status());
  PGconn* holder = PQconnectdb(url.c_str());
  PQclear(PQexec(holder, "BEGIN"));
  PQclear(PQexec(holder, "SELECT * FROM organisation WHERE id = 'acme' FOR UPDATE"));
  std::atomic<bool> done = false;
  std::thread waits([&] {
    CHECK(organisations.Commit({"acme", ""}, 1, "root", At(1), {Create("b")}).ok());
    done = true;
  });
  while (server.Execute("postgres", "SELECT count(*) FROM pg_locks WHERE NOT granted") == "0") {
    std::this_thread::sleep_for(5ms);  // another process: there is no event
  }
  RequireOk(organisations.Commit({"other", ""}, 1, "root", At(1), {Create("a")}).status());
  RequireOk(stores.messages->Insert(MissedCall(), ""));
  RequireOk(organisations.Load("acme").status());
  CHECK_FALSE(done);
  PQclear(PQexec(holder, "COMMIT"));
  waits.join();
  PQfinish(holder);
}

TEST_CASE("a password comes from the URL or from a file, and is never told") {
  Postgres server;
  const std::string password = "s3 cr='et\\ \"% x=y ";
  const std::string url = server.NewDatabaseOf("um", password);
  TempDir dir;
  const std::string file = dir.path() + "/password";
  std::ofstream(file) << password << "\nsecond line\n";
  const LogLines lines;
  RequireOk(Open({.url = url, .password_file = file}).status());
  const std::string in_url = "um:s3%20cr%3D%27et%5C%20%22%25%20x%3Dy%20@";
  std::string with_password = url;
  with_password.replace(with_password.find("um@"), 3, in_url);
  RequireOk(Open({.url = with_password}).status());

  std::vector<absl::Status> refused = {
      Open({.url = url}).status(),
      Open({.url = url, .password_file = dir.path() + "/none"}).status(),
      Open({.url = "postgresql://um:s3cret@host:port:x/db"}).status(),
      Open({.url = "postgresql://um:s3cret@host/db?nonsense=1"}).status(),
      Open({.url = "postgresql://um:s3cret@host/db?sslmode=perhaps"}).status(),
      Open({.url = "mysql://um:s3cret@host/db"}).status(),
      Open({.url = "postgresql://um:s3cret@127.0.0.1:1/db"}).status(),
      Open({.url = std::string("postgresql://um:s3cret@h/\0", 26)}).status(),
  };
  std::ofstream(file) << "s3cret wrong\n";
  refused.push_back(Open({.url = url, .password_file = file}).status());
  for (const absl::Status& status : refused) {
    CAPTURE(status.ToString());
    CHECK_FALSE(status.ok());
    CHECK_FALSE(Message(status).empty());
    CHECK_THAT(Message(status), !Catch::Contains("s3cret"));
  }
  CHECK_THAT(Message(refused.back()), Catch::Contains("password authentication failed"));
  CHECK_THAT(lines.all(), !Catch::Contains("s3"));
}

TEST_CASE(
    "a database that would lose messages is warned of, one that cannot keep them is refused") {
  Postgres& server = Postgres::Shared();
  {
    const LogLines lines;
    const std::string url = server.NewDatabase();
    OpenStores({.url = url});
    CHECK_THAT(lines.all(), Catch::Contains("store.weakened") && Catch::Contains("fsync"));
    CHECK_THAT(lines.all(), !Catch::Contains("synchronous_commit"));
    OpenStores({.url = url + "&options=-csynchronous_commit%3Doff"});
    CHECK_THAT(lines.all(), Catch::Contains("synchronous_commit"));
  }
  {
    Postgres careful({"fsync=on"});
    const LogLines lines;
    OpenStores({.url = careful.NewDatabase()});
    CHECK_THAT(lines.all(), !Catch::Contains("weakened"));
  }
  server.Execute("postgres",
                 "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'");
  const auto ascii = Open({.url = server.Url("ascii")});
  CHECK(ascii.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK_THAT(Message(ascii.status()), Catch::Contains("UTF8"));
}

}  // namespace
}  // namespace um::store

// Backups of the embedded store.
#include "mailbox/store/backup.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "common/base/status.h"
#include "tests/integration/store/places.h"
#include "tests/unit/mailbox/store/recordings.h"

namespace um::store {
namespace {

namespace fs = std::filesystem;
using absl::StatusCode;
using tests::OpenStores;
using tests::RequireOk;
using tests::TempDir;
using namespace std::chrono_literals;

StoredMessage Voice() {
  StoredMessage message;
  message.call = tests::Facts();
  return message;
}

ObjectChange Create(const std::string& name) {
  ObjectChange change;
  change.object = {.kind = "mailbox", .id = "ID-" + name, .name = name, .body = "body"};
  return change;
}

TEST_CASE("what a backup has can be restored elsewhere, keys and PINs included") {
  TempDir dir;
  const std::string live = dir.path() + "/live", backup = dir.path() + "/backups/monday",
                    restored = dir.path() + "/restored";
  const Stores stores = OpenStores({.directory = live});
  const StoredMessage message = Voice();
  RequireOk(stores.messages->Insert(message, std::string(100'000, 'v')));
  RequireOk(stores.organisations->Commit({"acme", "Acme"}, 0, "root", {}, {Create("a")}).status());
  RequireOk(stores.organisations->SetPin("acme", "ID-a", {.hash = "hash"}));
  const Recorded greeting{.id = message.call.message_id,
                          .kind = domain::GreetingKind::kPersonal,
                          .length = 1s,
                          .by = {"root", {}}};
  RequireOk(stores.greetings->Put("acme", "ID-a", greeting, std::string(8000, 'g'),
                                  {"set-greeting", "mailbox", "ID-a", "a", {}}));
  const domain::Contact bob{"Bob", "", {"+43 664 123"}, {}};
  RequireOk(stores.contacts->Replace("acme", "ID-a", {bob}, {"root", {}},
                                     {"import-contacts", "mailbox", "ID-a", "a", {}}));
  const auto key = stores.messages->CurrentPoolKey();
  RequireOk(Backup(live, backup).status());
  RequireOk(Restore(backup, restored).status());

  const Stores again = OpenStores({.directory = restored});
  CHECK(*again.messages->Audio(message.call.message_id) == std::string(100'000, 'v'));
  CHECK(again.messages->Count()->queued == 1);
  CHECK(again.messages->CurrentPoolKey()->key == key->key);
  CHECK(again.organisations->Load("acme")->objects.at(0).name == "a");
  CHECK(again.organisations->Pin("acme", "ID-a")->hash == "hash");
  CHECK(again.greetings->Of("acme", "a")->recorded.size() == 1);
  CHECK(*again.greetings->Audio("acme", greeting.id) == std::string(8000, 'g'));
  CHECK(*again.contacts->Of("acme", "a") == std::vector<domain::Contact>{bob});
  CHECK(again.organisations->Since("acme", 0, 10)->size() == 3);
  const fs::perms others = fs::perms::group_all | fs::perms::others_all;
  for (const std::string& folder : {backup, restored}) {
    CHECK((fs::status(folder).permissions() & others) == fs::perms::none);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      INFO(entry.path());
      CHECK((entry.status().permissions() & others) == fs::perms::none);
    }
  }
}

TEST_CASE("a backup that is made while calls are stored is of one moment") {
  TempDir dir;
  const std::string live = dir.path() + "/live";
  const Stores stores = OpenStores({.directory = live});
  RequireOk(stores.organisations->Commit({"acme", ""}, 0, "root", {}, {}).status());
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0, failed = 0;
  // Each writer tells by its audio who it is; a message and then a change of the organisation, so
  // that a backup that has the change must have the message.
  std::thread writer([&] {
    for (int64_t n = 1; !stop; ++n) {
      StoredMessage message = Voice();
      message.call.extension = std::to_string(n);
      if (!stores.messages->Insert(message, tests::Speech(1s, static_cast<uint32_t>(n))).ok() ||
          !stores.organisations
               ->Commit({"acme", ""}, n, "root", {}, {Create("m" + std::to_string(n))})
               .ok()) {
        ++failed;
      }
      ++written;
    }
  });
  for (int round = 0; round < 5; ++round) {
    const int before = written;
    while (written < before + 10) std::this_thread::yield();
    const std::string backup = dir.path() + "/backup" + std::to_string(round);
    const std::string restored = dir.path() + "/restored" + std::to_string(round);
    const int at_least = written;
    RequireOk(Backup(live, backup).status());
    RequireOk(Restore(backup, restored).status());
    const Stores copy = OpenStores({.directory = restored});
    const auto loaded = copy.organisations->Load("acme");
    RequireOk(loaded.status());
    const int64_t changes = loaded->organisation.sequence - 1;
    CHECK(changes >= at_least);
    CHECK(static_cast<int64_t>(loaded->objects.size()) == changes);
    const int64_t messages = copy.messages->Count()->queued;
    CHECK((messages == changes || messages == changes + 1));
    for (int64_t n = 1; n <= messages; ++n) {
      const auto list = copy.messages->List("acme", std::to_string(n), 10);
      REQUIRE(list->size() == 1);
      const auto audio = copy.messages->Audio(list->front().call.message_id);
      RequireOk(audio.status());
      CHECK(*audio == tests::Speech(1s, static_cast<uint32_t>(n)));
    }
  }
  stop = true;
  writer.join();
  CHECK(failed == 0);
  CHECK(written > 50);
}

TEST_CASE("a store that a node uses is not restored over, wherever its files went") {
  TempDir dir;
  const std::string live = dir.path() + "/live", backup = dir.path() + "/backup";
  {
    const Stores stores = OpenStores({.directory = live});
    const Stores another = OpenStores({.directory = live});  // nodes may
    RequireOk(Backup(live, backup).status());
    // Moved away by somebody who thinks that the node has ended.
    for (const auto& entry : fs::directory_iterator(live)) {
      fs::rename(entry.path(), dir.path() + "/moved-" + entry.path().filename().string());
    }
    CHECK(absl::IsUnavailable(Restore(backup, live).status()));
    CHECK(fs::is_empty(live));
  }
  RequireOk(Restore(backup, live).status());
}

TEST_CASE("a backup that nobody waits for leaves nothing behind") {
  TempDir dir;
  const std::string live = dir.path() + "/live", backup = dir.path() + "/backup";
  const Stores stores = OpenStores({.directory = live});
  for (int i = 0; i < 3; ++i) RequireOk(stores.messages->Insert(Voice(), "v"));
  int asked = 0;
  const auto cancelled = [&] { return ++asked == 2; };
  CHECK(absl::IsCancelled(Backup(live, backup, cancelled).status()));
  CHECK(asked == 2);
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("a message that is erased while a backup is made is not in it") {
  TempDir dir;
  const std::string live = dir.path() + "/live", backup = dir.path() + "/backup";
  const Stores stores = OpenStores({.directory = live});
  const std::string id = Voice().call.message_id;
  for (int i = 0; i < 2; ++i) {
    StoredMessage message = Voice();
    if (i == 0) message.call.message_id = id;
    RequireOk(stores.messages->Insert(message, "v"));
  }
  const auto erase = [&] {  // the database is copied, its audio is not
    RequireOk(stores.messages->Erase({id}, {}, nullptr).status());
    return false;
  };
  CHECK(Backup(live, backup, erase)->files == 2);
  RequireOk(Restore(backup, dir.path() + "/restored").status());
  const Stores restored = OpenStores({.directory = dir.path() + "/restored"});
  CHECK(restored.messages->Count()->queued == 1);
  CHECK(absl::IsNotFound(restored.messages->Get(id).status()));
}

TEST_CASE("nothing that is there is overwritten by a backup or by restoring one") {
  TempDir dir;
  const std::string live = dir.path() + "/live", backup = dir.path() + "/backup";
  CHECK(absl::IsNotFound(Backup(live, backup).status()));
  CHECK_FALSE(fs::exists(live));
  CHECK_FALSE(fs::exists(backup));
  OpenStores({.directory = live});
  RequireOk(Backup(live, backup).status());
  CHECK(absl::IsAlreadyExists(Backup(live, backup).status()));
  CHECK(Restore(backup, live).status().code() == StatusCode::kFailedPrecondition);
  const std::string other = dir.path() + "/other";
  fs::create_directory(other);
  std::ofstream(other + "/somebody's") << "data";
  CHECK(Restore(backup, other).status().code() == StatusCode::kFailedPrecondition);
  CHECK(fs::exists(other + "/somebody's"));
  CHECK(absl::IsNotFound(Restore(dir.path() + "/none", dir.path() + "/new").status()));
  CHECK_FALSE(fs::exists(dir.path() + "/new"));
}

TEST_CASE("a damaged backup is refused, and leaves nothing behind") {
  TempDir dir;
  const std::string live = dir.path() + "/live", backup = dir.path() + "/backup",
                    restored = dir.path() + "/restored";
  const StoredMessage message = Voice();
  RequireOk(OpenStores({.directory = live}).messages->Insert(message, std::string(1000, 'v')));
  RequireOk(Backup(live, backup).status());
  const std::string& id = message.call.message_id;
  const std::string audio = backup + "/audio/" + id.substr(25) + "/" + id;
  const std::string manifest = backup + "/MANIFEST";
  const auto read = [](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const auto write = [](const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  };
  for (const std::string& path : {audio, backup + "/messages.sqlite", manifest}) {
    const std::string good = read(path);
    REQUIRE_FALSE(good.empty());
    std::vector<std::string> bads = {good.substr(0, good.size() / 2), ""};
    std::string flipped = good;
    flipped[good.size() / 2] ^= 1;
    bads.push_back(flipped);
    if (path == manifest) {
      bads.push_back("voxpost-backup 1\n00000000 0 ../../etc/passwd\nend\n");
      bads.push_back("voxpost-backup 1\n00000000 0 audio/../x\nend\n");
      bads.push_back("voxpost-backup 1\nend\n");
      bads.push_back("voxpost-backup 2\nend\n");
      bads.push_back(std::string(1 << 20, 'x'));
    }
    for (const std::string& bad : bads) {
      write(path, bad);
      const absl::Status verified = Verify(backup).status();
      CHECK_FALSE(verified.ok());
      const absl::Status status = Restore(backup, restored).status();
      CHECK(status.code() == verified.code());
      INFO(path << ": " << bad.size() << " bytes: " << status.ToString());
      CHECK_FALSE(status.ok());
      CHECK((!fs::exists(restored) || fs::is_empty(restored)));
    }
    write(path, good);
  }
  fs::rename(audio, audio + "x");
  CHECK_FALSE(Restore(backup, restored).ok());
  fs::rename(audio + "x", audio);
  CHECK(Verify(backup)->files == 2);
  RequireOk(Restore(backup, restored).status());
}

}  // namespace
}  // namespace um::store

// The end of messages: erasure and retention, on both engines.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "common/base/ulid.h"
#include "mailbox/store/expiry.h"
#include "tests/integration/store/places.h"
#include "tests/support/fake_loop.h"

namespace um::store {
namespace {

using domain::MessageKind;
using domain::WallTime;
using tests::Embedded;
using tests::OpenStores;
using tests::PostgreSql;
using tests::RequireOk;
using namespace std::chrono_literals;

constexpr auto kDay = std::chrono::hours(24);
const WallTime kNow = WallTime(1'790'000'000s);

StoredMessage Voice(const std::string& mailbox = "ann", domain::Milliseconds length = 2s) {
  StoredMessage message;
  message.call.message_id = NewUlid(kNow);
  message.call.organisation = "acme";
  message.call.mailbox_id = mailbox;
  message.call.extension = "1001";
  message.call.started = kNow;
  message.duration = length;
  message.stored = kNow;
  return message;
}

std::string Store(MessageStore& store, const StoredMessage& message) {
  const bool voice = message.kind == MessageKind::kVoice;
  RequireOk(store.Insert(message, voice ? std::string(16000, 'v') : ""));
  return message.call.message_id;
}

bool IsThere(MessageStore& store, const std::string& id) {
  const auto got = store.Get(id);
  if (!absl::IsNotFound(got.status())) RequireOk(got.status());
  return got.ok();
}

ErasureProof Proof(const std::string& organisation = "acme") {
  return {organisation, "root (local)", {"erase", "mailbox", "ID", "ann", {{"reason", "asked"}}}};
}

TEMPLATE_TEST_CASE("an erased message is gone from everywhere, and nothing brings it back", "",
                   Embedded, PostgreSql) {
  const TestType place;
  const StoredMessage message = Voice();
  const std::string& id = message.call.message_id;
  {
    const Stores stores = OpenStores(place.options());
    MessageStore& store = *stores.messages;
    Store(store, message);
    const auto erased = store.Erase({id, NewUlid(kNow)}, kNow, nullptr);
    RequireOk(erased.status());
    CHECK(erased->ids == std::vector<std::string>{id});
    CHECK(erased->undelivered == 1);
    CHECK(erased->under_way == 0);
    CHECK_FALSE(IsThere(store, id));
    CHECK_FALSE(store.Audio(id).ok());
    CHECK(store.List("acme", "1001", 10)->empty());
    CHECK(store.Count()->queued == 0);
    CHECK(store.Lease("me", kNow + 1h, kNow + 2h, 10)->empty());
    CHECK(*store.WasErased(id));
    RequireOk(store.Insert(message, std::string(16000, 'v')));  // as a spool file would
    CHECK_FALSE(IsThere(store, id));
    CHECK(store.Erase({id}, kNow, nullptr)->ids.empty());
  }
  const auto store = std::move(OpenStores(place.options()).messages);
  CHECK(*store->WasErased(id));
  CHECK_FALSE(*store->WasErased(NewUlid(kNow)));
  if constexpr (std::is_same_v<TestType, Embedded>) {
    CHECK_FALSE(std::filesystem::exists(place.directory() + "/audio/" + id.substr(25) + "/" + id));
  }
  RequireOk(store->ForgetErased(kNow));
  CHECK(*store->WasErased(id));
  RequireOk(store->ForgetErased(kNow + 1us));
  CHECK_FALSE(*store->WasErased(id));
}

TEST_CASE("on the disk nothing is left of an erased message's record") {
  const Embedded place;
  const auto on_disk = [&](const std::string& text) {
    std::ifstream file(place.directory() + "/messages.sqlite", std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    REQUIRE(bytes.size() > 4096);
    return bytes.find(text) != std::string::npos;
  };
  // Its call's record stays (deploy/reference/keeping.md): who called which mailbox, and when.
  StoredMessage message = Voice("1001");
  message.call.extension = "extension-of-eve";
  Store(*OpenStores(place.options()).messages, message);
  CHECK(on_disk("extension-of-eve"));
  RequireOk(OpenStores(place.options())
                .messages->Erase({message.call.message_id}, kNow, nullptr)
                .status());
  CHECK_FALSE(on_disk("extension-of-eve"));
}

TEMPLATE_TEST_CASE("the audit has an erasure if and only if the messages are gone", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const Stores stores = OpenStores(place.options());
  MessageStore& store = *stores.messages;
  RequireOk(stores.organisations->Commit({"acme", ""}, 0, "root", kNow, {}).status());
  const std::string one = Store(store, Voice()), two = Store(store, Voice());
  const ErasureProof proof = Proof(), nobodys = Proof("nobody");
  CHECK(absl::IsNotFound(store.Erase({one}, kNow, &nobodys).status()));
  CHECK(IsThere(store, one));
  RequireOk(store.Erase({NewUlid(kNow)}, kNow, &proof).status());
  CHECK(stores.organisations->Since("acme", 1, 10)->empty());
  RequireOk(store.Erase({one, two}, kNow, &proof).status());
  const auto audit = stores.organisations->Since("acme", 1, 10);
  REQUIRE(audit->size() == 1);
  REQUIRE(audit->front().note);
  CHECK(audit->front().actor == "root (local)");
  CHECK(audit->front().at == kNow);
  const auto& facts = audit->front().note->facts;
  REQUIRE(facts.size() == 2);
  CHECK(facts[0] == std::pair<std::string, std::string>("reason", "asked"));
  CHECK(facts[1].first == "messages");
  CHECK(facts[1].second == std::min(one, two) + " " + std::max(one, two));
}

TEMPLATE_TEST_CASE("a mailbox holds its voice messages, whatever became of them", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = std::move(OpenStores(place.options()).messages);
  CHECK(store->Held("acme", "ann")->messages == 0);
  CHECK(store->Held("acme", "ann")->audio == 0ms);
  RequireOk(store->Delivered(Store(*store, Voice("ann", 2500ms)), kNow));
  RequireOk(store->Undeliverable(Store(*store, Voice("ann", 500ms)), "no"));
  Store(*store, Voice("ann", 10ms));
  StoredMessage missed = Voice("ann", 0ms);
  missed.kind = MessageKind::kMissedCall;
  Store(*store, missed);
  Store(*store, Voice("bob", 1h));
  StoredMessage elsewhere = Voice("ann", 1h);
  elsewhere.call.organisation = "other";
  Store(*store, elsewhere);
  CHECK(store->Held("acme", "ann")->messages == 3);
  CHECK(store->Held("acme", "ann")->audio == 3010ms);
  const auto copies = store->OfMailbox("acme", "ann", kNow + 1us, 100);
  REQUIRE(copies->size() == 4);
  const auto delivered = [](const StoredCopy& copy) { return copy.delivered == kNow; };
  const auto not_yet = [](const StoredCopy& copy) { return copy.delivered == WallTime(); };
  CHECK(std::count_if(copies->begin(), copies->end(), delivered) == 1);
  CHECK(std::count_if(copies->begin(), copies->end(), not_yet) == 3);
  CHECK(store->OfMailbox("acme", "ann", kNow, 100)->empty());
  CHECK(store->OfMailbox("acme", "ann", kNow + 1us, 3)->size() == 3);
}

TEMPLATE_TEST_CASE("what is erased on its way to mail may arrive, and stays erased", "", Embedded,
                   PostgreSql) {
  const TestType place;
  const auto store = std::move(OpenStores(place.options()).messages);
  const std::string id = Store(*store, Voice());
  REQUIRE(store->Lease("runner", kNow + 1s, kNow + 5min, 1)->size() == 1);
  CHECK(store->Erase({id}, kNow + 2s, nullptr)->under_way == 1);
  CHECK(absl::IsNotFound(store->Delivered(id, kNow + 3s)));
  CHECK(absl::IsNotFound(store->Retry(id, kNow + 3s, "busy")));
  CHECK(absl::IsNotFound(store->Undeliverable(id, "no")));
  CHECK_FALSE(IsThere(*store, id));
}

TEMPLATE_TEST_CASE("a message that is asserted again while it is erased is not there afterwards",
                   "", Embedded, PostgreSql) {
  const TestType place;
  const auto one = std::move(OpenStores(place.options()).messages);
  const auto two = std::move(OpenStores(place.options()).messages);
  for (int round = 0; round < 50; ++round) {
    const StoredMessage message = Voice();
    Store(*one, message);
    std::thread asserter([&] {
      for (int i = 0; i < 3; ++i) {
        const absl::Status inserted = two->Insert(message, std::string(16000, 'v'));
        if (!inserted.ok()) FAIL(inserted.ToString());
      }
    });
    const auto erased = one->Erase({message.call.message_id}, kNow, nullptr);
    asserter.join();
    RequireOk(erased.status());
    REQUIRE(erased->ids.size() == 1);
    REQUIRE_FALSE(IsThere(*one, message.call.message_id));
  }
}

/// A node that lets messages expire, in virtual time.
struct Node {
  tests::FakeLoop loop;
  async::WorkerPool workers{1};
  Stores stores;
  domain::RetentionRules rules;
  std::unique_ptr<Expiry> expiry;

  explicit Node(const StoreOptions& options) : stores(OpenStores(options)) {
    rules.Set("acme", "short", 7);
    rules.Set("acme", "ever", std::nullopt);
  }
  void Start() {
    expiry = std::make_unique<Expiry>(
        loop, workers, *stores.messages, [this] { return rules; }, ExpiryOptions{.at_once = 7});
  }
  /// Virtual time in steps in which the worker keeps up.
  void Pass(async::Duration time, async::Duration step = 100ms) {
    for (; time > 0s; time -= step) {
      loop.RunFor(step);
      std::promise<void> reached;
      workers.Submit([&reached] { reached.set_value(); });
      reached.get_future().wait();
    }
  }
};

TEMPLATE_TEST_CASE("several nodes delete what is over, once, and nothing that mail has not taken",
                   "", Embedded, PostgreSql) {
  const TestType place;
  Node one(place.options()), two(place.options());
  const WallTime now = one.loop.WallNow();
  MessageStore& store = *one.stores.messages;
  std::vector<std::string> over, kept;
  const auto delivered = [&](const std::string& mailbox, std::chrono::hours ago) {
    const std::string id = Store(store, Voice(mailbox));
    RequireOk(store.Delivered(id, now - ago));
    return id;
  };
  for (int i = 0; i < 30; ++i) {
    over.push_back(delivered("short", 7 * kDay));
    over.push_back(delivered("ann", 30 * kDay + std::chrono::hours(i)));
    over.push_back(delivered("gone", 31 * kDay));  // its mailbox was deleted
    kept.push_back(delivered("short", 6 * kDay));
    kept.push_back(delivered("ann", 29 * kDay));
    kept.push_back(delivered("ever", 3000 * kDay));
  }
  kept.push_back(Store(store, Voice("short")));  // not delivered in years
  kept.push_back(Store(store, Voice("short")));
  RequireOk(store.Undeliverable(kept.back(), "no such user"));
  one.Start();
  two.Start();
  std::thread other([&] { two.Pass(2min); });
  one.Pass(2min);
  other.join();
  for (const std::string& id : over) CHECK_FALSE(IsThere(store, id));
  for (const std::string& id : kept) CHECK(IsThere(store, id));
  CHECK(store.Count()->undeliverable == 1);
  CHECK(*store.WasErased(over.front()));
  // And again, when more is over.
  one.Pass(kDay, 20min);
  // A run takes several steps, and another one may just have begun.
  for (int i = 0; i < 10 && IsThere(store, kept.front()); ++i) one.Pass(1h, 20min);
  CHECK_FALSE(IsThere(store, kept.front()));
}

}  // namespace
}  // namespace um::store

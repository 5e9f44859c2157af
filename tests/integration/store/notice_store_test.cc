// NoticeStore's and QueueStore's contracts, on both engines.
#include <thread>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "tests/integration/store/places.h"
#include "tests/unit/mailbox/store/recordings.h"

namespace um::store {
namespace {

using domain::MessageState;
using domain::WallTime;
using tests::Embedded;
using tests::OpenStores;
using tests::PostgreSql;
using tests::RequireOk;
using Action = ObjectChange::Action;
using absl::StatusCode;
using namespace std::chrono_literals;

WallTime At(int seconds) { return WallTime(1'790'000'000s + std::chrono::seconds(seconds)); }

ObjectChange Mailbox(Action action, const std::string& name,
                     std::optional<std::string> welcome = {}) {
  ObjectChange change;
  change.action = action;
  change.object = {.kind = "mailbox", .id = "ID-" + name, .name = name, .body = "body"};
  change.welcome = std::move(welcome);
  return change;
}

/// Stores with one organisation, "acme".
template <class Place>
struct Bench {
  Place place;
  Stores stores = OpenStores(place.options());
  int64_t sequence = 0;

  absl::Status Commit(const std::vector<ObjectChange>& changes) {
    const auto done =
        stores.organisations->Commit({"acme", "Acme"}, sequence, "root", At(0), changes);
    if (done.ok()) sequence = *done;
    return done.status();
  }
  std::vector<StoredNotice> Lease(int now, int limit = 10) {
    const auto leased = stores.notices->Lease("me", At(now), At(now + 300), limit);
    RequireOk(leased.status());
    return *leased;
  }
  /// The only one that is due.
  StoredNotice LeaseOne(int now) {
    const auto leased = Lease(now);
    REQUIRE(leased.size() == 1);
    return leased[0];
  }
  absl::Status Queue(const std::string& mailbox, int at, const std::string& address = "") {
    return stores.notices->Queue({NoticeKind::kPinReset, "acme", "ID-" + mailbox, address}, At(at));
  }
  StoredNotice Get(const std::string& id) {
    const auto item = stores.queue->Get(id);
    RequireOk(item.status());
    return std::get<StoredNotice>(*item);
  }
  std::string PutMessage() {
    StoredMessage message;
    message.call = tests::Facts();
    message.call.message_id = NewUlid(std::chrono::system_clock::now());
    message.call.organisation = "acme";
    message.kind = domain::MessageKind::kMissedCall;
    message.stored = At(0);
    RequireOk(stores.messages->Insert(message, ""));
    return message.call.message_id;
  }
};

TEMPLATE_TEST_CASE(
    "a mailbox that is made has its welcome mail in the queue, with it or not at all", "", Embedded,
    PostgreSql) {
  Bench<TestType> bench;
  RequireOk(bench.Commit({Mailbox(Action::kCreate, "ann", ""),
                          Mailbox(Action::kCreate, "bob", "helpdesk@example.com"),
                          Mailbox(Action::kCreate, "carol")}));
  const auto leased = bench.Lease(1);
  REQUIRE(leased.size() == 2);
  const StoredNotice& bob = leased[0].mailbox == "bob" ? leased[0] : leased[1];
  const StoredNotice& ann = leased[0].mailbox == "bob" ? leased[1] : leased[0];
  CHECK(ann.mailbox == "ann");
  CHECK(ann.notice.kind == NoticeKind::kWelcome);
  CHECK(ann.notice.organisation == "acme");
  CHECK(ann.notice.mailbox_id == "ID-ann");
  CHECK(ann.notice.address.empty());
  CHECK(ann.queued == At(0));
  CHECK(ann.mails == 1);
  CHECK(bob.notice.address == "helpdesk@example.com");
  CHECK(IsUlid(ann.id));

  // A change that fails queues nothing.
  ObjectChange clash = Mailbox(Action::kCreate, "dave", "");
  clash.references = {"nothing"};
  CHECK_FALSE(bench.Commit({clash}).ok());
  CHECK(bench.Lease(1).empty());
}

TEMPLATE_TEST_CASE("who has a PIN already is not welcomed again", "", Embedded, PostgreSql) {
  Bench<TestType> bench;
  RequireOk(bench.Commit({Mailbox(Action::kCreate, "ann"), Mailbox(Action::kCreate, "bob")}));
  PinRecord pin;
  pin.hash = "$argon2id$";
  RequireOk(bench.stores.organisations->SetPin("acme", "ID-ann", pin));
  RequireOk(
      bench.Commit({Mailbox(Action::kUpdate, "ann", ""), Mailbox(Action::kUpdate, "bob", "")}));
  const StoredNotice bob = bench.LeaseOne(1);
  CHECK(bob.mailbox == "bob");
  RequireOk(bench.stores.notices->Delivered(bob.id, At(2)));
  RequireOk(bench.Commit({Mailbox(Action::kUpdate, "bob", "")}));
  CHECK(bench.Lease(3).empty());
}

TEMPLATE_TEST_CASE("a welcome mail that was put off while the mailbox was disabled is due at once",
                   "", Embedded, PostgreSql) {
  Bench<TestType> bench;
  RequireOk(bench.Commit({Mailbox(Action::kCreate, "ann", "")}));
  const StoredNotice first = bench.LeaseOne(1);
  SECTION("when it is enabled") {
    RequireOk(bench.stores.notices->Retry(first.id, At(3600), "the mailbox is disabled"));
    RequireOk(bench.Commit({Mailbox(Action::kUpdate, "ann", "new@example.com")}));
  }
  SECTION("when it is enabled while it is being put off") {
    RequireOk(bench.Commit({Mailbox(Action::kUpdate, "ann", "new@example.com")}));
    RequireOk(bench.stores.notices->Retry(first.id, At(3600), "the mailbox is disabled"));
  }
  CHECK(bench.LeaseOne(2).notice.address == "new@example.com");
}

TEMPLATE_TEST_CASE("a notice goes with its mailbox, even while it is being mailed", "", Embedded,
                   PostgreSql) {
  Bench<TestType> bench;
  RequireOk(bench.Commit({Mailbox(Action::kCreate, "ann", "")}));
  const StoredNotice ann = bench.LeaseOne(1);
  ObjectChange gone = Mailbox(Action::kDelete, "ann");
  gone.object.body = "";
  RequireOk(bench.Commit({gone}));
  RequireOk(bench.stores.notices->Retry(ann.id, At(2), "away"));
  RequireOk(bench.stores.notices->Delivered(ann.id, At(2)));
  CHECK(bench.Lease(10).empty());
  CHECK(bench.stores.queue->Get(ann.id).status().code() == StatusCode::kNotFound);
  CHECK(bench.Queue("ann", 3).code() == StatusCode::kNotFound);
}

TEMPLATE_TEST_CASE("a notice is leased, tried again and given up as a message is", "", Embedded,
                   PostgreSql) {
  Bench<TestType> bench;
  NoticeStore& notices = *bench.stores.notices;
  RequireOk(bench.Commit({Mailbox(Action::kCreate, "ann", "")}));
  CHECK(notices.NextDue().value() == At(0));
  const StoredNotice first = bench.LeaseOne(1);
  CHECK(notices.NextDue().value() == At(301));
  CHECK(bench.Lease(300).empty());
  CHECK(bench.LeaseOne(302).mails == 2);  // its holder is gone: another mail

  RequireOk(notices.Retry(first.id, At(400), "the server is away"));
  CHECK(notices.NextDue().value() == At(400));
  CHECK(bench.Get(first.id).attempts == 1);
  CHECK(bench.Get(first.id).last_error == "the server is away");
  CHECK(bench.LeaseOne(400).mails == 3);
  RequireOk(notices.EndLeases([](const std::string& owner) { return owner == "me"; }));
  CHECK(bench.LeaseOne(400).mails == 4);

  RequireOk(notices.Undeliverable(first.id, "550 no such user"));
  CHECK(notices.NextDue().value() == std::nullopt);
  CHECK(bench.Get(first.id).state == MessageState::kUndeliverable);
  CHECK(bench.stores.queue->Count()->notices == 0);
  CHECK(bench.stores.queue->Count()->notices_undeliverable == 1);

  RequireOk(bench.stores.queue->Retry(first.id, At(500)));
  RequireOk(notices.Delivered(bench.LeaseOne(500).id, At(501)));
  CHECK(bench.Get(first.id).state == MessageState::kDelivered);
  CHECK(bench.stores.queue->Retry(first.id, At(502)).code() == StatusCode::kFailedPrecondition);
  RequireOk(notices.Delivered(first.id, At(503)));  // told twice
}

TEMPLATE_TEST_CASE("what is asked for while a notice waits is answered by that notice", "",
                   Embedded, PostgreSql) {
  Bench<TestType> bench;
  RequireOk(bench.Commit({Mailbox(Action::kCreate, "ann", "")}));
  const StoredNotice first = bench.LeaseOne(1);
  RequireOk(bench.stores.notices->Retry(first.id, At(400), "away"));
  RequireOk(bench.Queue("ann", 10, "other@example.com"));
  const StoredNotice second = bench.LeaseOne(10);
  CHECK(second.id == first.id);
  CHECK(second.notice.kind == NoticeKind::kWelcome);  // its mail has a PIN too
  CHECK(second.notice.address == "other@example.com");
  RequireOk(bench.stores.notices->Delivered(second.id, At(11)));
  CHECK(bench.Lease(1000).empty());
}

TEMPLATE_TEST_CASE("what is asked for while a notice is being mailed is mailed after it", "",
                   Embedded, PostgreSql) {
  Bench<TestType> bench;
  RequireOk(bench.Commit({Mailbox(Action::kCreate, "ann", "")}));
  const StoredNotice first = bench.LeaseOne(1);
  RequireOk(bench.Queue("ann", 2));
  CHECK(bench.Lease(3).empty());  // never two at once
  SECTION("if that one is accepted") {
    RequireOk(bench.stores.notices->Delivered(first.id, At(4)));
  }
  SECTION("if that one is refused") {
    RequireOk(bench.stores.notices->Undeliverable(first.id, "550"));
  }
  SECTION("if that one fails") { RequireOk(bench.stores.notices->Retry(first.id, At(900), "421")); }
  const StoredNotice second = bench.LeaseOne(5);
  CHECK(second.id != first.id);
  CHECK(second.attempts == 0);
  RequireOk(bench.stores.notices->Delivered(second.id, At(6)));
  CHECK(bench.Lease(1000).empty());
}

TEMPLATE_TEST_CASE("a PIN reset after the welcome is a notice of its own", "", Embedded,
                   PostgreSql) {
  Bench<TestType> bench;
  RequireOk(bench.Commit({Mailbox(Action::kCreate, "ann", "")}));
  const StoredNotice welcome = bench.LeaseOne(1);
  RequireOk(bench.stores.notices->Delivered(welcome.id, At(2)));
  RequireOk(bench.Queue("ann", 3));
  const StoredNotice reset = bench.LeaseOne(3);
  CHECK(reset.notice.kind == NoticeKind::kPinReset);
  CHECK(reset.id != welcome.id);
  CHECK(reset.mails == 1);
}

TEMPLATE_TEST_CASE("a notice is leased once however many ask", "", Embedded, PostgreSql) {
  Bench<TestType> bench;
  std::vector<ObjectChange> changes;
  for (int i = 0; i < 40; ++i) {
    changes.push_back(Mailbox(Action::kCreate, "m" + std::to_string(i), ""));
  }
  RequireOk(bench.Commit(changes));
  std::mutex mutex;
  std::vector<std::string> leased;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      while (true) {
        const auto mine =
            bench.stores.notices->Lease("owner" + std::to_string(t), At(1), At(300), 3);
        if (!mine.ok() || mine->empty()) return;
        const std::lock_guard lock(mutex);
        for (const StoredNotice& notice : *mine) leased.push_back(notice.mailbox);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::sort(leased.begin(), leased.end());
  CHECK(std::unique(leased.begin(), leased.end()) == leased.end());
  CHECK(leased.size() == 40);
}

TEMPLATE_TEST_CASE("the queue shows messages and notices together, page by page", "", Embedded,
                   PostgreSql) {
  Bench<TestType> bench;
  const std::string delivered = bench.PutMessage(), refused = bench.PutMessage();
  RequireOk(
      bench.Commit({Mailbox(Action::kCreate, "ann", ""), Mailbox(Action::kCreate, "bob", "")}));
  const std::string waiting = bench.PutMessage();
  RequireOk(bench.stores.messages->Delivered(delivered, At(1)));
  RequireOk(bench.stores.messages->Undeliverable(refused, "550"));
  const auto leased = bench.Lease(1);
  RequireOk(bench.stores.notices->Undeliverable(leased[0].id, "550"));
  const auto ids = [](const auto& items) {
    RequireOk(items.status());
    std::vector<std::string> all;
    for (const QueueItem& item : *items) all.push_back(IdOf(item));
    return all;
  };
  const auto all = ids(bench.stores.queue->List({}));
  CHECK(all.size() == 4);
  CHECK(std::is_sorted(all.begin(), all.end()));
  CHECK(std::count(all.begin(), all.end(), delivered) == 0);
  const auto failed = ids(bench.stores.queue->List({.failed = true}));
  CHECK(failed.size() == 2);
  CHECK(std::count(failed.begin(), failed.end(), refused) == 1);
  CHECK(std::count(failed.begin(), failed.end(), leased[0].id) == 1);
  std::vector<std::string> paged;
  for (std::string after;;) {
    const auto page = ids(bench.stores.queue->List({.after = after, .limit = 1}));
    if (page.empty()) break;
    paged.push_back(after = page[0]);
  }
  CHECK(paged == all);
  CHECK(ids(bench.stores.queue->List({.organisation = "acme"})).size() == 4);
  CHECK(ids(bench.stores.queue->List({.organisation = "other"})).empty());

  CHECK(bench.stores.queue->RetryFailed("other", At(5)).value() == 0);
  CHECK(bench.stores.queue->RetryFailed("acme", At(5)).value() == 2);
  CHECK(ids(bench.stores.queue->List({.failed = true})).empty());
  CHECK(bench.stores.messages->Get(refused)->state == MessageState::kStored);
  CHECK(bench.stores.messages->Lease("me", At(5), At(300), 10)->size() == 2);
  CHECK(bench.LeaseOne(5).id == leased[0].id);
  CHECK(waiting != refused);
}

TEMPLATE_TEST_CASE("what cannot be delivered gets another address, and tells who gave it", "",
                   Embedded, PostgreSql) {
  Bench<TestType> bench;
  QueueStore& queue = *bench.stores.queue;
  const std::string message = bench.PutMessage();
  RequireOk(bench.stores.messages->Undeliverable(message, "550"));
  RequireOk(queue.Redirect(message, "bob@example.com", "root (local)", At(9)));
  const auto again = bench.stores.messages->Lease("me", At(9), At(300), 10);
  REQUIRE(again->size() == 1);
  CHECK(again->front().address() == "bob@example.com");
  CHECK(again->front().call.email == tests::Facts().email);
  CHECK(again->front().redirected_by == "root (local)");
  CHECK(again->front().attempts == 1);

  RequireOk(bench.Commit({Mailbox(Action::kCreate, "ann", "")}));
  const StoredNotice notice = bench.LeaseOne(10);
  RequireOk(bench.stores.notices->Undeliverable(notice.id, "550"));
  RequireOk(queue.Redirect(notice.id, "bob@example.com", "root (local)", At(11)));
  const StoredNotice redirected = bench.LeaseOne(11);
  CHECK(redirected.notice.address == "bob@example.com");
  CHECK(redirected.redirected_by == "root (local)");

  RequireOk(bench.stores.messages->Delivered(message, At(12)));
  CHECK(queue.Redirect(message, "x@example.com", "root", At(13)).code() ==
        StatusCode::kFailedPrecondition);
  CHECK(queue.Redirect(NewUlid(std::chrono::system_clock::now()), "x@example.com", "root", At(13))
            .code() == StatusCode::kNotFound);
  CHECK(queue.Retry("no id \x01", At(13)).code() == StatusCode::kNotFound);
}

}  // namespace
}  // namespace um::store

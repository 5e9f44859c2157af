#include "mailbox/store/contacts.h"

#include <future>
#include <optional>

#include "tests/support/catch.h"
#include "tests/support/fake_loop.h"
#include "tests/unit/mailbox/store/recordings.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;

namespace {

/// Answers questions only.
class FakeStore final : public store::ContactStore {
 public:
  absl::StatusOr<std::vector<domain::Contact>> Of(const std::string&, const std::string&) override {
    return std::vector<domain::Contact>();
  }
  absl::StatusOr<std::vector<domain::KnownContact>> Known(const std::string& organisation,
                                                          const std::string& mailbox,
                                                          const domain::CallerKeys& keys) override {
    asked.push_back(organisation + "/" + mailbox + "/" + keys.at(0).at(0));
    if (!status.ok()) return status;
    return known;
  }
  absl::Status Replace(const std::string&, const std::string&, const std::vector<domain::Contact>&,
                       const store::Doer&, const store::AuditNote&) override {
    return absl::OkStatus();
  }
  absl::StatusOr<size_t> Erase(const std::string&, const std::string&, const store::Doer&,
                               store::AuditNote) override {
    return size_t{0};
  }

  std::vector<domain::KnownContact> known;
  absl::Status status;
  std::vector<std::string> asked;
};

struct Bench {
  FakeLoop loop;
  FakeStore store;
  async::WorkerPool workers{1};
  std::optional<store::StoreContacts> contacts;
  std::vector<domain::ContactName> answers;

  Bench() { contacts.emplace(loop, workers, store); }
  void Ask() {
    contacts->Ask(Facts(), {{"1"}}, [this](domain::ContactName name) { answers.push_back(name); });
  }
  void Work() {
    std::promise<void> reached;
    workers.Submit([&reached] { reached.set_value(); });
    reached.get_future().wait();
    loop.RunFor(0ms);
  }
};

}  // namespace

TEST_CASE("a call learns by what name the called user knows the caller") {
  Bench bench;
  bench.store.known = {{"1", 0, "Bob", "bob@example.net"}};
  bench.Ask();
  CHECK(bench.answers.empty());  // the loop does not wait for the store
  bench.Work();
  CHECK(bench.answers == std::vector<domain::ContactName>{{"Bob", "bob@example.net"}});
  CHECK(bench.store.asked ==
        std::vector<std::string>{Facts().organisation + "/" + Facts().mailbox_id + "/1"});
}

TEST_CASE("a store that is away costs the name alone") {
  Bench bench;
  bench.store.status = absl::UnavailableError("away");
  bench.Ask();
  bench.Work();
  CHECK(bench.answers == std::vector<domain::ContactName>{{}});
}

TEST_CASE("who is gone gets no name") {
  Bench bench;
  bench.Ask();
  bench.contacts.reset();
  bench.loop.RunFor(1s);
  CHECK(bench.answers.empty());
}

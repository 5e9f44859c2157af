#include "mailbox/store/greetings.h"

#include <future>
#include <map>

#include "tests/support/catch.h"
#include "tests/support/fake_loop.h"
#include "tests/unit/mailbox/store/recordings.h"

using namespace um;
using namespace um::tests;
using namespace std::chrono_literals;
using domain::GreetingKind;

namespace {

/// What one mailbox has, and how often its audio was read.
class FakeStore final : public store::GreetingStore {
 public:
  absl::StatusOr<store::OwnGreetings> Of(const std::string& organisation,
                                         const std::string& mailbox) override {
    asked.push_back(organisation + "/" + mailbox);
    if (!status.ok()) return status;
    return own;
  }
  absl::StatusOr<std::string> Audio(const std::string&, const std::string& id) override {
    ++read;
    if (!audio.contains(id)) return absl::NotFoundError("replaced");
    return audio.at(id);
  }
  absl::Status Put(const std::string&, const std::string&, const store::Recorded& recorded,
                   std::string_view codes, const store::AuditNote&) override {
    std::erase_if(own.recorded, [&](auto& each) { return each.kind == recorded.kind; });
    own.recorded.push_back(recorded);
    audio[recorded.id] = codes;
    return absl::OkStatus();
  }
  absl::Status Remove(const std::string&, const std::string&, GreetingKind, const store::Doer&,
                      const store::AuditNote&) override {
    return absl::OkStatus();
  }
  absl::Status SetAway(const std::string&, const std::string&, const std::optional<domain::Away>&,
                       const store::Doer&, const store::AuditNote&) override {
    return absl::OkStatus();
  }
  absl::StatusOr<store::OwnGreetings> Erase(const std::string&, const std::string&,
                                            const store::Doer&, store::AuditNote) override {
    return store::OwnGreetings();
  }

  store::OwnGreetings own;
  std::map<std::string, std::string> audio;
  absl::Status status;
  std::vector<std::string> asked;
  int read = 0;
};

struct Bench {
  FakeLoop loop;
  FakeStore store;
  async::WorkerPool workers{1};
  std::optional<store::StoreGreetings> greetings;
  std::vector<domain::OwnWords> answers;

  Bench() { greetings.emplace(loop, workers, store); }
  void Record(GreetingKind kind, const std::string& id, size_t bytes = 8000) {
    CHECK(store
              .Put("", "", {.id = id, .kind = kind, .length = 1s, .by = {}},
                   std::string(bytes, id.front()), {})
              .ok());
  }
  void Ask() {
    greetings->Ask(Facts(), [this](domain::OwnWords words) { answers.push_back(words); });
  }
  domain::OwnWords Answer() {
    Ask();
    std::promise<void> reached;
    workers.Submit([&reached] { reached.set_value(); });
    reached.get_future().wait();
    loop.RunFor(0ms);
    REQUIRE(!answers.empty());
    return answers.back();
  }
};

bool Says(const domain::ClipPtr& clip, char what) {
  return clip && clip->codes(domain::Law::kMu) == std::vector<uint8_t>(8000, uint8_t(what));
}

}  // namespace

TEST_CASE("a call gets the greeting that its moment asks for, with the name") {
  Bench bench;
  CHECK_FALSE(bench.Answer().greeting);
  bench.Record(GreetingKind::kName, "n");
  const domain::OwnWords named = bench.Answer();
  CHECK_FALSE(named.greeting);
  CHECK(Says(named.name, 'n'));
  bench.Record(GreetingKind::kPersonal, "p");
  bench.Record(GreetingKind::kAway, "a");
  CHECK(Says(bench.Answer().greeting, 'p'));
  bench.store.own.away.emplace();
  CHECK(Says(bench.Answer().greeting, 'a'));
  bench.store.own.away->until = Facts().started;
  CHECK(Says(bench.Answer().greeting, 'p'));
}

TEST_CASE("audio is read once, until another is recorded, and forgotten when it is gone") {
  Bench bench;
  bench.Record(GreetingKind::kPersonal, "p");
  const domain::ClipPtr first = bench.Answer().greeting;
  CHECK(bench.Answer().greeting == first);
  CHECK(bench.store.read == 1);
  bench.Record(GreetingKind::kPersonal, "q");
  CHECK(Says(bench.Answer().greeting, 'q'));
  CHECK(bench.store.read == 2);
  const std::weak_ptr<const domain::Clip> kept = bench.Answer().greeting;
  bench.answers.clear();
  CHECK_FALSE(kept.expired());
  bench.store.own.recorded.clear();
  CHECK_FALSE(bench.Answer().greeting);
  CHECK(kept.expired());
}

TEST_CASE("a greeting that cannot be read leaves the caller the system's") {
  Bench bench;
  bench.Record(GreetingKind::kPersonal, "p");
  bench.store.audio.clear();
  CHECK_FALSE(bench.Answer().greeting);
  CHECK(bench.store.asked.size() == 2);  // it might have been replaced between two looks
  bench.store.status = absl::UnavailableError("away");
  CHECK_FALSE(bench.Answer().greeting);
  CHECK(bench.store.asked.size() == 3);
}

TEST_CASE("who is gone gets no greetings") {
  Bench bench;
  bench.Record(GreetingKind::kPersonal, "p");
  bench.Ask();
  bench.greetings.reset();
  bench.loop.RunFor(1s);
  CHECK(bench.answers.empty());
}

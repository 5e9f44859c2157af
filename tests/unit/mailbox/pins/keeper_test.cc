#include "mailbox/pins/keeper.h"

#include <set>

#include "common/log/log.h"
#include "tests/support/catch.h"
#include "tests/unit/mailbox/organisation/given.h"
#include "tests/unit/mailbox/pins/pin_store.h"

namespace um::pins {
namespace {

using namespace std::chrono_literals;
using domain::PinChange;
using Outcome = PinCheck::Outcome;
using Texts = std::vector<std::string>;

std::string& Logged() {
  static std::string text;
  return text;
}

constexpr const char* kOrganisation = R"(
id: example
display_name: Example
dial_plans:
  - {name: Main, number_of_digits_in_extension: 5}
mailbox_policies:
  - {name: Staff, dial_plan: Main, pin_history_count: 3}
  - {name: Lax, dial_plan: Main, pin_lifetime_days: unlimited, max_logon_attempts: unlimited,
     logon_failures_before_pin_reset: unlimited}
mailboxes:
  - {id: ann, display_name: Ann Archer, email: ann@example.com, policy: Staff, extension: "36697",
     secondary_addresses: [{value: "40404"}], calling_line_ids: ["+14255550123"]}
  - {id: lax, display_name: Lax Larry, email: lax@example.com, policy: Lax, extension: "11111"}
)";

/// A keeper of the organisation above, at a time of its own.
struct Bench {
  organisation::ModelPtr model =
      std::make_shared<organisation::Model>(organisation::ModelOf(kOrganisation));
  tests::PinStore store;
  Hasher hasher{{.cost = {.memory_kib = 64, .passes = 1}}};
  domain::WallTime now{1'800'000'000s};
  PinKeeper keeper{[this](const std::string& id) -> absl::StatusOr<organisation::ModelPtr> {
                     if (id != "example") return absl::NotFoundError("no such organisation");
                     return model;
                   },
                   store, hasher, [this] { return now; }};

  Bench() {
    Logged().clear();
    log::SetSink([](std::string_view line) { Logged() += line; });
  }
  ~Bench() { log::SetSink(nullptr); }

  std::string Id() const { return model->Find(organisation::Kind::kMailbox, "ann")->id; }
  store::PinRecord& Record() { return store.records[Id()]; }
  Texts Set(const std::string& pin, bool must_change = false) {
    now += 1s;
    return keeper.Set("example", "ann", pin, must_change, "root", false).value();
  }
  std::string Renew() {
    now += 1s;
    return keeper.Renew("example", "ann").value();
  }
  PinCheck Check(const std::string& pin, const std::string& mailbox = "ann") {
    return keeper.Check("example", mailbox, pin).value();
  }
  Texts Choose(const std::string& pin, const PinCheck& checked) {
    now += 1s;
    return keeper.ChooseByUser("example", "ann", pin, checked).value();
  }
  void Lock(bool locked) { REQUIRE(keeper.Lock("example", "ann", locked, "root").ok()); }
  PinStatus Status() { return keeper.Status("example", "ann").value(); }
};

TEST_CASE("a renewed PIN is by the policy, opens the mailbox, and must be changed") {
  Bench bench;
  CHECK_FALSE(bench.Status().exists);
  std::set<std::string> pins;
  for (int i = 0; i < 20; ++i) {
    const std::string pin = bench.Renew();
    CHECK(domain::CheckPin(pin, {}, {.extensions = {"36697", "40404"}}).empty());
    CHECK(pin.size() == 6);
    pins.insert(pin);
  }
  CHECK(pins.size() >= 19);  // of a million
  const std::string pin = bench.Renew();
  CHECK(bench.Record().hash.starts_with("$argon2id$"));
  const PinCheck checked = bench.Check(pin);
  CHECK(checked.outcome == Outcome::kRight);
  CHECK(checked.must_change == PinChange::kExpired);
  CHECK(bench.Status().exists);
  CHECK(bench.Status().must_change == PinChange::kExpired);
  CHECK(bench.Status().state.first_time_user);
  CHECK(bench.Choose("830215", checked).empty());
  CHECK(bench.Check(pin).outcome == Outcome::kWrong);
  CHECK(bench.Check("830215").must_change == PinChange::kNotNeeded);
  CHECK_FALSE(bench.Status().state.first_time_user);
  CHECK(bench.Status().expires == bench.now + 60 * 24h);
  CHECK(bench.store.notes.empty());  // users and mails are no administrators
}

TEST_CASE("a mail that is tried again and again does not push the user's PINs out of the history") {
  Bench bench;
  REQUIRE(bench.Set("830215").empty());
  REQUIRE(bench.Set("724690").empty());
  std::string last;
  for (int i = 0; i < 10; ++i) last = bench.Renew();
  CHECK(bench.Record().history.size() == 2);
  CHECK(bench.Set("830215") == Texts{"the PIN is one of the last 3"});
  CHECK(bench.Set("724690") == Texts{"the PIN is one of the last 3"});
  CHECK(bench.Check(last).outcome == Outcome::kRight);
}

TEST_CASE("a renewed PIN leaves the lock and the count of failures as they are") {
  Bench bench;
  REQUIRE(bench.Set("830215").empty());
  for (int i = 0; i < 5; ++i) bench.Check("111222");
  bench.Renew();
  CHECK(bench.Status().state.consecutive_failures == 5);
  bench.Lock(true);
  const std::string pin = bench.Renew();
  CHECK(bench.Check(pin).outcome == Outcome::kLocked);
}

TEST_CASE("so many PINs as the policy says cannot be taken again, the generated first one too") {
  Bench bench;
  const std::string first = bench.Renew();
  const PinCheck checked = bench.Check(first);
  const Texts used{"the PIN is one of the last 3"};
  CHECK(bench.Choose(first, checked) == used);
  REQUIRE(bench.Choose("830215", checked).empty());
  const auto choose = [&](const char* now, const std::string& next) {
    return bench.Choose(next, bench.Check(now));
  };
  CHECK(choose("830215", first) == used);
  CHECK(choose("830215", "830215") == used);
  CHECK(choose("830215", "724690").empty());
  CHECK(choose("724690", first) == used);
  CHECK(choose("724690", "519308").empty());
  CHECK(choose("519308", "830215") == used);
  CHECK(choose("519308", first).empty());  // three have come since
  CHECK(bench.Record().history.size() == 2);
}

TEST_CASE("everything that is wrong with a PIN is told at once, and nothing is set") {
  Bench bench;
  CHECK(bench.Set("6697") ==
        Texts{"the PIN needs at least 6 digits",
              "the PIN is the end of an extension of the user, or contains one",
              "the PIN is part of a telephone number of the user"});
  CHECK(bench.Set("12ab").size() == 2);
  CHECK(bench.Set("").size() == 1);
  CHECK(bench.Set(std::string(1 << 20, '7')).size() == 1);
  CHECK(bench.Set("404045") ==
        Texts{"the PIN is the end of an extension of the user, or contains one"});
  CHECK(bench.Set("255550") == Texts{"the PIN is part of a telephone number of the user"});
  CHECK_FALSE(bench.Status().exists);
  REQUIRE(bench.Set("830215").empty());
  // The policy has become stricter meanwhile.
  bench.model = std::make_shared<organisation::Model>(
      organisation::After(*bench.model, organisation::Apply(*bench.model, R"(
id: example
display_name: Example
mailbox_policies: [{name: Staff, dial_plan: Main, min_pin_length: 8, pin_history_count: 3}]
)")));
  CHECK(bench.Set("830215") ==
        Texts{"the PIN needs at least 8 digits", "the PIN is one of the last 3"});
  CHECK(bench.Check("830215").must_change == PinChange::kTooShort);
  CHECK(bench.Renew().size() == 8);
}

TEST_CASE("an administrator's PIN must be changed or not, as they say, and a dry run sets none") {
  Bench bench;
  CHECK(bench.keeper.Set("example", "ann", "830215", true, "root", true).value().empty());
  CHECK(bench.keeper.Set("example", "ann", "8302", true, "root", true).value().size() == 1);
  CHECK_FALSE(bench.Status().exists);
  CHECK(bench.store.notes.empty());
  REQUIRE(bench.Set("830215", true).empty());
  CHECK(bench.Check("830215").must_change == PinChange::kExpired);
  REQUIRE(bench.Set("724690", false).empty());
  CHECK(bench.Check("724690").must_change == PinChange::kNotNeeded);
  bench.now += 60 * 24h;
  CHECK(bench.Check("724690").must_change == PinChange::kTooOld);
}

TEST_CASE("wrong PINs ask for a reset at 5 and 10, and lock at 15 until an administrator unlocks") {
  Bench bench;
  REQUIRE(bench.Set("830215").empty());
  std::vector<int> resets;
  for (int i = 1; i <= 14; ++i) {
    const PinCheck checked = bench.Check("111222");
    CHECK(checked.outcome == Outcome::kWrong);
    if (checked.reset_needed) resets.push_back(i);
  }
  CHECK(resets == std::vector{5, 10});
  CHECK(bench.Check("111222").outcome == Outcome::kLocked);
  CHECK(bench.Check("830215").outcome == Outcome::kLocked);
  CHECK(bench.Status().state.consecutive_failures == 15);
  bench.Lock(false);
  CHECK(bench.Status().state.consecutive_failures == 0);
  CHECK(bench.Check("830215").outcome == Outcome::kRight);
  CHECK_THAT(Logged(), Catch::Contains("pin.refused") && Catch::Contains("\"failures\":15"));

  // Limits that are off.
  REQUIRE(bench.keeper.Reset("example", "lax", "root").ok());
  for (int i = 0; i < 40; ++i) {
    const PinCheck checked = bench.Check("0", "lax");
    CHECK((checked.outcome == Outcome::kWrong && !checked.reset_needed));
  }
}

TEST_CASE("the right PIN begins the count anew, also as the last attempt there was") {
  Bench bench;
  REQUIRE(bench.Set("830215").empty());
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 14; ++i) bench.Check("111222");
    CHECK(bench.Check("830215").outcome == Outcome::kRight);
    CHECK(bench.Status().state.consecutive_failures == 0);
    CHECK_FALSE(bench.Status().state.locked_out);
  }
}

TEST_CASE("an attempt is counted before it is compared") {
  Bench bench;
  REQUIRE(bench.Set("830215").empty());
  bench.store.failure = absl::UnavailableError("gone");
  CHECK(absl::IsUnavailable(bench.keeper.Check("example", "ann", "830215").status()));
  bench.store.failure = absl::OkStatus();
  // Another node counts one between this one's reading and writing.
  bench.store.before_write = [&] { bench.Check("111222"); };
  bench.Check("333444");
  CHECK(bench.Status().state.consecutive_failures == 2);
  // What is not compared for want of a turn is not counted either.
  Hasher full({.at_once = 0, .waiting = 0});
  PinKeeper busy([&](const std::string&) { return bench.model; }, bench.store, full);
  CHECK(absl::IsResourceExhausted(busy.Check("example", "ann", "830215").status()));
  CHECK(bench.Status().state.consecutive_failures == 2);
}

TEST_CASE("what an administrator does while a PIN is being compared holds") {
  Bench bench;
  REQUIRE(bench.Set("830215").empty());
  const auto after_counting = [&](std::function<void()> what) {
    bench.store.before_write = [&, what] { bench.store.before_write = what; };
  };
  SECTION("a lock") {
    after_counting([&] { bench.Lock(true); });
    CHECK(bench.Check("830215").outcome == Outcome::kLocked);
    CHECK(bench.Status().state.locked_out);
  }
  SECTION("a lock while the last attempt that there was is the right one") {
    for (int i = 0; i < 14; ++i) bench.Check("111222");
    after_counting([&] { bench.Lock(true); });
    CHECK(bench.Check("830215").outcome == Outcome::kLocked);
    CHECK(bench.Status().state.locked_out);
  }
  SECTION("a reset") {
    after_counting(
        [&] { REQUIRE(bench.keeper.Void("example", "ann", "ann@example.com", "root").ok()); });
    CHECK(bench.Check("830215").outcome == Outcome::kWrong);
    CHECK_FALSE(bench.Status().exists);
  }
}

TEST_CASE("a user changes no PIN that was reset or locked since the sign-in") {
  Bench bench;
  REQUIRE(bench.Set("830215").empty());
  const PinCheck checked = bench.Check("830215");
  const auto choose = [&](const PinCheck& by) {
    return bench.keeper.ChooseByUser("example", "ann", "724690", by).status().code();
  };
  bench.Lock(true);
  CHECK(choose(checked) == absl::StatusCode::kFailedPrecondition);
  bench.Lock(false);
  CHECK(choose(bench.Check("111222")) == absl::StatusCode::kFailedPrecondition);
  bench.now += 1s;
  REQUIRE(bench.keeper.Void("example", "ann", "ann@example.com", "root").ok());
  CHECK(choose(checked) == absl::StatusCode::kFailedPrecondition);
  bench.Renew();
  CHECK(choose(checked) == absl::StatusCode::kFailedPrecondition);
  CHECK(choose(bench.Check(bench.Renew())) == absl::StatusCode::kOk);
}

TEST_CASE("a wrong PIN, none and a locked mailbox take the same steps") {
  Bench bench;
  const auto steps = [&] {
    bench.store.steps.clear();
    bench.Check("111222");
    return bench.store.steps;
  };
  const std::vector<std::string> none = steps();
  REQUIRE(bench.Set("830215").empty());
  const std::vector<std::string> wrong = steps();
  bench.Lock(true);
  const std::vector<std::string> locked = steps();
  CHECK(wrong == std::vector<std::string>{"read", "write"});
  CHECK(none == wrong);
  CHECK(locked == wrong);
  // And none is counted where there is nothing to guess.
  CHECK(bench.Status().state.consecutive_failures == 0);
}

TEST_CASE("administrators are noted with what they did, and failures are told apart from errors") {
  Bench bench;
  REQUIRE(bench.Set("830215").empty());
  const std::string pin = bench.keeper.Reset("example", "ann", "helpdesk").value();
  CHECK(bench.Check(pin).must_change == PinChange::kExpired);
  bench.Lock(true);
  bench.Lock(false);
  REQUIRE(bench.keeper.Void("example", "ann", "ann@example.com", "root").ok());
  CHECK(bench.Check(pin).outcome == Outcome::kNone);
  std::string said;
  for (const auto& [actor, note] : bench.store.notes) {
    said += actor + ": " + note.action;
    for (const auto& [name, value] : note.facts) said += " " + name + "=" + value;
    said += "\n";
    CHECK((note.kind == "mailbox" && note.name == "ann" && note.id == bench.Id()));
  }
  CHECK(said ==
        "root: set-pin must_change=false\n"
        "helpdesk: reset-pin told=who reset it\n"
        "root: lock-pin\n"
        "root: unlock-pin\n"
        "root: reset-pin mailed_to=ann@example.com\n");
  CHECK(bench.keeper.Status("example", bench.Id()).ok());

  CHECK(absl::IsNotFound(bench.keeper.Renew("other", "ann").status()));
  CHECK(absl::IsNotFound(bench.keeper.Renew("example", "nobody").status()));
  CHECK(absl::IsNotFound(bench.keeper.Check("example", "nobody", "1").status()));
  CHECK(absl::IsNotFound(bench.keeper.Status("example", "nobody").status()));
}

TEST_CASE("no PIN and no hash reaches the log") {
  Bench bench;
  std::vector<std::string> secrets = {"830215", "111222", "724690", "argon2"};
  REQUIRE(bench.Set("830215").empty());
  bench.Check("111222");
  REQUIRE(bench.Choose("724690", bench.Check("830215")).empty());
  secrets.push_back(bench.Renew());
  secrets.push_back(bench.keeper.Reset("example", "ann", "root").value());
  CHECK_THAT(Logged(), Catch::Contains("pin.generated") && Catch::Contains("pin.refused"));
  for (const std::string& secret : secrets) CHECK_THAT(Logged(), !Catch::Contains(secret));
}

}  // namespace
}  // namespace um::pins

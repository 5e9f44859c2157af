// PINs on the real stores, on several nodes at once.
#include "mailbox/pins/keeper.h"

#include <atomic>
#include <thread>

#include "mailbox/admin/registry.h"
#include "tests/integration/store/places.h"
#include "tests/unit/mailbox/organisation/given.h"

namespace um::pins {
namespace {

using tests::Embedded;
using tests::OpenStores;
using tests::PostgreSql;
using tests::RequireOk;
using Outcome = PinCheck::Outcome;

/// A node of the pool.
struct Node {
  store::Stores stores;
  std::unique_ptr<admin::Registry> registry;
  Hasher hasher{{.cost = {.memory_kib = 64, .passes = 1}, .at_once = 4}};
  PinKeeper keeper{[this](const std::string& id) { return registry->Find(id); },
                   *stores.organisations, hasher};

  explicit Node(const store::StoreOptions& options)
      : stores(OpenStores(options)),
        registry(admin::Registry::Open(*stores.organisations, [](auto) {}).value()) {}

  void Apply(const std::string& yaml) {
    const auto document = organisation::FromText(yaml);
    const std::string name = document.display_name();
    const auto result = registry->Change(
        document.id(), &name, "root", false, [&](const auto& model, const auto& context) {
          const auto difference = organisation::Compare(model, document, false);
          return organisation::Evaluate(model, difference.operations, context, &difference.paths);
        });
    RequireOk(result.status());
    REQUIRE(organisation::Lines(result->outcome.problems).empty());
  }
  store::PinRecord Record() {
    const auto model = registry->Find("example").value();
    return stores.organisations
        ->Pin("example", model->Find(organisation::Kind::kMailbox, "ann")->id)
        .value();
  }
};

TEMPLATE_TEST_CASE("guesses on several nodes at once are no more than the policy allows", "",
                   Embedded, PostgreSql) {
  const TestType place;
  Node a(place.options());
  a.Apply(organisation::kExample);
  Node b(place.options());
  const std::string pin = a.keeper.Renew("example", "ann").value();
  std::atomic<int> compared = 0, locked = 0, resets = 0, odd = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const auto checked = (t % 2 ? a : b).keeper.Check("example", "ann", "1");
        if (!checked.ok()) {
          ++odd;
        } else if (checked->outcome == Outcome::kWrong) {
          ++compared;
          resets += checked->reset_needed;
        } else {
          ++(checked->outcome == Outcome::kLocked ? locked : odd);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(odd == 0);
  CHECK(compared == 14);  // the fifteenth locks
  CHECK(locked == 46);
  CHECK(resets == 2);
  CHECK(a.Record().failures == 15);
  CHECK(a.keeper.Check("example", "ann", pin)->outcome == Outcome::kLocked);
}

TEMPLATE_TEST_CASE("the right PIN at once with wrong ones is right unless they have locked it", "",
                   Embedded, PostgreSql) {
  const TestType place;
  Node a(place.options());
  a.Apply(organisation::kExample);
  Node b(place.options());
  const std::string pin = a.keeper.Renew("example", "ann").value();
  std::atomic<int> odd = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 6; ++i) {
        const auto checked = (t % 2 ? a : b).keeper.Check("example", "ann", t == 0 ? pin : "1");
        const auto expected = t == 0 ? Outcome::kRight : Outcome::kWrong;
        const bool good =
            checked.ok() && (checked->outcome == expected || checked->outcome == Outcome::kLocked);
        if (!good) ++odd;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(odd == 0);
  RequireOk(a.keeper.Lock("example", "ann", false, "root"));
  CHECK(a.keeper.Check("example", "ann", pin)->outcome == Outcome::kRight);
  CHECK(a.Record().failures == 0);
}

TEMPLATE_TEST_CASE("PINs and the organisation change at once, as one stream, on every node", "",
                   Embedded, PostgreSql) {
  const TestType place;
  Node a(place.options());
  a.Apply(organisation::kExample);
  Node b(place.options());
  const int64_t before = a.registry->Find("example").value()->sequence();
  std::vector<absl::Status> failures;
  std::thread helpdesk([&] {
    for (int i = 0; i < 5; ++i) {
      const absl::Status status = a.keeper.Lock("example", "ann", i % 2 == 0, "helpdesk");
      if (!status.ok()) failures.push_back(status);
    }
  });
  for (int i = 0; i < 5; ++i) {
    b.Apply(
        fmt::format("id: example\ndisplay_name: Example\nmailboxes:\n"
                    "  - {{id: m{0}, display_name: M, email: m{0}@example.com, "
                    "policy: Staff, extension: \"200{0}\"}}\n",
                    i));
  }
  helpdesk.join();
  CHECK(failures.empty());
  for (Node* node : {&a, &b}) {
    CHECK(node->registry->WaitBeyond("example", before + 9, std::chrono::seconds(60)));
    const auto model = node->registry->Find("example").value();
    CHECK(model->sequence() == before + 10);
    CHECK(model->Mailbox("m4"));
    CHECK(model->Mailbox("ann"));
  }
  int64_t sequence = 0;
  int notes = 0;
  const auto audit = a.stores.organisations->Since("example", 0, 1000).value();
  for (const store::AuditEntry& entry : audit) {
    CHECK(entry.sequence - sequence <= 1);
    sequence = entry.sequence;
    if (!entry.note) continue;
    ++notes;
    CHECK(entry.actor == "helpdesk");
    CHECK(entry.note->name == "ann");
  }
  CHECK(notes == 5);
}

TEMPLATE_TEST_CASE("neither PIN nor hash is in the audit or in the organisation's document", "",
                   Embedded, PostgreSql) {
  const TestType place;
  Node node(place.options());
  node.Apply(organisation::kExample);
  RequireOk(node.keeper.Set("example", "ann", "830215", true, "root", false).status());
  const std::string shown = node.keeper.Reset("example", "ann", "root").value();
  const std::string mailed = node.keeper.Renew("example", "ann").value();
  RequireOk(node.keeper.Void("example", "ann", "ann@example.com", "root"));
  std::string text = organisation::Document(*node.registry->Find("example").value()).DebugString();
  int notes = 0;
  const auto audit = node.stores.organisations->Since("example", 0, 1000).value();
  for (const store::AuditEntry& entry : audit) {
    text += entry.actor + entry.name + entry.before + entry.after;
    if (!entry.note) continue;
    ++notes;
    for (const auto& [name, value] : entry.note->facts) text += entry.note->action + name + value;
  }
  CHECK(notes == 3);
  for (const std::string& secret : {std::string("830215"), shown, mailed, std::string("argon2")}) {
    CHECK(text.find(secret) == std::string::npos);
  }
}

}  // namespace
}  // namespace um::pins

#include "mailbox/organisation/entries.h"

#include <map>
#include <random>
#include <set>

#include "mailbox/domain/names.h"
#include "mailbox/organisation/find.h"
#include "tests/unit/mailbox/organisation/given.h"

namespace um::organisation {
namespace {

EntryPtr MailboxEntry(const std::string& id, const std::string& policy,
                      const std::string& extension) {
  v1::Object object;
  v1::Mailbox& mailbox = *object.mutable_mailbox();
  mailbox.set_id(id);
  mailbox.set_display_name("Given " + id);
  mailbox.set_email(id + "@example.com");
  mailbox.set_policy(policy);
  mailbox.set_extension(extension);
  return MakeEntry({.id = "ID" + id, .object = std::move(object)});
}

using ByName = std::map<std::string, EntryPtr>;

void CheckSame(const Entries& entries, const ByName& wanted) {
  REQUIRE(entries.size() == wanted.size());
  auto it = wanted.begin();
  for (const EntryPtr& entry : entries) {
    REQUIRE(it->second == entry);
    REQUIRE(entries.Find(entry->name) == entry);
    ++it;
  }
  for (const auto& block : entries.blocks()) {
    REQUIRE(block->entries.size() <= 256);
    REQUIRE(block->entries.size() == block->ends.size());
  }
}

/// A hundred steps of up to a few hundred mailboxes that come, change and go.
void Shuffle(Entries& entries, ByName& wanted, std::mt19937& random) {
  const auto any = [&](size_t n) { return random() % n; };
  for (int step = 0; step < 100; ++step) {
    std::vector<std::string_view> gone;
    std::vector<EntryPtr> come;
    std::vector<EntryPtr> kept;  // whose names are in `gone`
    std::set<std::string> touched;
    ByName next = wanted;
    for (size_t i = any(step % 10 == 0 ? 400 : 4) + 1; i > 0; --i) {
      const std::string name = fmt::format("user{:03}", any(900));
      if (!touched.insert(name).second) continue;
      if (wanted.contains(name) && any(3) != 0) {
        kept.push_back(wanted.at(name));
        gone.push_back(kept.back()->name);
        next.erase(name);
      }
      if (any(2) == 0) {
        come.push_back(
            MailboxEntry(name, any(2) ? "Staff" : "Guests", fmt::format("{}", any(9999))));
        next[name] = come.back();
      }
    }
    std::set<std::string> seen;
    const Entries before = entries;
    entries = entries.With(gone, come);
    CheckSame(entries, next);
    CheckSame(before, wanted);
    ForEachDifference(before, entries, [&](const EntryPtr& was, const EntryPtr& is) {
      const std::string& name = was ? was->name : is->name;
      CHECK(seen.insert(name).second);
      CHECK((was ? wanted.at(name) == was : !wanted.contains(name)));
      CHECK((is ? next.at(name) == is : !next.contains(name)));
      CHECK(was != is);
    });
    for (const auto& [name, entry] : next) {
      if (!wanted.contains(name) || wanted.at(name) != entry) CHECK(seen.contains(name));
    }
    wanted = std::move(next);
  }
}

}  // namespace

TEST_CASE("entries stay in order while any of them come, change and go") {
  std::mt19937 random(42);
  Entries entries;
  ByName wanted;
  Shuffle(entries, wanted, random);
  CHECK(entries.Find("user") == nullptr);
  CHECK(entries.Find("zzz") == nullptr);
  CHECK(Entries().Find("user001") == nullptr);
  std::vector<std::string_view> all;
  for (const auto& [name, _] : wanted) all.push_back(name);
  CHECK(entries.With(all, {}).empty());
}

TEST_CASE("a change of one mailbox leaves nearly all blocks as they are") {
  std::vector<EntryPtr> come;
  for (int i = 0; i < 10'000; ++i) {
    come.push_back(MailboxEntry(fmt::format("user{:05}", i), "Staff", std::to_string(i)));
  }
  const Entries entries = Entries().With({}, come);
  const Entries changed = entries.With({}, {MailboxEntry("user05000", "Staff", "77777")});
  const std::set<Entries::BlockPtr> before(entries.blocks().begin(), entries.blocks().end());
  size_t fresh = 0;
  for (const auto& block : changed.blocks()) fresh += before.contains(block) ? 0 : 1;
  CHECK(fresh == 1);
  CHECK(changed.size() == 10'000);
}

TEST_CASE("what is found by text, reference and number is what looking at each would find") {
  std::mt19937 random(3);
  Entries entries;
  ByName wanted;
  Shuffle(entries, wanted, random);
  for (const std::string text :
       {"7", "user0", "given user1", "99@EXAMPLE.com", "none\nof", "0\n1"}) {
    std::vector<EntryPtr> found, expected;
    const std::string folded = domain::FoldName(text);
    entries.ForEachWithText(folded, [&](const EntryPtr& entry) {
      found.push_back(entry);
      return true;
    });
    for (const auto& [_, entry] : wanted) {
      const v1::Mailbox& m = entry->object.mailbox();
      bool has = false;
      for (const std::string& field : {m.id(), m.display_name(), m.email(), m.extension()}) {
        has |= domain::FoldName(field).find(folded) != std::string::npos;
      }
      if (has) expected.push_back(entry);
    }
    CAPTURE(text);
    CHECK(found == expected);
  }
  std::vector<EntryPtr> guests;
  entries.ForEachReferring(
      [](const Reference& r) { return r == Reference{Kind::kMailboxPolicy, "guests"}; },
      [&](const EntryPtr& entry) { guests.push_back(entry); });
  CHECK(!guests.empty());
  for (const auto& [_, entry] : wanted) {
    const bool is_guest = entry->object.mailbox().policy() == "Guests";
    CHECK(is_guest == (std::find(guests.begin(), guests.end(), entry) != guests.end()));
  }
  const auto& [_, somebody] = *wanted.begin();
  std::vector<EntryPtr> numbered;
  entries.ForEachWithNumber({NumberHash(somebody->object.mailbox().extension())},
                            [&](const EntryPtr& entry) { numbered.push_back(entry); });
  CHECK(std::find(numbered.begin(), numbered.end(), somebody) != numbered.end());
}

TEST_CASE("a selection pages through what matches and counts all of it") {
  std::string yaml = kExample;
  const Model model = ModelOf(yaml);
  std::vector<std::string> seen;
  Query query{.kind = Kind::kMailbox, .most = 1};
  for (;;) {
    const Selection page = Select(model, query);
    CHECK(page.total == 2);
    for (const EntryPtr& entry : page.entries) seen.push_back(entry->name);
    if (page.next.empty()) break;
    query.after = page.next;
  }
  CHECK(seen == std::vector<std::string>{"ann", "bela"});
  query.after = "";
  query.refers_to = Reference{Kind::kMailboxPolicy, "staff"};
  CHECK(Select(model, query).total == 2);
  query.search = "ARCHER";
  CHECK(Select(model, query).total == 1);
  CHECK(Select(model, query).next.empty());
  query.refers_to = Reference{Kind::kMailboxPolicy, "nobody's"};
  CHECK(Select(model, query).total == 0);
}

TEST_CASE("mailboxes are called by extension and mail address") {
  const Model model = ModelOf(kExample);
  REQUIRE(MailboxesCalled(model, "1001").size() == 1);
  CHECK(MailboxesCalled(model, "1001")[0]->name == "ann");
  CHECK(MailboxesCalled(model, "100").empty());
  CHECK(MailboxesCalled(model, "").empty());
}

}  // namespace um::organisation

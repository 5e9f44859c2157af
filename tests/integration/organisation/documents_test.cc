// Whole organisations through umctl, the real service and the real stores.
#include <fmt/format.h>

#include "tests/integration/organisation/real_node.h"

namespace um::tests {
namespace {

/// Applies the example at one place and takes it to another by export and apply.
template <class From, class To>
void CheckTravels() {
  const From from;
  const To to;
  std::string exported;
  {
    const RealNode one(from.options());
    CHECK(Has(one.Done("apply -f " + FullExample()), "Applied: "));
    exported = one.Done("export");
    CHECK(Has(one.Done("apply --prune -f " + FullExample()), "Nothing to do"));
    CHECK(one.Sequence() == 1);
    const RealNode other(to.options());
    CHECK(Has(other.Done("apply -f " + other.Write("org.yaml", exported)), "Applied: "));
    CHECK(other.Done("export") == exported);
    CHECK(Has(other.Done("apply -f org.yaml"), "Nothing to do"));
    CHECK(Has(other.Done("apply --prune -f org.yaml"), "Nothing to do"));
    CHECK(other.Sequence() == 1);
    CHECK(other.Export() == exported);
  }
  // What is read back from the store is the same as what was published when it was changed.
  CHECK(RealNode(from.options()).Export() == exported);
  CHECK(RealNode(to.options()).Export() == exported);
}

TEST_CASE("a full organisation goes from SQLite to PostgreSQL and back, and stays what it is") {
  CheckTravels<Embedded, PostgreSql>();
  CheckTravels<PostgreSql, Embedded>();
}

TEMPLATE_TEST_CASE("applying makes an organisation what the document says, whatever it was", "",
                   Embedded, PostgreSql) {
  const TestType place;
  const RealNode node(place.options());
  node.Done("apply -f " + FullExample());
  const std::string full = node.Export();
  // Numbers and names pass from one object to another, what everything refers to is renamed, things
  // go.
  node.Done("mailbox-policy rename Staff People");
  node.Done("mailbox set bela.novak --extension 1098");
  node.Done("mailbox set ann.archer --extension 1002");
  node.Done("mailbox set bela.novak --extension 1001");
  node.Done("auto-attendant delete 'Reception by voice' --cascade");
  node.Done("mailbox delete chloe.dubois");
  node.Done("mailbox-policy set People --unset min-pin-length");
  CHECK(node.Export() != full);
  node.Done("apply --prune --yes -f " + FullExample());
  CHECK(node.Export() == full);
  CHECK(Has(node.Done("apply --prune -f " + FullExample()), "Nothing to do"));
}

TEST_CASE("of a file with a thousand wrong rows every one is told, and nothing is done") {
  const Embedded place;
  const RealNode node(place.options());
  node.Done("organisation create example");
  node.Done("dial-plan create Main --number-of-digits-in-extension 5");
  std::string rows = "id,display_name,email,extension\n";
  for (int i = 0; i < 1000; ++i) {
    rows += fmt::format("user{0},User {0},user{0}@example.com,{0}\n", i);  // too short
  }
  node.Write("people.csv", rows);
  const uint64_t before = node.Sequence();
  const Ran ran = node.Umctl("mailbox enable --csv people.csv --policy 'Main Default Policy'");
  CHECK(ran.status == 1);
  CHECK(Has(ran.output, "line 2: extension: "));
  CHECK(Has(ran.output, "line 1001: extension: "));
  CHECK(node.Sequence() == before);
}

}  // namespace
}  // namespace um::tests

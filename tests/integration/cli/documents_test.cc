// umctl on whole organisations: documents, files of mailboxes, and what it explains.
#include <cstdlib>
#include <fstream>

#include "tests/integration/cli/fake_organisations.h"
#include "tests/support/catch.h"

namespace um::tests {
namespace {

TEST_CASE(
    "what is exported is applied elsewhere, exports the same, and applied again does nothing") {
  const OrganisationBench one;
  one.TakeFirstSteps();
  one.Done("export -o " + one.File("org.yaml"));
  const OrganisationBench other;
  const std::string applied = other.Done("apply -f " + one.File("org.yaml"));
  CHECK(Has(applied, "+ mailbox ann"));
  CHECK(Has(applied, "Applied: 5 created."));
  other.Done("export -o " + other.File("org.yaml"));
  CHECK(other.Read("org.yaml") == one.Read("org.yaml"));
  CHECK(Has(other.Done("apply -f " + one.File("org.yaml")), "Nothing to do"));
  CHECK(Has(one.Umctl("export -o " + one.File("org.yaml")).output, "--force"));
}

TEST_CASE("applying shows the differences, and deletes only what somebody agreed to") {
  const OrganisationBench bench;
  bench.TakeFirstSteps();
  std::string document = bench.Done("export");
  document.replace(document.find("Ann Archer"), 10, "Ann Bowyer");
  const size_t groups = document.find("hunt_groups:");
  document.erase(groups, document.find("mailbox_policies:") - groups);
  bench.Write("org.yaml", document);
  const std::string dry = bench.Done("apply -f org.yaml --prune --dry-run");
  CHECK(Has(dry, "~ mailbox ann\n    display_name: Ann Archer -> Ann Bowyer\n"));
  CHECK(Has(dry, "- hunt group pbx"));
  CHECK(Has(dry, "Dry run"));
  const Ran refused = bench.Umctl("apply -f org.yaml --prune");
  CHECK(refused.status == 1);
  CHECK(Has(refused.output, "--yes"));
  CHECK(Has(bench.Done("hunt-group list"), "pbx"));
  CHECK(Has(bench.Done("apply -f org.yaml --prune --yes"), "1 changed, 1 deleted"));
  CHECK(Has(bench.Done("hunt-group list"), "There is no hunt group"));
}

TEST_CASE("the example document is good, and complete enough to be exported the same") {
  const OrganisationBench bench;
  const std::string example =
      std::string(getenv("UM_SOURCE_DIR")) + "/deploy/examples/organisation-full.yaml";
  CHECK(Has(bench.Done("apply -f " + example), "+ auto attendant Reception"));
  CHECK(Has(bench.Done("apply --prune -f " + example), "Nothing to do"));
  bench.Done("export -o " + bench.File("org.yaml"));
  CHECK(Has(bench.Done("apply --prune -f org.yaml"), "Nothing to do"));
}

TEST_CASE("a document that is wrong is told so as a whole, with lines or with names") {
  const OrganisationBench bench;
  bench.TakeFirstSteps();
  const Ran unreadable = bench.Umctl(
      "apply -f " + bench.Write("bad.yaml", "id: example\ndial_plan: 3\nmailboxes: yes\n"));
  CHECK(unreadable.status == 1);
  CHECK(Has(unreadable.output, "bad.yaml:2"));
  CHECK(Has(unreadable.output, "bad.yaml:3"));
  const Ran wrong =
      bench.Umctl("apply -f " + bench.Write("range.yaml",
                                            "id: example\ndial_plans:\n  - name: Far\n"
                                            "    number_of_digits_in_extension: 99\n"));
  CHECK(wrong.status == 1);
  CHECK(Has(wrong.output, "dial plan Far (dial_plans[0]): number_of_digits_in_extension: "));
  CHECK(bench.Umctl("apply -f nowhere.yaml").status == 1);
  CHECK(bench.Umctl("apply").status == 2);
}

TEST_CASE("mailboxes are enabled by the thousand, as a whole or not at all") {
  const OrganisationBench bench;
  bench.TakeFirstSteps();
  bench.Done("dial-plan create Far --number-of-digits-in-extension 5");
  {
    std::ofstream out(bench.File("people.csv"));
    out << "display_name,email,Extension\r\n";
    for (int i = 0; i < 2000; ++i) {
      out << "\"User, " << i << "\",u" << i << "@example.com," << 10000 + i << "\r\n";
    }
  }
  const std::string enable = "mailbox enable --csv people.csv --policy 'Far Default Policy'";
  CHECK(Has(bench.Done(enable + " --dry-run"), "2,000 mailboxes would be enabled"));
  CHECK(Has(bench.Done(enable), "2,000 mailboxes enabled."));
  CHECK(Has(bench.Done("mailbox list"), "u1004@example.com"));
  CHECK(Has(bench.Done("mailbox list"), "--all"));
  bench.Write("bad.csv",
              "id,display_name,email,extension,policy\n"
              "bob,Bob,bob@example.com,20000,Far Default Policy\n"
              "eve,Eve,not an address,20001,Far Default Policy\n"
              "kim,Kim,kim@example.com,1,Far Default Policy\n");
  const Ran bad = bench.Umctl("mailbox enable --csv bad.csv");
  CHECK(bad.status == 1);
  CHECK(Has(bad.output, "line 3: email: "));
  CHECK(bench.Umctl("mailbox show bob").status == 1);
  const Ran column = bench.Umctl("mailbox enable --csv " + bench.Write("c.csv", "id,mail\n"));
  CHECK(column.status == 1);
  CHECK(Has(column.output, "column 'mail'"));
}

TEST_CASE("umctl explains features and numbers, and tells who changed what") {
  OrganisationBench bench;
  bench.TakeFirstSteps();
  const std::string why = bench.Done("why 1001");
  CHECK(Has(why, "call-answering-rules  on\n"));
  CHECK(Has(why, "allow_play_on_phone is false"));
  const std::string dialled = bench.Done("number test Main 1002 --as-mailbox ann");
  CHECK(Has(dialled, " 1. is 4 digits long"));
  CHECK(Has(dialled, "=> dials 1002"));
  CHECK(bench.node.number_request.mailbox() == "ann");
  CHECK(Has(bench.Done("number test Main 900"), "=> refused"));
  CHECK(Has(bench.Done("number test Main 1001 --calling"), "=> the number of mailbox ann"));
  CHECK(bench.Umctl("number test Main 1 --as-mailbox a --as-auto-attendant b").status == 2);

  const std::string audit = bench.Done("audit --kind dial-plan --since 2h");
  CHECK(Has(audit, "2026-01-15 09:30:00 UTC  root (local)?[2J"));
  CHECK(Has(audit, "+ dial plan Main"));
  CHECK(bench.node.audit_request.kind() == "dial_plan");
  CHECK(bench.node.audit_request.since().size() == 20);
  CHECK(bench.Umctl("audit --since tomorrow").status == 2);
  CHECK(Has(bench.Done("audit --json"), "\"actor\": \"root (local)\\u001b[2J\""));
}

}  // namespace
}  // namespace um::tests

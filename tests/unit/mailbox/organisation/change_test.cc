#include "tests/unit/mailbox/organisation/given.h"

namespace um::organisation {
namespace {
using Strings = std::vector<std::string>;
}

TEST_CASE("an organisation is built in one change") {
  const Model model = ModelOf(kExample);
  CHECK(model.sequence() == 1);
  REQUIRE(model.Mailbox("ANN"));
  CHECK(model.Find(Kind::kMailbox, "ann")->version == 1);
  CHECK(model.Find(Kind::kMailbox, "ann")->changed_by == "test");
  CHECK(model.Find(Kind::kDialPlan, "main")->references.empty());
  CHECK(ReferencedIds(model, *model.Find(Kind::kMailbox, "bela")) ==
        Strings{model.Find(Kind::kMailboxPolicy, "Staff")->id});
}

TEST_CASE("everything that is wrong with a change is told, and nothing of it is done") {
  const Model model = ModelOf(kExample);
  const Outcome outcome = Do(model, R"(
operations:
  - create: {dial_plan: {name: Main, number_of_digits_in_extension: 3}}
  - create: {mailbox: {id: c, display_name: C, email: nobody, policy: Staff, extension: "1003"}}
  - create: {hunt_group: {name: other, ip_gateway: nowhere, dial_plan: Main}}
  - update: {name: nobody, object: {mailbox: {display_name: N}}}
  - delete: {kind: ip_gateway, name: pbx}
  - delete: {kind: kettle, name: pbx}
  - {}
)");
  CHECK(
      Lines(outcome.problems) ==
      Strings{"operations[0].create.dial_plan: there is a UM dial plan \"Main\" already",
              "operations[1].create.mailbox.email: must be a mail address",
              "operations[3].update.object.mailbox: there is no UM mailbox \"nobody\"",
              "operations[5].delete.kind: \"kettle\" is no kind of object",
              "operations[6]: asks for nothing",
              "operations[4].delete: the UM IP gateway is in use by hunt_group pbx",
              "operations[2].create.hunt_group.ip_gateway: there is no UM IP gateway \"nowhere\""});
  CHECK(outcome.steps.empty());
}

TEST_CASE("an update changes the fields it names; an unset one becomes its default") {
  const Model model = ModelOf(kExample);
  const Outcome outcome = Do(model, R"(
operations:
  - update:
      name: ann
      object: {mailbox: {display_name: Ann Baker}}
      mask: {paths: [display_name, time_zone]}
)");
  const Model after = After(model, outcome);
  CHECK(after.Mailbox("ann")->display_name() == "Ann Baker");
  CHECK(after.Mailbox("ann")->email() == "ann@example.com");
  CHECK(after.Find(Kind::kMailbox, "ann")->version == 2);
  CHECK(after.Find(Kind::kMailbox, "bela")->version == 1);
  CHECK(after.Find(Kind::kMailbox, "ann")->id == model.Find(Kind::kMailbox, "ann")->id);
}

TEST_CASE("an update that changes nothing is no change") {
  const Model model = ModelOf(kExample);
  const Outcome outcome = Do(model,
                             "operations: [{update: {name: ann, object: {mailbox: {email: "
                             "ann@example.com}}, mask: {paths: [email]}}}]");
  CHECK(outcome.problems.empty());
  CHECK(outcome.steps.empty());
}

TEST_CASE("a change that expects another version is told the current one") {
  const Model model = ModelOf(kExample);
  const Outcome outcome = Do(
      model,
      "operations: [{update: {name: ann, expected_version: 7, object: {mailbox: {email: a@b.de}},"
      " mask: {paths: [email]}}}]");
  REQUIRE(outcome.problems.size() == 1);
  CHECK(outcome.problems[0].current_version == 1);
}

TEST_CASE("what is fixed cannot be changed") {
  const Model model = ModelOf(kExample);
  CHECK(Lines(Do(model,
                 "operations: [{update: {name: Main, object: {dial_plan: "
                 "{number_of_digits_in_extension: 5}},"
                 " mask: {paths: [number_of_digits_in_extension]}}}]")
                  .problems) == Strings{"operations[0].update.object.dial_plan.number_of_digits_in_"
                                        "extension: cannot be changed (it is 4)"});
}

TEST_CASE("a renamed object keeps its id, and what refers to it follows") {
  const Model model = ModelOf(kExample);
  const Model after =
      After(model, Do(model,
                      "operations: [{update: {name: Main, object: {dial_plan: {name: Hauptsitz}},"
                      " mask: {paths: [name]}}}]"));
  CHECK_FALSE(after.Find(Kind::kDialPlan, "Main"));
  CHECK(after.Find(Kind::kDialPlan, "Hauptsitz")->id == model.Find(Kind::kDialPlan, "Main")->id);
  CHECK(after.Policy("Staff")->dial_plan() == "Hauptsitz");
  CHECK(after.AutoAttendant("Front")->dial_plan() == "Hauptsitz");
  CHECK(after.Find(Kind::kHuntGroup, "pbx")->object.hunt_group().dial_plan() == "Hauptsitz");
  CHECK(after.Find(Kind::kMailbox, "ann")->version == 1);
}

TEST_CASE("an object in use is not deleted, and what uses it is named") {
  const Model model = ModelOf(kExample);
  const Outcome outcome = Do(model, "operations: [{delete: {kind: mailbox_policy, name: Staff}}]");
  REQUIRE(outcome.problems.size() == 1);
  CHECK(outcome.problems[0].text == "the UM mailbox policy is in use by 2 objects");
  CHECK(outcome.problems[0].blockers == Strings{"mailbox ann", "mailbox bela"});
  CHECK(outcome.problems[0].blockers_total == 2);
}

TEST_CASE("a cascade takes what depends on the object, never a mailbox") {
  const Model model = ModelOf(kExample);
  SECTION("hunt groups go with their gateway") {
    const Model after = After(
        model, Do(model, "operations: [{delete: {kind: ip_gateway, name: pbx, cascade: true}}]"));
    CHECK(after.entries(Kind::kHuntGroup).empty());
  }
  SECTION("a dial plan whose policies have mailboxes stays") {
    const Outcome outcome =
        Do(model, "operations: [{delete: {kind: dial_plan, name: Main, cascade: true}}]");
    REQUIRE(outcome.problems.size() == 1);
    CHECK(outcome.problems[0].text == "the UM dial plan is in use by mailbox_policy Staff");
  }
  SECTION("a reference that can be done without is given up") {
    Model linked = After(
        model, Do(model,
                  "operations: [{update: {name: Main, object: {dial_plan: {auto_attendant: Front}},"
                  " mask: {paths: [auto_attendant]}}}]"));
    CHECK(
        Do(linked, "operations: [{delete: {kind: auto_attendant, name: Front}}]").problems.size() ==
        1);
    const Model after = After(
        linked,
        Do(linked, "operations: [{delete: {kind: auto_attendant, name: Front, cascade: true}}]"));
    CHECK(after.DialPlan("Main")->auto_attendant().empty());
  }
}

TEST_CASE("objects may change names and numbers among themselves in one change") {
  const Model model = ModelOf(kExample);
  const Model after = After(model, Do(model, R"(
operations:
  - update: {name: ann, object: {mailbox: {extension: "1002"}}, mask: {paths: [extension]}}
  - update: {name: bela, object: {mailbox: {extension: "1001"}}, mask: {paths: [extension]}}
)"));
  CHECK(after.Mailbox("ann")->extension() == "1002");
  CHECK(after.Mailbox("bela")->extension() == "1001");
}

TEST_CASE("a change of one object that makes another wrong is refused") {
  const Model model = ModelOf(kExample);
  CHECK(Lines(Do(model,
                 "operations: [{update: {name: Main, object: {dial_plan: {}},"
                 " mask: {paths: [in_country_or_region_rules]}}}]")
                  .problems) ==
        Strings{"mailbox_policy Staff.allowed_in_country_or_region_groups[0]: the dial plan has no "
                "dialing "
                "rule of group \"local\""});
}

}  // namespace um::organisation

#include "tests/unit/mailbox/organisation/given.h"

namespace um::organisation {

TEST_CASE("a document is what it was made from; applied again, it changes nothing") {
  const Model model = ModelOf(kExample);
  const v1::Organisation document = Document(model);
  CHECK(document.mailboxes_size() == 2);
  CHECK(Compare(model, document, true).operations.empty());
  const Model copy = ModelOf(config::ToYaml(document));
  CHECK(config::ToYaml(Document(copy)) == config::ToYaml(document));
}

TEST_CASE("every kind has its list in the document") {
  for (const Kind kind : kKinds) {
    const Model model("example", "");
    const auto& r = *v1::Object::descriptor()->FindFieldByName(std::string(ToString(kind)));
    int lists = 0;
    const auto& document = *v1::Organisation::descriptor();
    for (int i = 0; i < document.field_count(); ++i)
      lists += document.field(i)->message_type() == r.message_type();
    CHECK(lists == 1);
    CHECK_FALSE(TitleOf(kind).empty());
  }
}

TEST_CASE("what a document does not have stays, unless it is pruned") {
  const Model model = ModelOf(kExample);
  const std::string less = R"(
id: example
dial_plans: [{name: Main, number_of_digits_in_extension: 4}]
)";
  const Difference kept = Compare(model, FromText(less), false);
  CHECK(kept.operations.size() == 1);  // the dialing rules are gone
  const Difference pruned = Compare(model, FromText(less), true);
  CHECK(pruned.operations.size() == 1 + 6);
  const Model after =
      After(model, Evaluate(model, pruned.operations, TestContext(), &pruned.paths));
  CHECK(after.entries(Kind::kMailbox).empty());
  CHECK(after.entries(Kind::kDialPlan).size() == 1);
}

TEST_CASE("an object that a document has twice is told") {
  const Model model = ModelOf(kExample);
  const Outcome outcome = Apply(model, R"(
id: example
dial_plans:
  - {name: Main, number_of_digits_in_extension: 4}
  - {name: main, number_of_digits_in_extension: 4}
)");
  REQUIRE_FALSE(outcome.problems.empty());
  CHECK(Lines(outcome.problems).front() ==
        "dial_plans[1]: there is a UM dial plan \"main\" already");
}

TEST_CASE("problems are at their place in the document") {
  const Model empty("example", "");
  const Outcome outcome = Apply(empty, R"(
id: example
dial_plans: [{name: Main, number_of_digits_in_extension: 4, max_call_duration_minutes: 500}]
mailbox_policies: [{name: Staff, dial_plan: Mian}]
)");
  CHECK(
      Lines(outcome.problems) ==
      std::vector<std::string>{"dial_plans[0].max_call_duration_minutes: must be from 10 to 120",
                               "mailbox_policies[0].dial_plan: there is no UM dial plan \"Mian\""});
}

}  // namespace um::organisation

#include "mailbox/organisation/explain.h"

#include "mailbox/organisation/routing.h"
#include "tests/unit/mailbox/organisation/given.h"

namespace um::organisation {

TEST_CASE("a feature is on if every layer says so and this version has it") {
  const Model model = ModelOf(R"(
id: example
dial_plans: [{name: Main, number_of_digits_in_extension: 4}]
mailbox_policies: [{name: Staff, dial_plan: Main}, {name: Calm, dial_plan: Main, allow_missed_call_notifications: false}]
mailboxes:
  - {id: ann, display_name: Ann, email: ann@example.com, policy: Staff, extension: "1001"}
  - {id: bela, display_name: Bela, email: bela@example.com, policy: Calm, extension: "1002"}
)");
  const auto why = [&](const char* mailbox, const char* feature) {
    return ExplainFeatures(model, *model.Mailbox(mailbox), feature).value().front();
  };
  CHECK(why("ann", "missed-call-notification").on);
  CHECK_FALSE(why("bela", "missed-call-notification").on);
  const FeatureAnswer not_built = why("ann", "call-answering-rules");
  CHECK_FALSE(not_built.on);
  CHECK(not_built.off_because ==
        std::vector<std::string>{"this version of Voxpost does not have it yet"});
  CHECK(ExplainFeatures(model, *model.Mailbox("ann"), "foo").status().code() ==
        absl::StatusCode::kNotFound);
}

TEST_CASE("whose a calling number is, is told as calls find it, with the reason") {
  const domain::Routes routes(Routing(ModelOf(R"(
id: example
dial_plans:
  - {name: Main, number_of_digits_in_extension: 4, equivalent_dial_plans: [Branch], numbering_plan_formats: ["1425701xxxx"]}
  - {name: Branch, number_of_digits_in_extension: 4}
  - {name: Other, number_of_digits_in_extension: 4}
mailbox_policies:
  - {name: Staff, dial_plan: Main}
  - {name: Branch staff, dial_plan: Branch}
  - {name: Others, dial_plan: Other}
mailboxes:
  - {id: ann, display_name: Ann Archer, email: ann@example.com, policy: Staff, extension: "1001", calling_line_ids: ["+442079460001"]}
  - {id: bela, display_name: Bela Baum, email: bela@example.com, policy: Branch staff, extension: "2001", calling_line_ids: ["+49301234567"],
     secondary_addresses: [{value: bela@example.com}]}
  - {id: carl, display_name: Carl, email: carl@example.com, policy: Others, extension: "3001", calling_line_ids: ["1234567"]}
)")));
  const auto test = [&](const std::string& number) { return TestCalling(routes, "Main", number); };
  const auto last = [&](const std::string& number) { return test(number).steps.back(); };
  CHECK(test("1001").mailbox == "ann");
  CHECK(last("1001") == "1001 is an address of Ann Archer in Main.");
  CHECK(last("1 425-701-1001") == "1001 is an address of Ann Archer in Main.");
  CHECK(last("2001") == "2001 is an address of Bela Baum in Branch, which is equivalent.");
  CHECK(last("bela@example.com") ==
        "bela@example.com is an address of Bela Baum in Branch, which is equivalent.");
  CHECK(last("sip:2001@198.51.100.1;user=phone").starts_with("2001 is an address of Bela Baum"));
  CHECK(test("+44 (20) 79460001").mailbox == "ann");
  CHECK(last("+442079460001") == "It is a calling line id of Ann Archer.");
  CHECK(test("+49301234567").mailbox.empty());
  CHECK(last("+49301234567") == "It is a calling line id of 2 users, and so nobody's.");
  CHECK(test("3001").mailbox.empty());
  CHECK(last("3001") ==
        "It is nobody's address in Main or an equivalent plan, and no user's calling line id.");
  CHECK(last("what") == "what is neither a telephone number nor a SIP address.");
  CHECK(last("a b@c\r\nd").ends_with("is neither a telephone number nor a SIP address."));
}

}  // namespace um::organisation

#include "mailbox/organisation/keeping.h"

#include "mailbox/organisation/routing.h"
#include "tests/unit/mailbox/organisation/given.h"

namespace um::organisation {
namespace {

using namespace std::chrono_literals;

constexpr char kPolicies[] = R"(
id: example
dial_plans: [{name: Main, number_of_digits_in_extension: 4}]
mailbox_policies:
  - {name: Usual, dial_plan: Main}
  - {name: Little, dial_plan: Main, message_retention_days: 7, max_messages: 10, max_stored_minutes: 90}
  - {name: All, dial_plan: Main, message_retention_days: unlimited, max_messages: unlimited}
mailboxes:
  - {id: ann, display_name: Ann, email: ann@example.com, policy: Usual, extension: "1001"}
  - {id: bob, display_name: Bob, email: bob@example.com, policy: little, extension: "1002"}
  - {id: eve, display_name: Eve, email: eve@example.com, policy: All, extension: "1003", status: disabled}
)";

}  // namespace

TEST_CASE("calls see how much a mailbox may hold by its policy") {
  const domain::Organisation routing = Routing(ModelOf(kPolicies));
  REQUIRE(routing.mailboxes.size() == 2);
  const domain::Quota& ann = routing.mailboxes.Find("ann")->quota;
  CHECK(ann.messages == 1000);
  CHECK_FALSE(ann.audio);
  const domain::Quota& bob = routing.mailboxes.Find("bob")->quota;
  CHECK(bob.messages == 10);
  CHECK(bob.audio == 90min);
  const domain::Quota all = QuotaOf(*ModelOf(kPolicies).Policy("All"));
  CHECK_FALSE(all.messages);
}

TEST_CASE("a policy says how long greetings may be, five minutes unless it does") {
  v1::MailboxPolicy policy;
  CHECK(LongestGreeting(policy) == 5min);
  policy.set_max_greeting_duration_minutes(1);
  CHECK(LongestGreeting(policy) == 1min);
}

TEST_CASE("a mailbox of the configuration's document has the limits that a new policy has") {
  const domain::Quota given = QuotaOf(v1::MailboxPolicy()), assumed;
  CHECK(given.messages == assumed.messages);
  CHECK(given.audio == assumed.audio);
  domain::RetentionRules rules;
  AddRetention(ModelOf(kPolicies), rules);
  CHECK(rules.Of("example", "ann") == domain::RetentionRules::kDefault);
}

TEST_CASE("messages are kept as long as their mailbox' policy says, disabled or not") {
  domain::RetentionRules rules;
  AddRetention(ModelOf(kPolicies), rules);
  CHECK(rules.Of("example", "ann") == 30);
  CHECK(rules.Of("example", "bob") == 7);
  CHECK_FALSE(rules.Of("example", "eve"));
}

}  // namespace um::organisation

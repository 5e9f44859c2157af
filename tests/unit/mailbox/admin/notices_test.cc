#include "mailbox/admin/notices.h"

#include "tests/unit/mailbox/organisation/given.h"

namespace um::admin {
namespace {

using organisation::Apply;
using organisation::Kind;
using organisation::Model;
using organisation::ModelOf;

store::StoredNotice NoticeOf(const Model& model, const std::string& mailbox,
                             store::NoticeKind kind = store::NoticeKind::kWelcome) {
  store::StoredNotice stored;
  stored.mailbox = mailbox;
  stored.notice.kind = kind;
  if (const auto* entry = model.Find(Kind::kMailbox, mailbox)) stored.notice.mailbox_id = entry->id;
  return stored;
}

/// Names of the mailboxes whose users a document's change welcomes.
std::vector<std::string> WelcomedBy(const Model& model, const std::string& yaml) {
  std::vector<std::string> names;
  for (const Model::Step& step : Apply(model, yaml).steps) {
    if (Enables(step)) names.push_back(step.after->name);
  }
  return names;
}

std::string With(const std::string& mailboxes) {
  return "id: example\ndisplay_name: Example\nmailboxes:\n" + mailboxes;
}

constexpr const char* kFull = R"(
id: example
display_name: Example
dial_plans:
  - name: Main
    number_of_digits_in_extension: 4
    default_language: de-DE
    access_telephone_numbers: ["+1 425 555 0100", "8000"]
  - {name: Other, number_of_digits_in_extension: 5}
mailbox_policies:
  - {name: Staff, dial_plan: Main, um_enabled_text: Hello, reset_pin_text: <b>Reset</b>}
mailboxes:
  - id: Ann
    display_name: Ann Archer
    email: ann@example.com
    policy: staff
    extension: "1001"
    secondary_addresses: [{value: "1002"}, {dial_plan: Other, value: "20001"}]
  - {id: bob, display_name: Bob, email: bob@example.com, policy: Staff, extension: "1003",
     pilot_number: "8001", language: fr-FR, status: disabled}
)";

TEST_CASE("a mailbox that is made or enabled is welcomed, one that is disabled or changed is not") {
  const Model model = ModelOf(kFull);
  CHECK(WelcomedBy(Model("example", "Example"), kFull) == std::vector<std::string>{"ann"});
  CHECK(WelcomedBy(model, With("  - {id: bob, display_name: Bob, email: bob@example.com, policy: "
                               "Staff, extension: '1003', status: enabled}")) ==
        std::vector<std::string>{"bob"});
  CHECK(
      WelcomedBy(model, With("  - {id: bob, display_name: Robert, email: bob@example.com, policy: "
                             "Staff, extension: '1003', status: disabled}"))
          .empty());
  CHECK(WelcomedBy(model, With("  - {id: Ann, display_name: Anna, email: ann@example.com, policy: "
                               "Staff, extension: '1001'}"))
            .empty());
}

TEST_CASE("a notice tells what the organisation has of the mailbox, its plan and its policy") {
  const Model model = ModelOf(kFull);
  const auto welcome = FactsOf(model, NoticeOf(model, "ann"));
  REQUIRE(welcome.ok());
  CHECK(welcome->name == "Ann Archer");
  CHECK(welcome->address == "ann@example.com");
  CHECK(welcome->language == "de-DE");
  CHECK(welcome->extensions == std::vector<std::string>{"1001", "1002"});
  CHECK(welcome->access_number == "+1 425 555 0100");
  CHECK(welcome->text == "Hello");
  const auto reset = FactsOf(model, NoticeOf(model, "ann", store::NoticeKind::kPinReset));
  CHECK(reset->text == "<b>Reset</b>");

  const Model enabled = organisation::After(
      model,
      Apply(model, With("  - {id: bob, display_name: Bob, email: bob@example.com, policy: "
                        "Staff, extension: '1003', pilot_number: '8001', language: fr-FR}")));
  const auto bob = FactsOf(enabled, NoticeOf(enabled, "bob"));
  REQUIRE(bob.ok());
  CHECK(bob->access_number == "8001");
  CHECK(bob->language == "fr-FR");
}

TEST_CASE("nobody is told of a mailbox that is disabled, gone, or another of the same name") {
  const Model model = ModelOf(kFull);
  CHECK(absl::IsFailedPrecondition(FactsOf(model, NoticeOf(model, "bob")).status()));
  CHECK(absl::IsNotFound(FactsOf(model, NoticeOf(model, "nobody")).status()));
  store::StoredNotice other = NoticeOf(model, "ann");
  other.notice.mailbox_id = "ID-of-another";
  CHECK(absl::IsNotFound(FactsOf(model, other).status()));
}

}  // namespace
}  // namespace um::admin

#include "mailbox/organisation/people.h"

#include "tests/unit/mailbox/organisation/given.h"

namespace um::organisation {
namespace {

using Strings = std::vector<std::string>;
using domain::People;
using domain::Person;
using domain::PersonPtr;

PersonPtr Cleo() {
  return std::make_shared<const Person>(Person{.id = "id-cleo",
                                               .alias = "cleo",
                                               .display_name = "Cleo Dorn",
                                               .email = "cleo@example.com",
                                               .telephones = {"+1 425 555 1003"}});
}
PersonPtr Changed(const PersonPtr& person, const std::function<void(Person&)>& change) {
  Person changed = *person;
  change(changed);
  return std::make_shared<const Person>(std::move(changed));
}

Outcome Enable(const Model& model, const std::vector<PersonPtr>& people,
               EnableOptions options = {.policy = "Staff"}) {
  return EnablePeople(model, people, options, TestContext());
}

/// An organisation where Cleo has a mailbox.
Model WithCleo() {
  const Model model = ModelOf(kExample);
  return After(model, Enable(model, {Cleo()}));
}

}  // namespace

TEST_CASE("a person of the directory gets a mailbox, with the end of the number as extension") {
  const Model model = WithCleo();
  const v1::Mailbox* mailbox = model.Mailbox("cleo");
  REQUIRE(mailbox);
  CHECK(mailbox->display_name() == "Cleo Dorn");
  CHECK(mailbox->email() == "cleo@example.com");
  CHECK(mailbox->extension() == "1003");
  CHECK(mailbox->policy() == "Staff");
  CHECK(mailbox->directory_id() == "id-cleo");
}

TEST_CASE("the first number that has an extension counts; what is given counts before") {
  const Model model = ModelOf(kExample);
  const auto several = Changed(Cleo(), [](Person& p) {
    p.telephones = {"none 7", "+1 425 555 0100 x1009"};
    p.alias = "";
  });
  CHECK(After(model, Enable(model, {several})).Mailbox("cleo@example.com")->extension() == "1009");
  const auto given = Enable(model, {Cleo()}, {.policy = "Staff", .extension = "1004", .id = "c"});
  CHECK(After(model, given).Mailbox("c")->extension() == "1004");
}

TEST_CASE("why a person cannot have a mailbox is told of all, and nothing is done") {
  const Model model = WithCleo();
  const auto numberless = Changed(Cleo(), [](Person& p) {
    p.id = "1";
    p.display_name = "No Number";
    p.telephones.clear();
  });
  const auto mailless = Changed(Cleo(), [](Person& p) {
    p.id = "2";
    p.display_name = "No Mail";
    p.email = "";
  });
  const auto disabled = Changed(Cleo(), [](Person& p) {
    p.id = "3";
    p.display_name = "Gone Soon";
    p.disabled = true;
  });
  const auto shortened = Changed(Cleo(), [](Person& p) {
    p.id = "4";
    p.display_name = "Short Number";
    p.telephones = {"12"};
  });
  const Outcome outcome = Enable(model, {Cleo(), numberless, mailless, disabled, shortened});
  CHECK(outcome.steps.empty());
  CHECK(Lines(outcome.problems) ==
        Strings{"people[Cleo Dorn]: has a mailbox already",
                "people[No Number].extension: is needed: the directory has no telephone number",
                "people[No Mail].email: is not in the directory",
                "people[Gone Soon]: is disabled in the directory",
                "people[Short Number].extension: is needed: \"12\" has fewer than 4 digits"});
  CHECK(Lines(Enable(model, {numberless}, {}).problems) == Strings{"policy: is needed"});
  CHECK(Lines(Enable(model, {numberless}, {.policy = "X"}).problems) ==
        Strings{"policy: there is no UM mailbox policy \"X\""});
}

TEST_CASE("of everybody, who cannot have a mailbox is passed over with a warning") {
  const Model model = ModelOf(kExample);
  const auto numberless = Changed(Cleo(), [](Person& p) {
    p.id = "1";
    p.display_name = "No Number";
    p.telephones.clear();
  });
  const Outcome outcome =
      Enable(model, {numberless, Cleo()}, {.policy = "Staff", .pass_over = true});
  CHECK(After(model, outcome).Mailbox("cleo"));
  CHECK(Lines(outcome.warnings) ==
        Strings{"people[No Number].extension: is needed: the directory has no telephone number"});
}

TEST_CASE("an extension that is taken is told with the person") {
  const Model model = ModelOf(kExample);
  const auto same = Changed(Cleo(), [](Person& p) { p.telephones = {"1001"}; });
  const Outcome outcome = Enable(model, {same});
  REQUIRE(outcome.problems.size() == 1);
  CHECK(outcome.steps.empty());
  CHECK(outcome.problems[0].path.find("Cleo Dorn") != std::string::npos);
}

TEST_CASE("a mailbox follows the name and mail address of its person") {
  const Model model = WithCleo();
  CHECK(FollowPeople(model, People({Cleo()})).operations.empty());
  CHECK(FollowPeople(model, People({Cleo()})).followers == 1);
  const People people({Changed(Cleo(), [](Person& p) {
    p.display_name = "Cleo Ash";
    p.email = "ash@example.com";
    p.telephones = {"1999"};
  })});
  const Following following = FollowPeople(model, people);
  CHECK(following.concerns.empty());
  const Model after = After(model, Evaluate(model, following.operations, TestContext()));
  CHECK(after.Mailbox("cleo")->display_name() == "Cleo Ash");
  CHECK(after.Mailbox("cleo")->email() == "ash@example.com");
  CHECK(after.Mailbox("cleo")->extension() == "1003");
  CHECK(after.Mailbox("ann")->display_name() == "Ann Archer");
  CHECK(FollowPeople(after, people).operations.empty());
}

TEST_CASE("who is gone, disabled or unfit keeps the mailbox as it is, and is told") {
  const Model model = WithCleo();
  const auto concerns = [&](const People& people) {
    const Following following = FollowPeople(model, people);
    CHECK(following.operations.empty());
    Strings texts;
    for (const Concern& concern : following.concerns) {
      texts.push_back(concern.mailbox + ": " + concern.text);
    }
    return texts;
  };
  CHECK(concerns(People()) == Strings{"cleo: its person is gone from the directory"});
  CHECK(concerns(People({Changed(Cleo(), [](Person& p) { p.disabled = true; })})) ==
        Strings{"cleo: its person is disabled in the directory"});
  CHECK(concerns(People({Changed(Cleo(), [](Person& p) { p.email = ""; })})) ==
        Strings{"cleo: its person has no mail address in the directory any more"});
  CHECK(concerns(People({Changed(Cleo(), [](Person& p) { p.email = "nobody"; })})) ==
        Strings{"cleo: email in the directory is \"nobody\", and must be a mail address"});
}

}  // namespace um::organisation

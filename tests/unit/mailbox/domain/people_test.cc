#include "mailbox/domain/people.h"

#include "tests/support/catch.h"

namespace um::domain {
namespace {

PersonPtr Make(Person person) { return std::make_shared<const Person>(std::move(person)); }

People Example() {
  return People({Make({.id = "1",
                       .alias = "ann",
                       .display_name = "Ann Archer",
                       .email = "ann@example.com",
                       .other_emails = {"archer@example.com"},
                       .telephones = {"+1 (425) 555-1001"}}),
                 Make({.id = "2",
                       .alias = "bela",
                       .display_name = "Ann Archer",
                       .email = "bela@example.com",
                       .telephones = {"+1 425 555 1002"},
                       .mobiles = {"+1 425 555 1001", "not a number 7"}}),
                 Make({.id = "3", .alias = "1", .display_name = "ann"})});
}

std::vector<std::string> Ids(const std::vector<PersonPtr>& people) {
  std::vector<std::string> ids;
  for (const PersonPtr& person : people) ids.push_back(person->id);
  return ids;
}
using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("people are found by id, alias, address, name and number") {
  const People people = Example();
  CHECK(people.size() == 3);
  CHECK(Ids(people.Named("2")) == Strings{"2"});
  CHECK(Ids(people.Named("ANN")) == Strings{"1"});  // an alias counts before a name
  CHECK(Ids(people.Named("Archer@example.com")) == Strings{"1"});
  CHECK(Ids(people.Named("ann archer")) == Strings{"1", "2"});
  CHECK(Ids(people.Named("1 425-555-1001")) == Strings{"1", "2"});
  CHECK(Ids(people.Named("+14255551002")) == Strings{"2"});
  CHECK(people.Named("").empty());
  CHECK(people.Named("*").empty());
  CHECK(people.Named(std::string(1 << 20, '1')).empty());
}

TEST_CASE("people are found by their mail address alone") {
  const People people = Example();
  CHECK(Ids(people.OfEmail("Archer@Example.com")) == Strings{"1"});
  CHECK(people.OfEmail("ann").empty());  // an alias is no address
  CHECK(people.OfEmail("").empty());
}

TEST_CASE("who has changed replaces who was") {
  const People people =
      Example().With({Make({.id = "1", .alias = "anna", .display_name = "Anna Baker"}),
                      Make({.id = "9", .alias = "new", .display_name = "Newcomer"})});
  CHECK(people.size() == 4);
  CHECK(people.Named("ann").size() == 1);  // number 3, by name
  CHECK(Ids(people.Named("anna")) == Strings{"1"});
  CHECK(Ids(people.OfNumber("+14255551001")) == Strings{"2"});
  CHECK(people.by_name().begin()->second->id == "3");
}

TEST_CASE("people are searched by any part of what is known of them") {
  const Person person{.display_name = "Bela Nov\xC3\xA1k",
                      .email = "bela@example.com",
                      .telephones = {"+36 1 555 1002"}};
  CHECK(Matches(person, "nov\xC3\xA1"));
  CHECK(Matches(person, "ela@"));
  CHECK(Matches(person, "555 1002"));
  CHECK_FALSE(Matches(person, "*"));
}

}  // namespace um::domain

#include "mailbox/directory/attributes.h"

#include "common/base/bytes.h"
#include "tests/support/catch.h"

namespace um::directory {
namespace {

using config::v1::Directory;
using Strings = std::vector<std::string>;

Directory Settings(config::v1::DirectoryAttributes set) {
  Directory settings;
  settings.set_attributes(set);
  return settings;
}
const AttributeNames kOpenLdap = NamesOf(Settings(config::v1::DIRECTORY_ATTRIBUTES_OPENLDAP));
const AttributeNames kActiveDirectory =
    NamesOf(Settings(config::v1::DIRECTORY_ATTRIBUTES_ACTIVE_DIRECTORY));

struct Made {
  std::optional<domain::Person> person;
  Strings notes;
};
Made Make(std::map<std::string, Strings> values, const AttributeNames& names = kOpenLdap) {
  Made made;
  made.person = PersonOf({"uid=x", std::move(values)}, names, made.notes);
  return made;
}

}  // namespace

TEST_CASE("an inetOrgPerson is a person") {
  const Made made = Make({{"entryuuid", {"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}},
                          {"uid", {"ann", "aarcher"}},
                          {"cn", {"A. Archer"}},
                          {"displayname", {"Ann Archer"}},
                          {"mail", {"ann@example.com", "ann.archer@example.com"}},
                          {"telephonenumber", {"+1 425 555 1001"}},
                          {"mobile", {"+1 425 555 0199"}}});
  REQUIRE(made.person);
  CHECK(*made.person == domain::Person{.id = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
                                       .alias = "ann",
                                       .display_name = "Ann Archer",
                                       .email = "ann@example.com",
                                       .other_emails = {"ann.archer@example.com"},
                                       .telephones = {"+1 425 555 1001"},
                                       .mobiles = {"+1 425 555 0199"}});
  CHECK(made.notes.empty());
}

TEST_CASE("a user of Active Directory is a person; a disabled account says so") {
  std::map<std::string, Strings> values = {
      {"objectguid", {*FromHex("ae4f1df8ec7dd011a76500a0c91e6bf6")}},
      {"samaccountname", {"ann"}},
      {"displayname", {"Ann Archer"}},
      {"mail", {"ann@example.com"}},
      {"proxyaddresses",
       {"SMTP:ann@example.com", "smtp:archer@example.com", "X400:c=US;a= ;p=Example", "sip:a@b.c"}},
      {"useraccountcontrol", {"512"}}};
  const Made made = Make(values, kActiveDirectory);
  REQUIRE(made.person);
  CHECK(made.person->id == "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  CHECK(made.person->alias == "ann");
  CHECK(made.person->other_emails == Strings{"archer@example.com"});
  CHECK_FALSE(made.person->disabled);
  values["useraccountcontrol"] = {"514"};
  CHECK(Make(values, kActiveDirectory).person->disabled);
  values.erase("mail");
  CHECK(Make(values, kActiveDirectory).person->email == "ann@example.com");
  values["objectguid"] = {"short"};
  CHECK_FALSE(Make(values, kActiveDirectory).person);
}

TEST_CASE("hostile values are cleaned or left out, and it is told") {
  const Made made = Make({{"entryuuid", {"id-1"}},
                          {"cn", {"\xE2\x80\xAE Ann\x1b[2J\r\n  Archer\xEF\xBB\xBF "}},
                          {"uid", {std::string(1 << 20, 'a'), "\xff\xfe", "ann"}},
                          {"mail", {"ann@example.com", "ann@example.com", std::string(300, 'm')}},
                          {"telephonenumber", {"none", "1001", std::string(65, '1')}}});
  REQUIRE(made.person);
  CHECK(made.person->display_name == "Ann [2J Archer");
  CHECK(made.person->alias == "ann");
  CHECK(made.person->email == "ann@example.com");
  CHECK(made.person->other_emails.empty());
  CHECK(made.person->telephones == Strings{"1001"});
  CHECK(made.notes == Strings{"uid: is longer than 4 kB", "uid: is no text (UTF-8)",
                              "mail: has more than 254 characters",
                              "telephonenumber: has more than 64 characters"});
}

TEST_CASE("a name too long for a mailbox is cut, at whole characters") {
  std::string name;
  for (int i = 0; i < 100; ++i) name += "\xC3\xBC";
  const Made made = Make({{"entryuuid", {"id-1"}}, {"cn", {name}}});
  REQUIRE(made.person);
  CHECK(made.person->display_name == name.substr(0, 128));
}

TEST_CASE("thousands of values cost no more than a few") {
  Strings mails;
  for (int i = 0; i < 5000; ++i) mails.push_back("m" + std::to_string(i) + "@example.com");
  const Made made = Make({{"entryuuid", {"id-1"}}, {"cn", {"Ann"}}, {"mail", mails}});
  REQUIRE(made.person);
  CHECK(made.person->other_emails.size() == 31);
  CHECK(made.notes == Strings{"mail: has more than 32 values"});
}

TEST_CASE("without an id or a name nobody is a person") {
  CHECK_FALSE(Make({{"cn", {"Ann"}}}).person);
  CHECK(Make({{"entryuuid", {"id-1"}}, {"cn", {" \t "}}}).notes ==
        Strings{"displayname: is missing or useless"});
}

TEST_CASE("attributes are called what the settings say") {
  Directory settings = Settings(config::v1::DIRECTORY_ATTRIBUTES_OPENLDAP);
  settings.mutable_attribute_names()->set_id("employeeNumber");
  settings.mutable_attribute_names()->set_display_name("gecos");
  settings.mutable_attribute_names()->set_telephone("ipPhone");
  const AttributeNames names = NamesOf(settings);
  const Made made = Make(
      {{"employeenumber", {"42"}}, {"cn", {"Ann"}}, {"gecos", {"Ann A"}}, {"ipphone", {"1001"}}},
      names);
  REQUIRE(made.person);
  CHECK(made.person->id == "42");
  CHECK(made.person->display_name == "Ann A");
  CHECK(made.person->telephones == Strings{"1001"});
}

TEST_CASE("times are read in every form of RFC 4517, and written in one") {
  constexpr int64_t kTime = 1768469400;  // 2026-01-15T09:30:00Z
  CHECK(ParseGeneralizedTime("20260115093000Z") == kTime);
  CHECK(ParseGeneralizedTime("20260115093000.0Z") == kTime);
  CHECK(ParseGeneralizedTime("20260115093000,123Z") == kTime);
  CHECK(ParseGeneralizedTime("202601150930Z") == kTime);
  CHECK(ParseGeneralizedTime("202601151030+0100") == kTime);
  CHECK(ParseGeneralizedTime("2026011504-0530") == kTime);
  CHECK(GeneralizedTime(kTime) == "20260115093000.0Z");
  for (const char* bad : {"", "2026", "20260115093000", "20261315093000Z", "20260230093000Z",
                          "20260115993000Z", "20260115093000Z)(uid=*", "20260115093000+99"}) {
    CAPTURE(bad);
    CHECK_FALSE(ParseGeneralizedTime(bad));
  }
}

}  // namespace um::directory

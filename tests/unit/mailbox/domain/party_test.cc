#include "mailbox/domain/party.h"

#include <algorithm>
#include <memory>

#include "tests/support/catch.h"

using namespace um;
using namespace um::domain;

namespace {

sip::Uri Uri(const char* text) { return sip::Uri::Parse(text).value(); }

sip::NameAddr Who(const char* text) { return sip::NameAddr::Parse(text).value(); }

bool Has(const std::vector<std::string>& forms, const char* form) {
  return std::find(forms.begin(), forms.end(), form) != forms.end();
}

sip::InviteFacts From(const char* from) {
  sip::InviteFacts facts;
  facts.from = Who(from);
  return facts;
}

std::string CallerText(const sip::InviteFacts& facts) {
  const Caller caller = CallerOf(facts);
  return caller.number + "/" + caller.name;
}

DialPlan German() {
  DialPlan plan{.name = "Main", .extension_digits = 3};
  plan.number_formats = {*ParseNumberingPlanFormat("4930231250xx", 3)};
  plan.country_code = "49";
  plan.international_prefix = "00";
  plan.national_prefix = "0";
  return plan;
}

}  // namespace

TEST_CASE("a number is compared without what only people read, and without parameters") {
  CHECK(NumberOf(Uri("sip:+1-202-555-0142@gw;user=phone")) == "+12025550142");
  CHECK(NumberOf(Uri("tel:(10).01;ext=7")) == "1001");
  CHECK(NumberOf(Uri("sip:1001;phone-context=example.com@gw")) == "1001");
  CHECK(NumberOf(Uri("sip:gw")).empty());
}

TEST_CASE("a dial plan's codes make a number a global one") {
  const DialPlan plan = German();
  CHECK(GlobalNumber(plan, "+4930231250") == "+4930231250");
  CHECK(GlobalNumber(plan, "0012025550142") == "+12025550142");
  CHECK(GlobalNumber(plan, "030231250") == "+4930231250");
  CHECK(GlobalNumber(plan, "231250").empty());
  CHECK(GlobalNumber(plan, "00").empty());
  CHECK(GlobalNumber(DialPlan{}, "030231250").empty());
}

TEST_CASE("an address is looked for in every way a dial plan may have it") {
  const DialPlan plan = German();
  auto forms = AddressesOf(plan, Uri("sip:030-23125042@gw;user=phone"));
  CHECK(forms.front() == "03023125042");
  CHECK(Has(forms, "+493023125042"));
  CHECK(Has(forms, "493023125042"));
  CHECK(Has(forms, "042"));  // by the format, through the country code
  forms = AddressesOf(plan, Uri("sip:+4930231250;ext=017@gw"));
  CHECK(Has(forms, "017"));
  CHECK(Has(AddressesOf(plan, Uri("tel:042;phone-context=+4930231250")), "+4930231250042"));
  CHECK(Has(AddressesOf(plan, Uri("sip:49302312@gw")), "+49302312"));
  forms = AddressesOf(plan, Uri("sip:Ann.Archer@Example.COM:5061;user=ip"));
  CHECK(Has(forms, "ann.archer@example.com"));
  CHECK(AddressesOf(plan, Uri("sip:gw.example.com")).empty());
  CHECK(AddressesOf(plan, Uri("sip:0302312;ext=1;phone-context=+49@gw")).size() <= 10);
}

TEST_CASE("pilots are the same with and without separators, +, scheme and port") {
  CHECK(PilotKey("+1 (202) 555-0199") == "12025550199");
  CHECK(PilotKey("*97") == "*97");
  CHECK(PilotKey("sip:VoiceMail@Example.com:5061") == "voicemail@example.com");
  CHECK(PilotKey("").empty());
  const auto keys = PilotKeysOf(Uri("sip:+12025550199@um.example.com;user=phone"));
  CHECK(Has(keys, "12025550199"));
  CHECK(Has(keys, "+12025550199@um.example.com"));
  CHECK(PilotKeysOf(Uri("sip:um.example.com")).empty());
}

TEST_CASE("the asserted identity names the caller before From does, a number before an address") {
  auto facts = From("\"B.\" <sip:1003@pbx>");
  CHECK(CallerText(facts) == "1003/B.");
  facts.asserted_identities = {Who("\"Bob Baker\" <sip:bob@example.com>"),
                               Who("<tel:+12025550142>")};
  CHECK(CallerText(facts) == "+12025550142/Bob Baker");
  facts.asserted_identities.pop_back();
  CHECK(CallerText(facts) == "bob@example.com/Bob Baker");
  CHECK(IdentitiesOf(facts).size() == 2);
}

TEST_CASE("whoever withholds the number is nobody, in every way of withholding it") {
  auto facts = From("\"Anonymous\" <sip:anonymous@anonymous.invalid>");
  facts.asserted_identities = {Who("\"Bob Baker\" <tel:+12025550142>")};
  CHECK(CallerText(facts) == "/");
  facts.from = Who("\"Bob\" <sip:Restricted@gw>");
  CHECK(CallerText(facts) == "/");
  facts.from = Who("\"Bob\" <sip:1003@gw>");
  facts.withheld = true;
  CHECK(CallerText(facts) == "/");
}

TEST_CASE("what devices write for an unknown caller is no number and no name") {
  for (const char* from : {"\"asterisk\" <sip:asterisk@pbx>", "\"Unknown\" <sip:unknown@pbx>",
                           "<sip:unavailable@unknown.invalid>", "\"\" <sip:0000000000@pbx>",
                           "<sip:pbx.example.com>"}) {
    CAPTURE(from);
    CHECK(CallerText(From(from)) == "/");
  }
  // An unknown caller in From is no wish to be unknown.
  auto facts = From("<sip:unavailable@pbx>");
  facts.asserted_identities = {Who("<tel:+12025550142>")};
  CHECK(CallerText(facts) == "+12025550142/");
  CHECK(CallerText(From("\"+1 202 555 0142\" <sip:+12025550142@pbx>")) == "+12025550142/");
  CHECK(CallerText(From("<sip:000@pbx>")) == "000/");
}

namespace {

People Directory() {
  const auto person = [](const char* id, const char* name, const char* telephone,
                         const char* email) {
    Person p{.id = id, .display_name = name, .email = email};
    p.telephones = {telephone};
    return std::make_shared<const Person>(std::move(p));
  };
  return People({person("1", "Bob Baker", "+49 (30) 23125-042", "bob@example.com"),
                 person("2", "Front Desk", "+49 30 23125000", "anna@example.com"),
                 person("3", "Night Watch", "+493023125000", "otto@example.com"),
                 person("4", "Kiosk", "+493023125001", "kiosk-1@example.com"),
                 person("5", "Kiosk", "+493023125001", "kiosk-2@example.com")});
}

std::string Named(const char* from) {
  Caller caller{"", "As Signalled"};
  const bool named = NameByDirectory(Directory(), German(), From(from), caller);
  CHECK(named == (caller.name != "As Signalled"));
  return caller.name + "/" + caller.email;
}

}  // namespace

TEST_CASE("the directory names a caller, however the network writes the number") {
  for (const char* from :
       {"<sip:+493023125042@gw>", "<sip:004930-23125042@gw>", "<sip:03023125042@gw>",
        "<sip:493023125042@gw;user=phone>", "<sip:bob@Example.com>"}) {
    CAPTURE(from);
    CHECK(Named(from) == "Bob Baker/bob@example.com");
  }
}

TEST_CASE("a number of several people names nobody, unless they go by one name") {
  CHECK(Named("<sip:+493023125000@gw>") == "As Signalled/");
  CHECK(Named("<sip:+493023125001@gw>") == "Kiosk/");
  CHECK(Named("<sip:+493023125999@gw>") == "As Signalled/");
}

TEST_CASE("a caller who withholds the number is not looked for") {
  CHECK(Named("\"Anonymous\" <sip:anonymous@anonymous.invalid>") == "As Signalled/");
}

#include "mailbox/domain/contacts.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace um::domain {
namespace {

DialPlan Austrian() {
  return {
      .name = "Main", .country_code = "43", .international_prefix = "00", .national_prefix = "0"};
}
DialPlan American() {
  return {
      .name = "Main", .country_code = "1", .international_prefix = "011", .national_prefix = "1"};
}

sip::InviteFacts From(const std::string& from, const std::string& asserted = "") {
  sip::InviteFacts facts;
  facts.from = *sip::NameAddr::Parse(from);
  if (!asserted.empty()) facts.asserted_identities = {*sip::NameAddr::Parse(asserted)};
  return facts;
}

/// True if a contact's number, as the user wrote it, is the caller's.
bool IsFrom(const DialPlan& plan, const std::string& from, const std::string& written) {
  const std::string key = ContactKey(written);
  REQUIRE(!key.empty());
  const CallerKeys keys = CallerKeysOf(plan, From(from));
  return keys.size() == 1 && std::find(keys[0].begin(), keys[0].end(), key) != keys[0].end();
}

}  // namespace

TEST_CASE("a contact's number is the caller's in whatever form either of them is written") {
  for (const char* from :
       {"<sip:+436641234567@gw>", "<sip:00436641234567@gw>", "<sip:06641234567@gw>",
        "<sip:436641234567@gw;user=phone>", "<sip:6641234567@gw>", "<tel:+43-664-1234567>"}) {
    for (const char* written :
         {"+43 664 1234567", "+43 (0)664 / 123 45 67", "0043-664-1234567", "0664 1234567",
          "(0664) 123.45.67", "+436641234567 ext. 12", "0664 1234567,,4"}) {
      INFO(from << " " << written);
      CHECK(IsFrom(Austrian(), from, written));
    }
    CHECK_FALSE(IsFrom(Austrian(), from, "+43 664 1234568"));
    CHECK_FALSE(IsFrom(Austrian(), from, "1234567"));
    CHECK_FALSE(IsFrom(Austrian(), from, "+49 664 1234567"));
  }
  for (const char* from :
       {"<sip:+14255550123@gw>", "<sip:14255550123@gw>", "<sip:4255550123@gw>"}) {
    for (const char* written : {"+1 (425) 555-0123", "(425) 555-0123", "1-425-555-0123",
                                "425.555.0123", "011 1 425 555 0123"}) {
      INFO(from << " " << written);
      CHECK(IsFrom(American(), from, written));
    }
  }
  // Where the plan does not know its country, what is the same is the same.
  CHECK(IsFrom({.name = "Main"}, "<sip:+436641234567@gw>", "+43 664 1234567"));
  CHECK(IsFrom({.name = "Main"}, "<sip:1001@gw>", "1001"));
  CHECK_FALSE(IsFrom({.name = "Main"}, "<sip:+436641234567@gw>", "0664 1234567"));
}

TEST_CASE("a SIP caller is known by mail and SIP address") {
  CHECK(IsFrom(Austrian(), "<sip:Bob@Example.net:5070>", "bob@example.net"));
  CHECK(IsFrom(Austrian(), "<sip:bob@example.net>", "sip:Bob@example.net:5060;transport=tls"));
  CHECK(IsFrom(Austrian(), "<sip:bob@example.net>", "mailto:bob@example.net"));
  CHECK_FALSE(IsFrom(Austrian(), "<sip:bob@example.org>", "bob@example.net"));
  for (const char* text : {"", "bob", "@example.net", "bob@", "+", "*21#", "ext. 12", "0800 REISE",
                           "+43 1 x-ray", "bob <bob@example.net>"}) {
    INFO(text);
    CHECK(ContactKey(text).empty());
  }
  CHECK(ContactKey(std::string(5000, '1')).empty());
  CHECK(ContactKey(std::string(5000, 'a') + "@b").empty());
}

TEST_CASE("who withholds the number has no keys") {
  CHECK(CallerKeysOf(Austrian(), From("\"Anonymous\" <sip:anonymous@anonymous.invalid>")).empty());
  sip::InviteFacts withheld = From("<sip:+436641234567@gw>");
  withheld.withheld = true;
  CHECK(CallerKeysOf(Austrian(), withheld).empty());
  CHECK(CallerKeysOf(Austrian(), From("<sip:+43664@gw>", "<sip:+43665@gw>")).size() == 2);
}

TEST_CASE("a key of several contacts names nobody, unless they go by one name") {
  const CallerKeys keys = {{"1", "01"}, {"2"}};
  const auto named = [&](std::vector<KnownContact> known) {
    const ContactName name = NameByContacts(keys, known);
    return name.name + "/" + name.email;
  };
  CHECK(named({}) == "/");
  CHECK(named({{"9", 0, "Eve", ""}}) == "/");
  CHECK(named({{"1", 0, "Bob", "bob@example.net"}}) == "Bob/bob@example.net");
  CHECK(named({{"1", 0, "Bob", "b@x"}, {"01", 0, "Bob", "b@x"}}) == "Bob/b@x");
  CHECK(named({{"1", 0, "Bob", "b@x"}, {"1", 7, "Bob", "c@x"}}) == "Bob/");
  CHECK(named({{"1", 0, "Bob", "b@x"}, {"1", 7, "Rob", "c@x"}}) == "/");
  CHECK(named({{"1", 0, "Bob", "b@x"}, {"01", 7, "Rob", "c@x"}}) == "/");
  // The more trusted identity decides.
  CHECK(named({{"2", 7, "Rob", ""}, {"1", 0, "Bob", ""}}) == "Bob/");
  CHECK(named({{"2", 7, "Rob", ""}}) == "Rob/");
}

TEST_CASE("contacts are searched by name, number and address") {
  const Contact bob{"Bob Müller", "b@example.net", {"+43 664 123"}, {"b@example.net"}};
  for (const char* folded : {"", "müller", "664 1", "example.net"}) CHECK(Matches(bob, folded));
  CHECK_FALSE(Matches(bob, "alice"));
}

}  // namespace um::domain

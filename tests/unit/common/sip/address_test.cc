#include "common/sip/address.h"

#include <string>

#include "tests/support/catch.h"

namespace um::sip {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("a SIP URI is taken apart") {
  const auto uri =
      Uri::Parse("SIP:%61lice;x=1@Um.Example:5070;Transport=TCP;lr;um-ticket=a%20b?Subject=x&a=b");
  REQUIRE(uri);
  CHECK(uri->scheme == "sip");
  CHECK(uri->user == "alice;x=1");
  CHECK(uri->host == "Um.Example");
  CHECK(uri->port == 5070);
  CHECK(uri->parameters == Parameters{{"transport", "TCP"}, {"lr", ""}, {"um-ticket", "a b"}});
  CHECK(uri->headers == "Subject=x&a=b");
  CHECK(uri->Parameter("LR") == "");
  CHECK(uri->Parameter("UM-Ticket") == "a b");
  CHECK_FALSE(uri->Parameter("maddr"));
}

TEST_CASE("the shapes of URIs that gateways send are understood") {
  CHECK(Uri::Parse("sip:um.example") == Uri{.scheme = "sip", .host = "um.example"});
  CHECK(Uri::Parse("sips:8000@[2001:db8::1]:5061") ==
        Uri{.scheme = "sips", .user = "8000", .host = "[2001:db8::1]", .port = 5061});
  CHECK(Uri::Parse("sip:8000@[::1]")->host == "[::1]");
  CHECK(Uri::Parse("Tel:512345") == Uri{.scheme = "tel", .user = "512345"});
  CHECK(Uri::Parse("tel:+1-555-(01)01;ext=7;Phone-Context=+1")->parameters ==
        Parameters{{"ext", "7"}, {"phone-context", "+1"}});
  CHECK(Uri::Parse("tel:*97%23")->user == "*97#");
  CHECK(Uri::Parse("sip:%2397;phone-context=x@h;user=phone")->user == "#97;phone-context=x");
  CHECK(Uri::Parse("sip:u:secret@h")->user == "u");
  CHECK(Uri::Parse("sip:u:secret@h")->ToString() == "sip:u@h");
  CHECK(Uri::Parse("sip:u?x/y@my_host;;")->host == "my_host");
  CHECK(Uri::Parse(" sip:u@h ")->host == "h");
  CHECK(Uri::Parse("sip:\xc3\xa9@h")->user == "\xc3\xa9");
}

TEST_CASE("what is no URI of ours is refused") {
  for (const char* text : {"",
                           "sip:",
                           "sip:@",
                           "sip:@h",
                           "sip::secret@h",
                           "sip:u@",
                           "8000@h",
                           "http://h",
                           "mailto:a@b",
                           "sip:u@h:0",
                           "sip:u@h:65536",
                           "sip:u@h:",
                           "sip:u@h:50a",
                           "sip:u@h@i",
                           "sip:u%@h",
                           "sip:u%4@h",
                           "sip:u%zz@h",
                           "sip:u@h;x=%f",
                           "sip:u@[::1",
                           "sip:u@[]",
                           "sip:u@[::g]",
                           "sip:u@h i",
                           "sip:u@h\r\nX: y",
                           "sip:u%00@h",
                           "sip:u%0d%0a@h",
                           "sip:u@h;=x",
                           "sip:u@h,i",
                           "tel:",
                           "tel:;x=1",
                           "tel:12@h",
                           "<sip:u@h>",
                           "sip:u@h\x7f",
                           ":u@h"}) {
    CAPTURE(text);
    CHECK_FALSE(Uri::Parse(text));
  }
  CHECK(Uri::Parse("sip:" + std::string(2000, 'u') + "@h"));
  CHECK_FALSE(Uri::Parse("sip:" + std::string(2048, 'u') + "@h"));
}

TEST_CASE("a URI that is written parses to itself") {
  for (const char* text : {"sip:h", "sips:u@h:5061;transport=tls;lr", "tel:+1-555;ext=7",
                           "sip:a%20b%40c@[::1]:1;x=a%3Bb?Subject=a%20b", "sip:a;b=c?d/e@h",
                           "sip:a@h?b=c@d", "tel:*97%23", "sip:%C3%A9@h;%22=%3E"}) {
    const auto uri = Uri::Parse(text);
    CAPTURE(text);
    REQUIRE(uri);
    CHECK(uri->ToString() == text);
    CHECK(Uri::Parse(uri->ToString()) == uri);
  }
}

TEST_CASE("a written URI cannot leave its place in a header") {
  const Uri uri{
      .scheme = "sip", .user = "a>,\r\n b", .host = "h", .parameters = {{"x\r", "<\";,\n"}}};
  CHECK(uri.ToString() == "sip:a%3E,%0D%0A%20b@h;x%0D=%3C%22%3B%2C%0A");
}

TEST_CASE("a name-addr is taken apart") {
  const auto address = NameAddr::Parse(
      "\"Bee, \\\"Ann\\\" <x>\" <sip:ann@h;lr>;Tag=9f ; q=\"a;b\\\\\" ;;flag; privacy = full");
  REQUIRE(address);
  CHECK(address->display_name == "Bee, \"Ann\" <x>");
  CHECK(address->uri == *Uri::Parse("sip:ann@h;lr"));
  CHECK(address->parameters ==
        Parameters{{"tag", "9f"}, {"q", "a;b\\"}, {"flag", ""}, {"privacy", "full"}});
  CHECK(address->Parameter("TAG") == "9f");
}

TEST_CASE("names and brackets may be left out") {
  CHECK(NameAddr::Parse("Ann  Bee <sip:a@h>")->display_name == "Ann  Bee");
  CHECK(NameAddr::Parse("<tel:10001>;reason=no-answer")->uri.user == "10001");
  CHECK(NameAddr::Parse("\"\"<sip:a@h>")->display_name.empty());
  const auto bare = NameAddr::Parse("sip:a@h;tag=1");
  REQUIRE(bare);
  CHECK(bare->uri == *Uri::Parse("sip:a@h"));
  CHECK(bare->Parameter("tag") == "1");
  // The user part has a parameter and no brackets protect it.
  const auto number = NameAddr::Parse("sip:+1;phone-context=x@h;tag=2");
  REQUIRE(number);
  CHECK(number->uri.user == "+1;phone-context=x");
  CHECK(number->Parameter("tag") == "2");
  CHECK(NameAddr::Parse("\"a\tb\x01\" <sip:a@h>")->display_name == "a b ");
}

TEST_CASE("broken name-addrs are refused") {
  for (const char* text :
       {"", "*", "<sip:a@h", "\"a <sip:a@h>", "<>", "a <b>", "<http://h>", "\"a\"", "<sip:a@h "}) {
    CAPTURE(text);
    CHECK_FALSE(NameAddr::Parse(text));
  }
  CHECK_FALSE(NameAddr::Parse("\"" + std::string(5000, 'a') + "\" <sip:a@h>"));
}

TEST_CASE("a list is split at its top-level commas") {
  using List = std::vector<std::string_view>;
  CHECK(SplitList("") == List{});
  CHECK(SplitList(" , ,,") == List{});
  CHECK(SplitList("a, b ,c") == List{"a", "b", "c"});
  CHECK(SplitList("\"x, \\\", y\" <sip:a,b@h>;p=\"1,2\", <sip:c?d=\"e>,f") ==
        List{"\"x, \\\", y\" <sip:a,b@h>;p=\"1,2\"", "<sip:c?d=\"e>", "f"});
  CHECK(SplitList("a, \"b, c") == List{"a", "\"b, c"});
  CHECK(SplitList("a, <b, c") == List{"a", "<b, c"});
  CHECK(SplitList("a\\") == List{"a\\"});
  CHECK(SplitList("\"a\\") == List{"\"a\\"});
  CHECK(SplitList("1,2,3,4", 2) == List{"1", "2"});
}

}  // namespace
}  // namespace um::sip

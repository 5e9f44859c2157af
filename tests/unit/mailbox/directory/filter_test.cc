#include "mailbox/directory/filter.h"

#include <random>

#include "common/base/bytes.h"
#include "tests/support/catch.h"

using namespace um::directory;

namespace {

/// What a server reads out of an escaped value (RFC 4515 section 3); "!" is added if it is none.
std::string Unescaped(const std::string& escaped) {
  std::string value;
  for (size_t i = 0; i < escaped.size(); ++i) {
    const char c = escaped[i];
    if (c == '(' || c == ')' || c == '*' || c == '\0') value += '!';
    if (c != '\\') {
      value += c;
      continue;
    }
    const auto byte = um::FromHex(escaped.substr(i + 1, 2));
    value += byte && byte->size() == 1 ? *byte : "!";
    i += 2;
  }
  return value;
}

}  // namespace

TEST_CASE("nothing in a value can end a filter or match more than itself") {
  CHECK(EscapeFilterValue("ann.archer@example.com") == "ann.archer@example.com");
  CHECK(EscapeFilterValue("*)(uid=*") == "\\2a\\29\\28uid\\3d\\2a");
  CHECK(EscapeFilterValue("a\\2a") == "a\\5c2a");
  CHECK(EscapeFilterValue(std::string("\0", 1)) == "\\00");
  CHECK(EscapeFilterValue("M\xC3\xBCller") == "M\\c3\\bcller");
  CHECK(Equals("uid", "*)(|(uid=*") == "(uid=\\2a\\29\\28\\7c\\28uid\\3d\\2a)");
  CHECK(AllOf({"(a=1)", AtLeast("t", "20260101000000.0Z")}) == "(&(a=1)(t>=20260101000000.0Z))");
  CHECK(AnyOf({"(a=1)", "(b=2)"}) == "(|(a=1)(b=2))");
}

TEST_CASE("a server reads out of an escaped value what was put in, whatever it was") {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string value(random() % 40, '\0');
    // Half of the bytes are of those that mean something in a filter.
    for (char& c : value)
      c = random() % 2 ? "()*\\&|!=<>~:\n"[random() % 14] : static_cast<char>(random());
    const std::string escaped = EscapeFilterValue(value);
    CAPTURE(um::Hex(value), escaped);
    REQUIRE(Unescaped(escaped) == value);
  }
}

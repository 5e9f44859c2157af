#include "mailbox/cli/complete.h"

#include "tests/support/catch.h"

using namespace um::cli;
using Words = std::vector<std::string>;

TEST_CASE("a typed line is cut as the shell does") {
  const TypedLine plain = SplitTyped("umctl dial-plan  sh");
  CHECK(plain.words == Words{"umctl", "dial-plan"});
  CHECK(plain.current == "sh");
  const TypedLine quoted = SplitTyped("umctl x 'Main Default' \"Head Of");
  CHECK(quoted.words == Words{"umctl", "x", "Main Default"});
  CHECK(quoted.current == "Head Of");
  CHECK(quoted.quote == '"');
  const TypedLine escaped = SplitTyped("umctl Main\\ De");
  CHECK(escaped.current == "Main De");
  CHECK(SplitTyped("umctl '' ").words == Words{"umctl", ""});
  CHECK(SplitTyped("").current.empty());
  CHECK(SplitTyped("x\\").current == "x");
}

TEST_CASE("what is offered fits into the line as it stands") {
  const Words names = {"Main Default Policy", "Main", "Other", "Main"};
  CHECK(Offered(SplitTyped("umctl Ma"), names, "") == Words{"Main", "Main\\ Default\\ Policy"});
  CHECK(Offered(SplitTyped("umctl 'Main D"), names, "") == Words{"Main Default Policy"});
  CHECK(Offered(SplitTyped("umctl ann@ex"), {"ann@example.com"}, "@:") == Words{"example.com"});
  CHECK(Offered(SplitTyped("umctl ann@ex"), {"ann@example.com"}, "") == Words{"ann@example.com"});
  CHECK(Offered(SplitTyped("umctl "), {"a;rm -rf $HOME"}, "") == Words{"a\\;rm\\ -rf\\ \\$HOME"});
}

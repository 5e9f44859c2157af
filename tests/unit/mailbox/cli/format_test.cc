#include "mailbox/cli/format.h"

#include "tests/support/catch.h"

using namespace um::cli;

TEST_CASE("nothing a caller writes can command a terminal") {
  CHECK(Printable("Bob \x1b[2J Baker\r\n") == "Bob ?[2J Baker??");
  CHECK(Printable("\xc2\x9b"
                  "31m") == "?31m");  // C1 CSI, which terminals obey as well
  CHECK(Printable("J\xc3\xbcrgen") == "J\xc3\xbcrgen");
  CHECK(Printable("\xff\xfe\xc3") == "???");
}

TEST_CASE("durations and ages read as people say them") {
  CHECK(Duration(0) == "0:00");
  CHECK(Duration(9'499) == "0:09");
  CHECK(Duration(9'500) == "0:10");
  CHECK(Duration(754'000) == "12:34");
  CHECK(Duration(3'723'000) == "1:02:03");
  CHECK(Age(45) == "45 s");
  CHECK(Age(720) == "12 min");
  CHECK(Age(11'100) == "3 h 5 min");
  CHECK(Age(7'200) == "2 h");
  CHECK(Age(86'400 * 2 + 4 * 3600) == "2 days 4 h");
}

TEST_CASE("a table is as wide as its contents, and its last column gives way to the terminal") {
  CHECK(Table({"ID", "CALLER", "STATE"},
              {{"1", "J\xc3\xbcrgen", "ok"}, {"22", "Bo", "failed badly"}}, 0) ==
        "ID  CALLER  STATE\n"
        "1   J\xc3\xbcrgen  ok\n"
        "22  Bo      failed badly\n");
  CHECK(Table({"A", "B"}, {{"1", "a long explanation"}}, 14) == "A  B\n1  a long e...\n");
}

TEST_CASE("a table that is too wide gives up its widest columns, and fits") {
  const std::string table =
      Table({"ID", "NAME", "POLICY"}, {{"1", std::string(40, 'n'), std::string(40, 'p')}}, 30);
  const std::string n(9, 'n'), p(9, 'p');
  CHECK(table == "ID  NAME          POLICY\n1   " + n + "...  " + p + "...\n");
}

TEST_CASE("text is wrapped at words") {
  CHECK(Wrap("a text of some words", 10, 2) == "a text\n  of some\n  words");
  CHECK(Wrap("averyverylongword b", 6, 0) == "averyverylongword\nb");
  CHECK(Wrap("", 10, 2).empty());
}

TEST_CASE("large numbers and times are easy to read") {
  CHECK(Times(1) == "once");
  CHECK(Times(1'200) == "1,200 times");
  CHECK(Thousands(0) == "0");
  CHECK(Thousands(999) == "999");
  CHECK(Thousands(50'000) == "50,000");
  CHECK(Thousands(1'234'567) == "1,234,567");
  CHECK(Time("2026-01-15T09:30:00Z") == "2026-01-15 09:30:00");
  CHECK(Time("").empty());
}

#include "mailbox/cli/csv.h"

#include <sstream>

#include "tests/support/catch.h"

using namespace um::cli;

namespace {

struct Read {
  std::vector<std::vector<std::string>> rows;
  std::vector<int> lines;
  std::string problem;
};
Read All(const std::string& text) {
  std::istringstream in(text);
  CsvReader reader(in);
  Read read;
  while (auto row = reader.Next()) {
    read.rows.push_back(row->cells);
    read.lines.push_back(row->line);
  }
  read.problem = reader.problem();
  return read;
}
using Rows = std::vector<std::vector<std::string>>;

}  // namespace

TEST_CASE("CSV is read as spreadsheets write it") {
  CHECK(All("a,b\n1,2\n").rows == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(All("\xEF\xBB\xBF"
            "a,b\r\n1,\r\n,2")
            .rows == Rows{{"a", "b"}, {"1", ""}, {"", "2"}});
  CHECK(All("a;b\n1,5;2\n").rows == Rows{{"a", "b"}, {"1,5", "2"}});
  CHECK(All("\"x, y\",\"say \"\"hi\"\"\"\n").rows == Rows{{"x, y", "say \"hi\""}});
  CHECK(All("\"\",a\n").rows == Rows{{"", "a"}});
  const Read lines = All("a\n\n\"two\nlines\"\nb\n");
  CHECK(lines.rows == Rows{{"a"}, {"two\nlines"}, {"b"}});
  CHECK(lines.lines == std::vector<int>{1, 3, 5});
  CHECK(All("").rows.empty());
  CHECK(All("").problem.empty());
}

TEST_CASE("hostile CSV ends with a line number, and in bounded memory") {
  CHECK(All("a\n\"never\nends\n\n").problem == "line 2: a quoted cell does not end");
  CHECK(All("a\n\"x\"y,z\n").problem == "line 2: something follows the closing quote of a cell");
  CHECK(All("a\nx\"y\n").problem.starts_with("line 2: a quote inside a cell"));
  CHECK(All("a\n\xff\n").problem == "line 2: is not readable UTF-8 text");
  CHECK(All(std::string("a\nb\0c\n", 6)).problem == "line 2: is not readable UTF-8 text");
  CHECK(All("a\n\x1b[2J\n").problem == "line 2: is not readable UTF-8 text");
  CHECK(All("a\n" + std::string(1 << 20, 'x')).problem == "line 2: is longer than 64 kB");
  CHECK(All("\"" + std::string(1 << 20, '\n')).problem.find("64 kB") != std::string::npos);
  CHECK(All(std::string(1000, ',')).problem == "line 1: has more than 200 cells");
  // After a problem nothing is read any more.
  std::istringstream in("x\"y\na,b\n");
  CsvReader reader(in);
  CHECK_FALSE(reader.Next());
  CHECK_FALSE(reader.Next());
}

TEST_CASE("what is written is read back") {
  const std::vector<std::string> cells = {"plain", "a,b", "say \"hi\"", "two\nlines", "", "a;b"};
  CHECK(All(CsvLine(cells)).rows == Rows{cells});
  CHECK(CsvLine({"a", "b"}) == "a,b\n");
}

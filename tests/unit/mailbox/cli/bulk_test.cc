#include "mailbox/cli/bulk.h"

#include <sstream>

#include "tests/support/catch.h"

using namespace um::cli;

TEST_CASE("rows become mailboxes, by the names that the header gives") {
  std::istringstream in(
      "DisplayName,email,extension,fax-enabled,calling_line_ids\n"
      "Ann , ann@example.com,1001,false,\"+1,+2\"\n"
      "Bob,bob@example.com,,,\n");
  MailboxRows rows(in, "Staff");
  const auto chunk = rows.Next();
  REQUIRE(chunk);
  CHECK(rows.problems().empty());
  REQUIRE(chunk->request.operations_size() == 2);
  const auto& ann = chunk->request.operations(0).create().mailbox();
  CHECK(ann.id() == "ann@example.com");
  CHECK(ann.display_name() == "Ann");
  CHECK(ann.policy() == "Staff");
  CHECK(ann.has_fax_enabled());
  CHECK(ann.calling_line_ids_size() == 2);
  CHECK_FALSE(chunk->request.operations(1).create().mailbox().has_fax_enabled());
  CHECK(chunk->lines == std::vector<int>{2, 3});
  CHECK_FALSE(rows.Next());
}

TEST_CASE("what is wrong with a file is told with its lines, up to a thousand") {
  std::istringstream in("id,fax_enabled\na,maybe\nb\nc,true\n");
  MailboxRows rows(in, "");
  while (rows.Next()) {
  }
  REQUIRE(rows.problems().size() == 2);
  CHECK(rows.problems()[0] == "line 2: fax_enabled must be true or false");
  CHECK(rows.problems()[1] == "line 3: has 1 cells, the header 2");

  std::string many = "id,fax_enabled\n";
  for (int i = 0; i < 5000; ++i) many += "x\n";
  std::istringstream bad(many);
  MailboxRows flood(bad, "");
  while (flood.Next()) {
  }
  CHECK(flood.problems().size() == 1000);

  for (const char* header : {"", "id,id\n", "id,colour\n", "\xff\n"}) {
    std::istringstream text(header);
    MailboxRows none(text, "");
    CHECK_FALSE(none.Next());
    CHECK(none.problems().size() == 1);
  }
}

TEST_CASE("fifty thousand mailboxes are one change, two hundred thousand are several") {
  const auto chunks = [](int count) {
    std::string text = "id,display_name,email,extension,policy\n";
    for (int i = 0; i < count; ++i) {
      const std::string n = std::to_string(100000 + i);
      text += "u" + n + ",User " + n + ",u" + n + "@example.com," + n + ",Main Default Policy\n";
    }
    std::istringstream in(text);
    MailboxRows rows(in, "");
    std::vector<int> sizes;
    while (const auto chunk = rows.Next()) sizes.push_back(chunk->request.operations_size());
    return sizes;
  };
  CHECK(chunks(50'000) == std::vector<int>{50'000});
  CHECK(chunks(120'000) == std::vector<int>{100'000, 20'000});
}

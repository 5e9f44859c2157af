#include "mailbox/cli/rule_tables.h"

#include <sstream>

#include "tests/support/catch.h"

using namespace um::cli;

namespace {
template <class Rows>
std::vector<std::string> Read(std::vector<std::string> (*read)(std::istream&, Rows&),
                              const std::string& text, Rows& rows) {
  std::istringstream in(text);
  return read(in, rows);
}
}  // namespace

TEST_CASE("dialing rules go to CSV and back") {
  DialingRules rules;
  const std::string text =
      "Name,NumberMask,DialedNumber,Comment\nLocal,9xxx,9xxx,\nFar,9*,+*,\"a, b\"\n";
  CHECK(Read(ReadDialingRules, text, rules).empty());
  REQUIRE(rules.size() == 2);
  CHECK(rules[1].comment() == "a, b");
  CHECK(DialingRulesCsv(rules) == text);
  rules.Clear();
  CHECK(Read(ReadDialingRules, "Local,9,9,\n", rules).size() == 1);
  CHECK(Read(ReadDialingRules, "", rules).size() == 1);
  CHECK(Read(ReadDialingRules, "name,numbermask,dialednumber,comment\nx\n", rules) ==
        std::vector<std::string>{"line 2: has 1 cells, not 4"});
  std::string flood = "Name,NumberMask,DialedNumber,Comment\n";
  for (int i = 0; i < 5000; ++i) flood += "a,1,1,\n";
  rules.Clear();
  CHECK(Read(ReadDialingRules, flood, rules).size() == 1);
  CHECK(rules.size() == 1000);
}

TEST_CASE("menus go to CSV and back, with one action an entry") {
  KeyMappings menu;
  CHECK(Read(ReadMenu,
             "Key,Description\n1,Orders,,Orders Desk\n2,Repairs,20417\n"
             "3,Where,,,where.wav,address;place,,,location\nTimeout,Ann,,,,,ann\n",
             menu)
            .empty());
  REQUIRE(menu.size() == 4);
  CHECK(menu[0].transfer_to_auto_attendant() == "Orders Desk");
  CHECK(menu[1].transfer_to_extension() == "20417");
  CHECK(menu[2].asr_phrases_size() == 2);
  CHECK(menu[2].announce_business_location());
  CHECK(menu[3].key() == "timeout");
  CHECK(menu[3].leave_message_for() == "ann");
  KeyMappings again;
  CHECK(Read(ReadMenu, MenuCsv(menu), again).empty());
  CHECK(MenuCsv(again) == MenuCsv(menu));
  CHECK(Read(ReadMenu, "1,Both,2000,Desk\n", again).size() == 1);
  CHECK(Read(ReadMenu, "1,Odd,,,,,,,shout\n", again).size() == 1);
  CHECK(Read(ReadMenu, "1,2,3,4,5,6,7,8,9,10\n", again).size() == 1);
}

#include "mailbox/cli/rule_tables.h"

#include <absl/strings/match.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <algorithm>

#include "mailbox/cli/csv.h"

namespace um::cli {
namespace {

namespace v1 = um::organisation::v1;
/// More rules or keys than any list may have: a file that is none is not read to its end.
constexpr int kMostRows = 1000;

const std::vector<std::string>& RuleHeader() {
  static const std::vector<std::string> header = {"Name", "NumberMask", "DialedNumber", "Comment"};
  return header;
}

bool SameHeader(const CsvRow& row) {
  return std::equal(
      row.cells.begin(), row.cells.end(), RuleHeader().begin(), RuleHeader().end(),
      [](const std::string& a, const std::string& b) { return absl::EqualsIgnoreCase(a, b); });
}

std::vector<std::string> Cells(const v1::KeyMapping& entry) {
  std::vector<std::string> cells(8);
  cells[0] = entry.key();
  cells[1] = entry.description();
  cells[2] = entry.transfer_to_extension();
  cells[3] = entry.transfer_to_auto_attendant();
  cells[4] = entry.prompt_filename();
  cells[5] = absl::StrJoin(entry.asr_phrases(), ";");
  cells[6] = entry.leave_message_for();
  cells[7] = entry.transfer_to_mailbox();
  if (entry.announce_business_location()) cells.emplace_back("location");
  if (entry.announce_business_hours()) cells.emplace_back("hours");
  return cells;
}

/// "": done; else what is wrong.
std::string SetAction(const std::vector<std::string>& cells, v1::KeyMapping& entry) {
  int actions = 0;
  for (const size_t i : {2, 3, 6, 7, 8}) actions += !cells[i].empty();
  if (actions > 1) return "has more than one action";
  if (!cells[2].empty()) entry.set_transfer_to_extension(cells[2]);
  if (!cells[3].empty()) entry.set_transfer_to_auto_attendant(cells[3]);
  if (!cells[6].empty()) entry.set_leave_message_for(cells[6]);
  if (!cells[7].empty()) entry.set_transfer_to_mailbox(cells[7]);
  if (cells[8] == "location") {
    entry.set_announce_business_location(true);
  } else if (cells[8] == "hours") {
    entry.set_announce_business_hours(true);
  } else if (!cells[8].empty()) {
    return "the ninth column is location, hours or empty";
  }
  return "";
}

std::string ReadEntry(std::vector<std::string> cells, v1::KeyMapping& entry) {
  if (cells.size() > 9) return fmt::format("has {} cells, at most 9 are known", cells.size());
  cells.resize(9);
  entry.set_key(absl::EqualsIgnoreCase(cells[0], "timeout") ? "timeout" : cells[0]);
  entry.set_description(cells[1]);
  entry.set_prompt_filename(cells[4]);
  for (const auto& phrase : absl::StrSplit(cells[5], ';', absl::SkipWhitespace())) {
    entry.add_asr_phrases(std::string(phrase.data(), phrase.size()));
  }
  return SetAction(cells, entry);
}

}  // namespace

std::string DialingRulesCsv(const DialingRules& rules) {
  std::string out = CsvLine(RuleHeader());
  for (const v1::DialingRule& rule : rules) {
    out += CsvLine({rule.group(), rule.number_mask(), rule.dialed_number(), rule.comment()});
  }
  return out;
}

std::vector<std::string> ReadDialingRules(std::istream& in, DialingRules& rules) {
  CsvReader reader(in);
  std::vector<std::string> problems;
  const auto header = reader.Next();
  if (reader.problem().empty() && (!header || !SameHeader(*header))) {
    return {"line 1: must be Name,NumberMask,DialedNumber,Comment"};
  }
  for (int n = 0; n < kMostRows; ++n) {
    const auto row = reader.Next();
    if (!row) break;
    if (row->cells.size() < 3 || row->cells.size() > 4) {
      problems.push_back(fmt::format("line {}: has {} cells, not 4", row->line, row->cells.size()));
      continue;
    }
    v1::DialingRule& rule = *rules.Add();
    rule.set_group(row->cells[0]);
    rule.set_number_mask(row->cells[1]);
    rule.set_dialed_number(row->cells[2]);
    if (row->cells.size() == 4) rule.set_comment(row->cells[3]);
  }
  if (reader.problem().empty() && reader.Next()) problems.push_back("has more than 1,000 rules");
  if (!reader.problem().empty()) problems.push_back(reader.problem());
  return problems;
}

std::string MenuCsv(const KeyMappings& menu) {
  std::string out;
  for (const v1::KeyMapping& entry : menu) out += CsvLine(Cells(entry));
  return out;
}

std::vector<std::string> ReadMenu(std::istream& in, KeyMappings& menu) {
  CsvReader reader(in);
  std::vector<std::string> problems;
  for (int n = 0; n < kMostRows; ++n) {
    const auto row = reader.Next();
    if (!row) break;
    if (n == 0 && absl::EqualsIgnoreCase(row->cells[0], "key")) continue;
    const std::string wrong = ReadEntry(row->cells, *menu.Add());
    if (!wrong.empty()) problems.push_back(fmt::format("line {}: {}", row->line, wrong));
  }
  if (reader.problem().empty() && reader.Next()) problems.push_back("has more than 1,000 rows");
  if (!reader.problem().empty()) problems.push_back(reader.problem());
  return problems;
}

}  // namespace um::cli

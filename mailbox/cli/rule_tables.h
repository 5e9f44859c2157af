// Tables that administrators keep in spreadsheets: dialing rules and menus, as CSV.   Pure.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "um/organisation/v1/auto_attendant.pb.h"
#include "um/organisation/v1/dial_plan.pb.h"

namespace um::cli {

using DialingRules = google::protobuf::RepeatedPtrField<organisation::v1::DialingRule>;
using KeyMappings = google::protobuf::RepeatedPtrField<organisation::v1::KeyMapping>;

/// With the header "Name,NumberMask,DialedNumber,Comment".
std::string DialingRulesCsv(const DialingRules& rules);
/// The reverse. @return all that is wrong: "line 3: has 2 cells, not 4"
std::vector<std::string> ReadDialingRules(std::istream& in, DialingRules& rules);

/// Eight columns without header: key, description, extension, auto attendant, prompt file, phrases
/// (";" between them), mailbox to leave a message for, mailbox to transfer to. A ninth, "location"
/// or "hours", is written only for entries that announce these.
std::string MenuCsv(const KeyMappings& menu);
/// The reverse; rows may be shorter. A first row that begins with "key" is a header.
std::vector<std::string> ReadMenu(std::istream& in, KeyMappings& menu);

}  // namespace um::cli

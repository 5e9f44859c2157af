// A change as people read it: what differs, and what stands in its way.   Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "um/admin/v1/organisations.pb.h"

namespace um::cli {

/// "+ dial plan Main", "~ mailbox ann" and "- hunt group pbx", with the fields that differ below,
/// as "before -> after". What changed no object, an audit's note, is "* erase mailbox ann" and what
/// there is to tell. Text of others is made Printable.
std::string DiffText(const google::protobuf::RepeatedPtrField<admin::v1::Changed>& changed,
                     bool colour);
/// "2 created, 1 changed, 30 deleted"; "nothing": empty.
std::string CountText(const google::protobuf::RepeatedPtrField<admin::v1::Changed>& changed);

/// Where a problem is, in the words of who asked.
using Where = std::function<std::string(std::string_view path)>;
/// For verbs: the options of the first operation ("--port"), the names of further objects.
Where WhereInOptions(const admin::v1::ChangeRequest& request);
/// For a file of rows: "line 17: extension". @param lines of the operations
Where WhereInRows(const admin::v1::ChangeRequest& request, const std::vector<int>& lines);
/// For a document: "dial plan Main: max_call_duration_minutes".
Where WhereInDocument(const organisation::v1::Organisation& document);

/// All problems, one a line, blockers below; each line is indented.
std::string ProblemText(const google::protobuf::RepeatedPtrField<admin::v1::Problem>& problems,
                        const Where& where);

}  // namespace um::cli

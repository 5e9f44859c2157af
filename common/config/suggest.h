// What somebody may have meant by a field's name that does not exist.   Pure; thread: any.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>

namespace um::config {

/// "is not known here; did you mean max_call_duration_minutes?": a slip of the pen, or the name in
/// Exchange Server. A property that is left out gets the reason; else the known names are listed.
std::string DescribeUnknown(std::string_view name, const google::protobuf::Descriptor& type);

}  // namespace um::config

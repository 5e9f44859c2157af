// The comments of the .proto files, which are the manual of configuration and organisation. They
// are part of the program.   Thread: any.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

namespace um::config {

/// The comment before a message, field or value of an enum, on one line; "": it has none, or is not
/// of um.config or um.organisation.
std::string CommentOf(const google::protobuf::Descriptor& type);
std::string CommentOf(const google::protobuf::FieldDescriptor& field);
std::string CommentOf(const google::protobuf::EnumValueDescriptor& value);

}  // namespace um::config

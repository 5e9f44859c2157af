#include "common/config/comments.h"

#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <string_view>

namespace um::config {

/// protoc's FileDescriptorSet with comments; made by proto/embed.cmake.
std::string_view Descriptors();

namespace {

using google::protobuf::FileDescriptorProto;
using google::protobuf::SourceCodeInfo_Location;

/// "a.b.Message.field" of a location; "" for any other. A path is field numbers of descriptor.proto
/// and indexes, in turn: message 4, its field 2; enum 5, its value 2.
std::string NameAt(const FileDescriptorProto& file, const SourceCodeInfo_Location& at) {
  const auto n = at.path_size();
  if ((n != 2 && n != 4) || (n == 4 && at.path(2) != 2)) return "";
  const std::string package = file.package() + ".";
  if (at.path(0) == FileDescriptorProto::kMessageTypeFieldNumber) {
    const auto& type = file.message_type(at.path(1));
    return package + type.name() + (n == 4 ? "." + type.field(at.path(3)).name() : "");
  }
  if (at.path(0) == FileDescriptorProto::kEnumTypeFieldNumber && n == 4) {
    const auto& type = file.enum_type(at.path(1));
    return package + type.name() + "." + type.value(at.path(3)).name();
  }
  return "";
}

/// Lines joined, without the space behind "//".
std::string OneLine(const std::string& comment) {
  std::string line;
  for (const char c : comment) {
    const bool space = c == ' ' || c == '\n';
    if (!space || (!line.empty() && line.back() != ' ')) line += space ? ' ' : c;
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::map<std::string, std::string> ReadComments() {
  std::map<std::string, std::string> comments;
  google::protobuf::FileDescriptorSet files;
  files.ParseFromArray(Descriptors().data(), static_cast<int>(Descriptors().size()));
  for (const FileDescriptorProto& file : files.file()) {
    for (const SourceCodeInfo_Location& at : file.source_code_info().location()) {
      if (at.has_leading_comments()) comments[NameAt(file, at)] = OneLine(at.leading_comments());
    }
  }
  return comments;
}

std::string CommentNamed(const std::string& name) {
  static const std::map<std::string, std::string> comments = ReadComments();
  const auto found = comments.find(name);
  return found == comments.end() ? "" : found->second;
}

}  // namespace

std::string CommentOf(const google::protobuf::Descriptor& type) {
  return CommentNamed(type.full_name());
}
std::string CommentOf(const google::protobuf::FieldDescriptor& field) {
  return CommentNamed(field.full_name());
}
std::string CommentOf(const google::protobuf::EnumValueDescriptor& value) {
  return CommentNamed(value.type()->full_name() + "." + value.name());
}

}  // namespace um::config

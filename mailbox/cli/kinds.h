// The kinds of objects as the command line knows them: `umctl dial-plan`, `--dial-plan`. All of it
// follows from the schema, but for the columns of lists.   Pure.
#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/organisation/model.h"

namespace um::cli {

using organisation::Kind;

/// "max_call_duration_minutes" as a command line writes it, "max-call-duration-minutes", and back.
std::string Dashed(std::string_view text);
std::string Underscored(std::string_view text);

/// "dial-plan".
std::string VerbOf(Kind kind);
/// "UM dial plan" in the middle of a sentence: "dial plan".
std::string TitleIn(Kind kind);
std::string TitleIn(std::string_view kind);
const google::protobuf::Descriptor& TypeOf(Kind kind);
/// The property that names an object: "name", a mailbox' "id".
std::string_view IdentityOf(Kind kind);
/// False for what cannot be typed: the name, which is an argument, and a prompt's audio.
bool IsOption(const google::protobuf::FieldDescriptor& field);

/// A property by any of its names: "fax-enabled", "fax_enabled", "FaxEnabled". nullptr: none.
const google::protobuf::FieldDescriptor* PropertyNamed(const google::protobuf::Descriptor& type,
                                                       std::string_view text);

/// A column of `umctl KIND list`.
struct Column {
  std::string_view heading;
  std::string_view property;
  bool wide = false;  ///< with -o wide only
};
std::span<const Column> ColumnsOf(Kind kind);

/// What a value may be, for help: "NUMBER", "true|false", "NAME", "LIST", "YAML".
std::string ValueLabel(const google::protobuf::FieldDescriptor& field);
/// A property's manual: its comment, range, values and default.
std::string HelpOf(const google::protobuf::FieldDescriptor& field);
/// The values that a property of few has: "true", "false", enums' names. Empty: it has many.
std::vector<std::string> ValuesOf(const google::protobuf::FieldDescriptor& field);

}  // namespace um::cli

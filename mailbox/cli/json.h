// Objects as JSON, with the names and values that YAML has too: "e164", not "URI_TYPE_E164". Pure.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace um::cli {

/// A JSON text, quotes included; control characters (C1 and DEL too) as \u escapes.
std::string JsonText(std::string_view text);

/// Further members of the outermost object, as JSON: {"version", "12"}.
using JsonMembers = std::vector<std::pair<std::string, std::string>>;
/// What is set, in the schema's order, on several lines.
std::string ToJson(const google::protobuf::Message& message, const JsonMembers& more = {});

/// An answer of the API as protobuf writes it, fields that are not set too.
std::string ToApiJson(const google::protobuf::Message& message);

}  // namespace um::cli

// Single values as YAML writes them: numbers, true and false, enums by their short names, bytes as
// base64, um.config.v1.Limit as "unlimited" or a number.   Pure; thread: any.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace um::config {

/// True for um.config.v1.Limit, which is a value, not a part with fields of its own.
bool IsLimit(const google::protobuf::FieldDescriptor& field);
/// True if the field holds parts with fields of their own.
bool IsPart(const google::protobuf::FieldDescriptor& field);
/// True if a singular field is set (a Limit: to something) or a list has entries.
bool IsSet(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& f);
/// How often a field is there: a list's length; 1 if it is set, else 0.
int Count(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field);

/// The part at `index` of a list, or the field itself.
const google::protobuf::Message& PartAt(const google::protobuf::Message& message,
                                        const google::protobuf::FieldDescriptor& field, int index);
google::protobuf::Message& MutablePartAt(google::protobuf::Message& message,
                                         const google::protobuf::FieldDescriptor& field, int index);
std::string TextAt(const google::protobuf::Message& message,
                   const google::protobuf::FieldDescriptor& field, int index);

/// "UNKNOWN_PEER_FORBID" of enum UnknownPeer is written "forbid".
std::string EnumName(const google::protobuf::EnumValueDescriptor& value);
/// All of an enum's names but the one that means "not set": "forbid, silence".
std::string EnumNames(const google::protobuf::EnumDescriptor& type);
/// "a whole number from 10 to 120", "one of: forbid, silence".
std::string Expected(const google::protobuf::FieldDescriptor& field);
/// "from 10 to 120", "at least 1", "at most 65535"; "" if every number will do.
std::string RangeText(const google::protobuf::FieldDescriptor& field);

/// Sets the field (adds to the list) from text; not for parts. nullopt: done; else what is wrong:
/// "must be true or false".
std::optional<std::string> SetValue(std::string_view text,
                                    const google::protobuf::FieldDescriptor& field,
                                    google::protobuf::Message& message);
/// The reverse, without quotes. `index` counts in lists only.
std::string ValueText(const google::protobuf::Message& message,
                      const google::protobuf::FieldDescriptor& field, int index = 0);
/// A number's value, also a Limit's; nullopt: unlimited, or no number.
std::optional<int64_t> NumberAt(const google::protobuf::Message& message,
                                const google::protobuf::FieldDescriptor& field, int index);

/// UTF-8 that reads as what it is: no control or invisible characters; line feeds and tabs only
/// where the field's form is text for people.
bool IsGoodText(std::string_view text, const google::protobuf::FieldDescriptor& field);

}  // namespace um::config

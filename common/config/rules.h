// The rules that a message's fields carry (um/config/v1/rules.proto): checked, filled in, compared,
// written. All of it works on any message by its descriptor.   Pure; thread: any.
#pragma once

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/load.h"
#include "um/config/v1/rules.pb.h"

namespace um::config {

/// What is wrong with a text of this form: "must be digits"; nullopt: nothing. Forms belong to who
/// knows them: a table of functions is passed in. Ranges and lengths are checked here.
using FormCheck = std::function<std::optional<std::string>(v1::Form form, std::string_view text)>;

/// Everything that is wrong with a message, its parts included: what is required and missing,
/// numbers out of range, texts too long or of the wrong form, lists too long or with two equal
/// entries, enum values unknown, text that is no UTF-8 or holds control characters. A thousand
/// problems at most. Not: whether what is referred to exists.
std::vector<Problem> Check(const google::protobuf::Message& message, const FormCheck& form);

/// Sets every field that is not set to its default, in all parts that are there.
void FillDefaults(google::protobuf::Message& message);

/// One difference. Values as YAML writes them, bytes by size and fingerprint; "" is "not set". A
/// list or part that differs is one difference as a whole.
struct FieldChange {
  std::string path;
  std::string before;
  std::string after;
};
/// The top-level fields that differ, in the order of the schema.
std::vector<FieldChange> Diff(const google::protobuf::Message& before,
                              const google::protobuf::Message& after);

/// Takes the fields of `mask` (top-level names; empty: all) from `from`, also those that are not
/// set there. kInvalidArgument: no such field.
absl::Status CopyFields(const google::protobuf::Message& from,
                        const google::protobuf::FieldMask& mask, google::protobuf::Message& to);

/// The message as YAML: fields in the schema's order, those that are not set left out, short flat
/// parts on one line
/// (`{group: local, number_mask: "9xxx"}`), text quoted where YAML would take it for something
/// else. FromYaml() reads it back to an equal message.
std::string ToYaml(const google::protobuf::Message& message);
/// A single field's value on one line, as in FieldChange.
std::string ToYamlValue(const google::protobuf::Message& message,
                        const google::protobuf::FieldDescriptor& field);

/// Sets one field from text as a command line gives it: "true", "30", "unlimited", "a,b" for a list
/// of values, YAML for parts: "[{key: 1}]"; "" clears it. nullopt: done; else what is wrong.
std::optional<std::string> SetField(google::protobuf::Message& message,
                                    const google::protobuf::FieldDescriptor& field,
                                    std::string_view text);

/// The field's rules (defaults if it has none), and the name the reference system has for it
/// ("MaxCallDuration").
const v1::Rules& RulesOf(const google::protobuf::FieldDescriptor& field);
std::string KnownAs(const google::protobuf::FieldDescriptor& field);

}  // namespace um::config

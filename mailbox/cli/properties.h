// What the options of a property ask for, and what becomes of an object by them.   Pure.
#pragma once

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

namespace um::cli {

/// `--PROPERTY VALUE`, `--add-PROPERTY VALUE`, `--remove-PROPERTY VALUE`, `--unset PROPERTY`.
struct Edit {
  enum class What { kSet, kAdd, kRemove, kUnset };
  What what = What::kSet;
  const google::protobuf::FieldDescriptor* field = nullptr;
  std::vector<std::string> values;  ///< as often as the option was given
};
using Edits = std::vector<Edit>;

/// True if the object as it is now must be known: lists that are added to or taken from.
bool NeedsCurrent(const Edits& edits);

/// Carries out the edits and names the fields in the mask, each once. What is wrong, one entry a
/// line, in the words of the command line: "--port: must be a whole number from 0 to 65535".
std::vector<std::string> Carry(const Edits& edits, google::protobuf::Message& object,
                               google::protobuf::FieldMask& mask);

/// Turns `--unset` into edits. What is wrong, as above.
std::vector<std::string> AddUnset(const std::vector<std::string>& names,
                                  const google::protobuf::Descriptor& type, Edits& edits);

/// True for lists of single values, which can be added to and taken from.
bool IsValueList(const google::protobuf::FieldDescriptor& field);

}  // namespace um::cli

// Diff() and CopyFields() of rules.h.
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include "common/base/bytes.h"
#include "common/config/problems.h"
#include "common/config/rules.h"
#include "common/config/values.h"

namespace um::config {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

/// Bytes are a recording: their size, and enough to tell two apart.
std::string Shown(const Message& message, const FieldDescriptor& field) {
  if (field.type() != FieldDescriptor::TYPE_BYTES || field.is_repeated() ||
      !IsSet(message, field)) {
    return ToYamlValue(message, field);
  }
  const std::string bytes = TextAt(message, field, 0);
  return fmt::format("({} bytes, {})", bytes.size(), Hex(HmacSha256("", bytes)).substr(0, 12));
}

void CopyField(const Message& from, const FieldDescriptor& field, Message& to) {
  to.GetReflection()->ClearField(&to, &field);
  // MergeFrom() of a message that holds this field alone copies any type of field.
  std::unique_ptr<Message> one(from.New());
  one->CopyFrom(from);
  for (int i = 0; i < from.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& other = *from.GetDescriptor()->field(i);
    if (&other != &field) one->GetReflection()->ClearField(one.get(), &other);
  }
  to.MergeFrom(*one);
}

}  // namespace

std::vector<FieldChange> Diff(const Message& before, const Message& after) {
  std::vector<FieldChange> changes;
  for (int i = 0; i < before.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *before.GetDescriptor()->field(i);
    std::string was = Shown(before, field);
    std::string is = Shown(after, field);
    if (was != is) changes.push_back({field.name(), std::move(was), std::move(is)});
  }
  return changes;
}

absl::Status CopyFields(const Message& from, const google::protobuf::FieldMask& mask, Message& to) {
  if (from.GetDescriptor() != to.GetDescriptor()) {
    return absl::InvalidArgumentError("the two are of different kinds");
  }
  std::vector<const FieldDescriptor*> fields;
  for (const std::string& path : mask.paths()) {
    fields.push_back(from.GetDescriptor()->FindFieldByName(path));
    if (!fields.back()) return absl::InvalidArgumentError(Cut(path, 64) + ": no such field");
  }
  if (fields.empty()) to.CopyFrom(from);
  for (const FieldDescriptor* field : fields) CopyField(from, *field, to);
  return absl::OkStatus();
}

}  // namespace um::config

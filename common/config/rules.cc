#include "common/config/rules.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include "common/config/values.h"

namespace um::config {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// Calls f(part) for every part that is there.
template <class F>
void ForEachPart(Message& message, F f) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (!IsPart(field)) continue;
    for (int n = 0; n < Count(message, field); ++n) f(MutablePartAt(message, field, n));
  }
}

/// A part or a list of parts, in YAML's flow style: "[{key: 1}]".
std::optional<std::string> SetFromYaml(Message& message, const FieldDescriptor& field,
                                       std::string_view text) {
  std::unique_ptr<Message> read(message.New());
  const std::vector<Problem> problems = FromYaml(fmt::format("{}: {}", field.name(), text), *read);
  if (!problems.empty()) return problems[0].path + ": " + problems[0].text;
  message.GetReflection()->ClearField(&message, &field);
  message.MergeFrom(*read);
  return std::nullopt;
}

}  // namespace

const v1::Rules& RulesOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::rules);
}

std::string KnownAs(const FieldDescriptor& field) {
  if (!RulesOf(field).known_as().empty()) return RulesOf(field).known_as();
  std::string name;
  bool up = true;
  for (const char c : field.name()) {
    if (c != '_') name += up ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c;
    up = c == '_';
  }
  return name;
}

void FillDefaults(Message& message) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    const std::string& value = RulesOf(field).default_();
    // A default that is no value of its type fails the test that walks the schema.
    if (!value.empty() && !IsSet(message, field)) SetValue(value, field, message);
  }
  ForEachPart(message, FillDefaults);
}

std::optional<std::string> SetField(Message& message, const FieldDescriptor& field,
                                    std::string_view text) {
  if (text.empty()) {
    message.GetReflection()->ClearField(&message, &field);
    return std::nullopt;
  }
  if (IsPart(field)) return SetFromYaml(message, field, text);
  if (!field.is_repeated()) return SetValue(text, field, message);
  std::unique_ptr<Message> read(message.New());
  for (const std::string& entry :
       std::vector<std::string>(absl::StrSplit(absl::string_view(text.data(), text.size()), ','))) {
    const absl::string_view trimmed = absl::StripAsciiWhitespace(entry);
    if (trimmed.empty()) return "has an empty entry";
    if (auto wrong = SetValue({trimmed.data(), trimmed.size()}, field, *read)) return wrong;
  }
  message.GetReflection()->ClearField(&message, &field);
  message.MergeFrom(*read);
  return std::nullopt;
}

}  // namespace um::config

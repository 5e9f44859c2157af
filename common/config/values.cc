#include "common/config/values.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <charconv>

#include "common/base/utf8.h"
#include "common/config/rules.h"

namespace um::config {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool SetLimit(std::string_view text, const FieldDescriptor& field, Message& message) {
  v1::Limit limit;
  const auto number = ParseNumber<uint32_t>(text);
  if (text == "unlimited" || (number && *number == 0 && RulesOf(field).min() == 1)) {
    limit.set_unlimited(true);
  } else if (number) {
    limit.set_value(*number);
  } else {
    return false;
  }
  const Reflection& r = *message.GetReflection();
  Message* part =
      field.is_repeated() ? r.AddMessage(&message, &field) : r.MutableMessage(&message, &field);
  part->CopyFrom(limit);
  return true;
}

const EnumValueDescriptor* EnumNamed(std::string_view text, const EnumDescriptor& type) {
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor* value = type.value(i);
    if (value->number() != 0 && EnumName(*value) == text) return value;
  }
  return nullptr;
}

/// False: the text is not a value of the field's type.
bool Put(std::string_view text, const FieldDescriptor& field, Message& message) {
  const Reflection& r = *message.GetReflection();
  const auto put = [&](const auto& value, auto set, auto add) {
    field.is_repeated() ? (r.*add)(&message, &field, value) : (r.*set)(&message, &field, value);
    return true;
  };
  const auto put_number = [&](const auto& number, auto set, auto add) {
    return number && put(*number, set, add);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string value(text);
      if (field.type() == FieldDescriptor::TYPE_BYTES) {
        if (!absl::Base64Unescape({text.data(), text.size()}, &value)) return false;
      } else if (!IsGoodText(text, field)) {
        return false;
      }
      return put(value, &Reflection::SetString, &Reflection::AddString);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "true" && text != "false") return false;
      return put(text == "true", &Reflection::SetBool, &Reflection::AddBool);
    case FieldDescriptor::CPPTYPE_UINT32:
      return put_number(ParseNumber<uint32_t>(text), &Reflection::SetUInt32,
                        &Reflection::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return put_number(ParseNumber<uint64_t>(text), &Reflection::SetUInt64,
                        &Reflection::AddUInt64);
    case FieldDescriptor::CPPTYPE_INT32:
      return put_number(ParseNumber<int32_t>(text), &Reflection::SetInt32, &Reflection::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return put_number(ParseNumber<int64_t>(text), &Reflection::SetInt64, &Reflection::AddInt64);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* value = EnumNamed(text, *field.enum_type());
      return value && put(value, &Reflection::SetEnum, &Reflection::AddEnum);
    }
    default:
      return IsLimit(field) && SetLimit(text, field, message);
  }
}

std::string WholeNumber(const FieldDescriptor& field, uint64_t type_max) {
  const std::string range = RangeText(field);
  if (!range.empty()) return "a whole number " + range;
  return type_max ? fmt::format("a whole number from 0 to {}", type_max) : "a whole number";
}

}  // namespace

bool IsLimit(const FieldDescriptor& field) {
  return field.message_type() && field.message_type() == v1::Limit::descriptor();
}

bool IsPart(const FieldDescriptor& field) { return field.message_type() && !IsLimit(field); }

bool IsSet(const Message& message, const FieldDescriptor& field) {
  const Reflection& r = *message.GetReflection();
  if (field.is_repeated()) return r.FieldSize(message, &field) > 0;
  if (!r.HasField(message, &field)) return false;
  return !IsLimit(field) || !ValueText(message, field).empty();
}

int Count(const Message& message, const FieldDescriptor& field) {
  if (field.is_repeated()) return message.GetReflection()->FieldSize(message, &field);
  return IsSet(message, field) ? 1 : 0;
}

const Message& PartAt(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  return field.is_repeated() ? r.GetRepeatedMessage(message, &field, index)
                             : r.GetMessage(message, &field);
}

Message& MutablePartAt(Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  return field.is_repeated() ? *r.MutableRepeatedMessage(&message, &field, index)
                             : *r.MutableMessage(&message, &field);
}

std::string TextAt(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  return field.is_repeated() ? r.GetRepeatedString(message, &field, index)
                             : r.GetString(message, &field);
}

std::string EnumName(const EnumValueDescriptor& value) {
  std::string prefix;
  for (const char c : value.type()->name()) {
    if (c >= 'A' && c <= 'Z' && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(toupper(c));
  }
  prefix += '_';
  std::string name = value.name();
  if (name.starts_with(prefix)) name = name.substr(prefix.size());
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return tolower(c); });
  return name;
}

std::string EnumNames(const EnumDescriptor& type) {
  std::string names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    names += (names.empty() ? "" : ", ") + EnumName(*type.value(i));
  }
  return names;
}

std::string RangeText(const FieldDescriptor& field) {
  const v1::Rules& rules = RulesOf(field);
  if (rules.has_min() && rules.has_max()) {
    return fmt::format("from {} to {}", rules.min(), rules.max());
  }
  if (rules.has_min()) return fmt::format("of at least {}", rules.min());
  if (rules.has_max()) return fmt::format("of at most {}", rules.max());
  return "";
}

std::string Expected(const FieldDescriptor& field) {
  if (IsLimit(field)) return "\"unlimited\" or " + WholeNumber(field, UINT32_MAX);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "a map";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) return "base64";
      return RulesOf(field).form() == v1::FORM_TEXT
                 ? "valid UTF-8 text without control characters or invisible ones"
                 : "valid UTF-8 text on one line, without control characters or invisible ones";
    case FieldDescriptor::CPPTYPE_ENUM:
      return "one of: " + EnumNames(*field.enum_type());
    case FieldDescriptor::CPPTYPE_UINT32:
      return WholeNumber(field, UINT32_MAX);
    default:
      return WholeNumber(field, 0);
  }
}

std::optional<std::string> SetValue(std::string_view text, const FieldDescriptor& field,
                                    Message& message) {
  if (Put(text, field, message)) return std::nullopt;
  return "must be " + Expected(field);
}

std::string ValueText(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  const auto get = [&](auto one, auto repeated) {
    return field.is_repeated() ? (r.*repeated)(message, &field, index) : (r.*one)(message, &field);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = TextAt(message, field, index);
      return field.type() == FieldDescriptor::TYPE_BYTES ? absl::Base64Escape(text) : text;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_UINT32:
      return fmt::to_string(get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
    case FieldDescriptor::CPPTYPE_UINT64:
      return fmt::to_string(get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
    case FieldDescriptor::CPPTYPE_INT32:
      return fmt::to_string(get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
    case FieldDescriptor::CPPTYPE_INT64:
      return fmt::to_string(get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumName(*get(&Reflection::GetEnum, &Reflection::GetRepeatedEnum));
    default: {
      if (!IsLimit(field)) return "";
      const auto& limit = static_cast<const v1::Limit&>(PartAt(message, field, index));
      if (limit.unlimited()) return "unlimited";
      return limit.has_value() ? fmt::to_string(limit.value()) : "";
    }
  }
}

std::optional<int64_t> NumberAt(const Message& message, const FieldDescriptor& field, int index) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      break;
    default:
      if (!IsLimit(field)) return std::nullopt;
  }
  const std::string text = ValueText(message, field, index);
  if (const auto number = ParseNumber<int64_t>(text)) return number;
  // Only an unsigned 64-bit number does not fit.
  return ParseNumber<uint64_t>(text) ? std::optional(INT64_MAX) : std::nullopt;
}

bool IsGoodText(std::string_view text, const FieldDescriptor& field) {
  if (RulesOf(field).form() != v1::FORM_TEXT) return IsReadableLine(text);
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\n\t"), text.size());
    if (!IsReadableLine(text.substr(0, end))) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

}  // namespace um::config

#include "mailbox/cli/json.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include "common/config/values.h"

namespace um::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string Write(const Message& message, const JsonMembers& more, const std::string& indent);

std::string Value(const Message& message, const FieldDescriptor& field, int index,
                  const std::string& indent) {
  if (config::IsPart(field)) return Write(config::PartAt(message, field, index), {}, indent);
  const std::string text = config::ValueText(message, field, index);
  const bool bare = field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL ||
                    config::NumberAt(message, field, index).has_value();
  return bare ? text : JsonText(text);
}

std::string Member(const Message& message, const FieldDescriptor& field,
                   const std::string& indent) {
  if (!field.is_repeated()) return Value(message, field, 0, indent);
  std::string out = "[";
  for (int i = 0; i < config::Count(message, field); ++i) {
    if (i > 0) out += config::IsPart(field) ? ",\n" + indent : ", ";
    out += Value(message, field, i, indent);
  }
  return out + "]";
}

std::string Write(const Message& message, const JsonMembers& more, const std::string& indent) {
  const std::string inner = indent + "  ";
  std::string out;
  const auto add = [&](const std::string& name, const std::string& value) {
    out += fmt::format("{}\n{}\"{}\": {}", out.empty() ? "" : ",", inner, name, value);
  };
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (config::IsSet(message, field)) add(field.name(), Member(message, field, inner));
  }
  for (const auto& [name, value] : more) add(name, value);
  return out.empty() ? "{}" : fmt::format("{{{}\n{}}}", out, indent);
}

}  // namespace

std::string JsonText(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text[i];
    } else if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", c);
    } else if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      // C1 controls are two bytes in UTF-8, and terminals obey them.
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
  return out + "\"";
}

std::string ToJson(const Message& message, const JsonMembers& more) {
  return Write(message, more, "");
}

std::string ToApiJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  return status.ok() ? text : "";
}

}  // namespace um::cli

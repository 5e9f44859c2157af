// ToYaml() and ToYamlValue() of rules.h.
#include <google/protobuf/descriptor.h>

#include "common/config/rules.h"
#include "common/config/values.h"
#include "common/config/yaml_text.h"

namespace um::config {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kColumns = 100;
constexpr size_t kBase64Line = 76;
constexpr size_t kAny = SIZE_MAX;

/// Objects of an organisation get a line for each property, however few they are.
bool IsObject(const FieldDescriptor& field) {
  return field.message_type()->options().HasExtension(v1::described);
}

/// Numbers, true and false mean what they look like.
bool IsText(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
}

/// {a: 1, b: [x, y]} into `out`, until it is longer than `limit`: then false, and `out` is of no
/// use.
bool FlowMap(const Message& message, size_t limit, std::string& out);

bool FlowValue(const Message& message, const FieldDescriptor& field, int index, size_t limit,
               std::string& out) {
  if (IsPart(field)) return FlowMap(PartAt(message, field, index), limit, out);
  const std::string text = ValueText(message, field, index);
  out += IsText(field) ? InlineText(text, Place::kFlow) : text;
  return out.size() <= limit;
}

bool FlowField(const Message& message, const FieldDescriptor& field, size_t limit,
               std::string& out) {
  if (!field.is_repeated()) return FlowValue(message, field, 0, limit, out);
  out += '[';
  for (int i = 0; i < Count(message, field); ++i) {
    if (i > 0) out += ", ";
    if (!FlowValue(message, field, i, limit, out)) return false;
  }
  out += ']';
  return out.size() <= limit;
}

bool FlowMap(const Message& message, size_t limit, std::string& out) {
  out += '{';
  bool first = true;
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (!IsSet(message, field)) continue;
    if (!first) out += ", ";
    first = false;
    out += field.name() + ": ";
    if (!FlowField(message, field, limit, out)) return false;
  }
  out += '}';
  return out.size() <= limit;
}

/// Line feeds are seen as such only in a block.
bool HasBlockText(const Message& message, const FieldDescriptor& field) {
  for (int i = 0; i < Count(message, field); ++i) {
    if (field.type() == FieldDescriptor::TYPE_STRING &&
        TextAt(message, field, i).find('\n') != std::string::npos) {
      return true;
    }
    if (!IsPart(field)) continue;
    const Message& part = PartAt(message, field, i);
    for (int n = 0; n < part.GetDescriptor()->field_count(); ++n) {
      if (HasBlockText(part, *part.GetDescriptor()->field(n))) return true;
    }
  }
  return false;
}

class Writer {
 public:
  /// The fields of a message; the first line follows what is already on it.
  void Map(const Message& message, size_t indent, bool on_line) {
    bool first = true;
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      if (!IsSet(message, field)) continue;
      if (!first || !on_line) out_.append(indent, ' ');
      first = false;
      out_ += field.name() + ":";
      Field(message, field, indent);
    }
    if (first && on_line) out_ += "{}\n";
  }

  std::string Take() { return std::move(out_); }

 private:
  void Field(const Message& message, const FieldDescriptor& field, size_t indent) {
    if (!field.is_repeated()) {
      return Value(message, field, 0, indent, " ", "\n" + std::string(indent + 2, ' '));
    }
    const bool objects = IsPart(field);
    if (!objects && !HasBlockText(message, field)) {
      const size_t start = out_.size();
      const size_t room = kColumns - std::min(kColumns, indent + field.name().size() + 2);
      std::string flow;
      if (FlowField(message, field, room, flow)) {
        out_ += " " + flow + "\n";
        return;
      }
      out_.resize(start);
    }
    out_ += '\n';
    for (int i = 0; i < Count(message, field); ++i) {
      out_.append(indent + 2, ' ');
      out_ += '-';
      Value(message, field, i, indent + 2, " ", " ");
    }
  }

  /// One value behind "name:" or "-". `gap` goes before what stays on the line, `map_gap` before a
  /// part's first field.
  void Value(const Message& message, const FieldDescriptor& field, int index, size_t indent,
             const char* gap, const std::string& map_gap) {
    if (!IsPart(field)) {
      out_ += gap + Scalar(message, field, index, indent + 2) + "\n";
      return;
    }
    const Message& part = PartAt(message, field, index);
    std::string flow;
    const size_t line = out_.size() - (out_.rfind('\n') + 1);
    const size_t room = kColumns - std::min(kColumns, line + 1);
    const bool empty = part.ByteSizeLong() == 0;
    const bool flat = !IsObject(field) && !HasBlockText(message, field);
    if ((flat || empty) && FlowMap(part, room, flow)) {
      out_ += gap + flow + "\n";
      return;
    }
    out_ += map_gap;
    Map(part, indent + 2, true);
  }

  static std::string Scalar(const Message& message, const FieldDescriptor& field, int index,
                            size_t indent) {
    const std::string text = ValueText(message, field, index);
    if (field.type() == FieldDescriptor::TYPE_BYTES && text.size() > kBase64Line) {
      std::string lines = "|-";
      for (size_t i = 0; i < text.size(); i += kBase64Line) {
        lines += "\n" + std::string(indent, ' ') + text.substr(i, kBase64Line);
      }
      return lines;
    }
    return IsText(field) ? BlockText(text, indent) : text;
  }

  std::string out_;
};

}  // namespace

std::string ToYaml(const Message& message) {
  Writer writer;
  writer.Map(message, 0, false);
  return writer.Take();
}

std::string ToYamlValue(const Message& message, const FieldDescriptor& field) {
  std::string text;
  if (IsSet(message, field)) FlowField(message, field, kAny, text);
  return text;
}

}  // namespace um::config

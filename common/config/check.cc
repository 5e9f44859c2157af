// Check() of rules.h.
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <unordered_set>

#include "common/base/utf8.h"
#include "common/config/problems.h"
#include "common/config/rules.h"
#include "common/config/values.h"

namespace um::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

/// Characters; `text` must be UTF-8.
int64_t Length(std::string_view text) {
  int64_t characters = 0;
  for (const char c : text) characters += (c & 0xC0) != 0x80;
  return characters;
}

class Checker {
 public:
  explicit Checker(const FormCheck& form) : form_(form) {}

  void CheckMessage(const Message& message, const Path& path) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      CheckField(message, field, Path(path, field.name()));
    }
    for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
      CheckOneof(message, *type.oneof_decl(i), path);
    }
  }

  std::vector<Problem> Problems() { return problems_.Take(); }

 private:
  void CheckOneof(const Message& message, const OneofDescriptor& oneof, const Path& path) {
    if (!oneof.options().GetExtension(v1::one_required)) return;
    if (message.GetReflection()->HasOneof(message, &oneof)) return;
    std::string names;
    for (int i = 0; i < oneof.field_count(); ++i) {
      names += (i > 0 ? ", " : "") + oneof.field(i)->name();
    }
    problems_.Add(path, 0, "needs one of: " + names);
  }

  void CheckField(const Message& message, const FieldDescriptor& field, const Path& path) {
    const v1::Rules& rules = RulesOf(field);
    if (!IsSet(message, field)) {
      if (rules.required()) problems_.Add(path, 0, "is required");
      if (IsLimit(field) && message.GetReflection()->HasField(message, &field)) {
        problems_.Add(path, 0, "must be " + Expected(field));
      }
      return;
    }
    if (!field.is_repeated()) return CheckValue(message, field, 0, path);
    const int count = Count(message, field);
    if (rules.max_items() > 0 && count > static_cast<int>(rules.max_items())) {
      const auto text = fmt::format("has {} entries, at most {} may be", count, rules.max_items());
      return problems_.Add(path, 0, text);
    }
    std::unordered_set<std::string> seen;
    for (int i = 0; i < count; ++i) {
      const Path here(path, i);
      if (rules.max_items() > 0 && !seen.insert(Fingerprint(message, field, i)).second) {
        problems_.Add(here, 0, "is given twice");
      }
      CheckValue(message, field, i, here);
    }
  }

  static std::string Fingerprint(const Message& message, const FieldDescriptor& field, int index) {
    if (IsPart(field)) return PartAt(message, field, index).SerializePartialAsString();
    return ValueText(message, field, index);
  }

  void CheckValue(const Message& message, const FieldDescriptor& field, int index,
                  const Path& path) {
    if (IsPart(field)) return CheckMessage(PartAt(message, field, index), path);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return CheckText(TextAt(message, field, index), field, path);
      case FieldDescriptor::CPPTYPE_ENUM:
        return CheckEnum(message, field, index, path);
      case FieldDescriptor::CPPTYPE_BOOL:
        // One of several: that it is chosen is all it says.
        if (field.real_containing_oneof() && ValueText(message, field, index) == "false") {
          problems_.Add(path, 0, "must be true, or left out");
        }
        return;
      default:
        return CheckNumber(NumberAt(message, field, index), field, path);
    }
  }

  void CheckNumber(std::optional<int64_t> number, const FieldDescriptor& field, const Path& path) {
    const v1::Rules& rules = RulesOf(field);
    if (!number) return;
    if ((rules.has_min() && *number < rules.min()) || (rules.has_max() && *number > rules.max())) {
      const char* unlimited = IsLimit(field) ? " or \"unlimited\"" : "";
      problems_.Add(path, 0, fmt::format("must be {}{}", RangeText(field), unlimited));
    }
  }

  void CheckEnum(const Message& message, const FieldDescriptor& field, int index,
                 const Path& path) {
    const Reflection& r = *message.GetReflection();
    const int number = field.is_repeated() ? r.GetRepeatedEnumValue(message, &field, index)
                                           : r.GetEnumValue(message, &field);
    if (number != 0 && field.enum_type()->FindValueByNumber(number)) return;
    problems_.Add(path, 0, "must be " + Expected(field));
  }

  void CheckText(const std::string& text, const FieldDescriptor& field, const Path& path) {
    const v1::Rules& rules = RulesOf(field);
    const bool bytes = field.type() == FieldDescriptor::TYPE_BYTES;
    if (!bytes && !IsGoodText(text, field)) {
      return problems_.Add(path, 0, "must be " + Expected(field));
    }
    const int64_t length = bytes ? static_cast<int64_t>(text.size()) : Length(text);
    if (length < std::max<int64_t>(rules.min(), 1)) {
      return problems_.Add(path, 0, length == 0 ? "must not be empty" : LengthText(field));
    }
    if (rules.has_max() && length > rules.max()) {
      return problems_.Add(path, 0, LengthText(field));
    }
    if (!form_ || bytes || rules.form() == v1::FORM_ANY) return;
    if (auto wrong = form_(rules.form(), text)) problems_.Add(path, 0, Cut(*wrong, kMaxText));
  }

  static std::string LengthText(const FieldDescriptor& field) {
    const char* unit = field.type() == FieldDescriptor::TYPE_BYTES ? "bytes" : "characters";
    const v1::Rules& rules = RulesOf(field);
    if (rules.min() > 1) {
      return fmt::format("must be {} to {} {} long", rules.min(), rules.max(), unit);
    }
    return fmt::format("must be at most {} {} long", rules.max(), unit);
  }

  static constexpr size_t kMaxText = 300;

  const FormCheck& form_;
  ProblemList problems_;
};

}  // namespace

std::vector<Problem> Check(const Message& message, const FormCheck& form) {
  Checker checker(form);
  checker.CheckMessage(message, Path());
  return checker.Problems();
}

}  // namespace um::config

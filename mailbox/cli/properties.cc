#include "mailbox/cli/properties.h"

#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <optional>

#include "common/config/rules.h"
#include "common/config/suggest.h"
#include "common/config/values.h"
#include "mailbox/cli/kinds.h"

namespace um::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::vector<std::string> Values(const Message& message, const FieldDescriptor& field) {
  std::vector<std::string> values;
  for (int i = 0; i < config::Count(message, field); ++i) {
    values.push_back(config::ValueText(message, field, i));
  }
  return values;
}

/// The option's text as entries of the list, written as the schema writes them.
std::optional<std::string> Read(const Edit& edit, const Message& like,
                                std::vector<std::string>& values) {
  const std::unique_ptr<Message> read(like.New());
  if (auto wrong = config::SetField(*read, *edit.field, absl::StrJoin(edit.values, ","))) {
    return wrong;
  }
  values = Values(*read, *edit.field);
  return std::nullopt;
}

void Replace(Message& object, const FieldDescriptor& field,
             const std::vector<std::string>& values) {
  object.GetReflection()->ClearField(&object, &field);
  for (const std::string& value : values) config::SetValue(value, field, object);
}

bool Holds(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::optional<std::string> Set(const Edit& edit, Message& object) {
  const bool list = IsValueList(*edit.field);
  if (!list && edit.values.size() > 1) return "is given twice";
  return config::SetField(object, *edit.field, absl::StrJoin(edit.values, ","));
}

std::optional<std::string> Add(const Edit& edit, Message& object) {
  std::vector<std::string> more;
  if (auto wrong = Read(edit, object, more)) return wrong;
  std::vector<std::string> values = Values(object, *edit.field);
  for (const std::string& value : more) {
    if (!Holds(values, value)) values.push_back(value);
  }
  Replace(object, *edit.field, values);
  return std::nullopt;
}

std::optional<std::string> Remove(const Edit& edit, Message& object) {
  std::vector<std::string> gone;
  if (auto wrong = Read(edit, object, gone)) return wrong;
  std::vector<std::string> values = Values(object, *edit.field);
  for (const std::string& value : gone) {
    if (!Holds(values, value)) return fmt::format("{} is not in the list", value);
  }
  std::erase_if(values, [&](const std::string& value) { return Holds(gone, value); });
  Replace(object, *edit.field, values);
  return std::nullopt;
}

std::optional<std::string> CarryOne(const Edit& edit, Message& object) {
  switch (edit.what) {
    case Edit::What::kSet:
      return Set(edit, object);
    case Edit::What::kAdd:
      return Add(edit, object);
    case Edit::What::kRemove:
      return Remove(edit, object);
    case Edit::What::kUnset:
      object.GetReflection()->ClearField(&object, edit.field);
  }
  return std::nullopt;
}

std::string OptionOf(const Edit& edit) {
  const char* prefix = edit.what == Edit::What::kAdd      ? "add-"
                       : edit.what == Edit::What::kRemove ? "remove-"
                       : edit.what == Edit::What::kUnset  ? "unset "
                                                          : "";
  return fmt::format("--{}{}", prefix, Dashed(edit.field->name()));
}

}  // namespace

bool IsValueList(const FieldDescriptor& field) {
  return field.is_repeated() && !config::IsPart(field);
}

bool NeedsCurrent(const Edits& edits) {
  return std::any_of(edits.begin(), edits.end(), [](const Edit& edit) {
    return edit.what == Edit::What::kAdd || edit.what == Edit::What::kRemove;
  });
}

std::vector<std::string> Carry(const Edits& edits, Message& object,
                               google::protobuf::FieldMask& mask) {
  std::vector<std::string> problems;
  for (const Edit& edit : edits) {
    if (auto wrong = CarryOne(edit, object)) {
      problems.push_back(OptionOf(edit) + ": " + *wrong);
    }
    auto& paths = *mask.mutable_paths();
    if (std::find(paths.begin(), paths.end(), edit.field->name()) == paths.end()) {
      mask.add_paths(edit.field->name());
    }
  }
  return problems;
}

std::vector<std::string> AddUnset(const std::vector<std::string>& names, const Descriptor& type,
                                  Edits& edits) {
  std::vector<std::string> problems;
  for (const std::string& list : names) {
    for (const auto& piece : absl::StrSplit(list, ',', absl::SkipWhitespace())) {
      const std::string name(piece.data(), piece.size());
      const FieldDescriptor* field = PropertyNamed(type, name);
      if (!field) {
        problems.push_back(
            fmt::format("--unset {}: {}", name, config::DescribeUnknown(Underscored(name), type)));
        continue;
      }
      const bool set = std::any_of(edits.begin(), edits.end(),
                                   [&](const Edit& edit) { return edit.field == field; });
      if (set) {
        problems.push_back(fmt::format("--unset {}: is set by the same command", name));
        continue;
      }
      edits.push_back({Edit::What::kUnset, field, {}});
    }
  }
  return problems;
}

}  // namespace um::cli

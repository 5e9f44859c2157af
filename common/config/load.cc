#include "common/config/load.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <fstream>

#include "common/config/problems.h"
#include "common/config/suggest.h"
#include "common/config/values.h"
#include "common/config/yaml_tree.h"

namespace um::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Kind = YamlNode::Kind;

const char* KindName(const YamlNode& node) {
  switch (node.kind) {
    case Kind::kMap:
      return "a map";
    case Kind::kList:
      return "a list";
    case Kind::kText:
      return "a value";
    case Kind::kNull:
      break;
  }
  return "empty";
}

std::string WrongKind(const FieldDescriptor& field, const YamlNode& node) {
  const bool text = field.type() == FieldDescriptor::TYPE_STRING;
  return fmt::format("must be {}, is {}", text ? "text" : Expected(field), KindName(node));
}

class Reader {
 public:
  void ReadMap(const YamlNode& node, Message& message, const Path& path) {
    const Descriptor& type = *message.GetDescriptor();
    std::vector<bool> seen(static_cast<size_t>(type.field_count()));
    std::vector<const FieldDescriptor*> chosen(static_cast<size_t>(type.real_oneof_decl_count()));
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const YamlNode& key = node.children[i];
      const YamlNode& value = node.children[i + 1];
      if (key.kind != Kind::kText) {
        problems_.Add(path, key.line, "a key must be a plain name");
        continue;
      }
      const Path here(path, key.text);
      const FieldDescriptor* field = type.FindFieldByName(key.text);
      if (!field) {
        problems_.Add(here, key.line, DescribeUnknown(key.text, type));
      } else if (seen[static_cast<size_t>(field->index())]) {
        problems_.Add(here, key.line, "is given twice");
      } else if (IsFirstOfItsOneof(*field, value, chosen, here, key.line)) {
        ReadField(value, *field, message, here);
      }
      if (field) seen[static_cast<size_t>(field->index())] = true;
    }
  }

  std::vector<Problem> Problems() { return problems_.Take(); }

 private:
  bool IsFirstOfItsOneof(const FieldDescriptor& field, const YamlNode& value,
                         std::vector<const FieldDescriptor*>& chosen, const Path& here, int line) {
    const auto* oneof = field.real_containing_oneof();
    if (!oneof || value.kind == Kind::kNull) return true;
    const FieldDescriptor*& first = chosen[static_cast<size_t>(oneof->index())];
    if (first) {
      problems_.Add(here, line,
                    fmt::format("cannot stand beside {}: only one of them", first->name()));
      return false;
    }
    first = &field;
    return true;
  }

  void ReadField(const YamlNode& node, const FieldDescriptor& field, Message& message,
                 const Path& path) {
    if (node.kind == Kind::kNull) return;  // "key:" with nothing behind it: the default
    if (!field.is_repeated()) return ReadValue(node, field, message, path);
    if (node.kind != Kind::kList) {
      return problems_.Add(path, node.line, fmt::format("must be a list, is {}", KindName(node)));
    }
    for (size_t i = 0; i < node.children.size(); ++i) {
      ReadValue(node.children[i], field, message, Path(path, static_cast<int>(i)));
    }
  }

  void ReadValue(const YamlNode& node, const FieldDescriptor& field, Message& message,
                 const Path& path) {
    if (node.kind != (IsPart(field) ? Kind::kMap : Kind::kText)) {
      return problems_.Add(path, node.line, WrongKind(field, node));
    }
    if (IsPart(field)) {
      const Reflection& r = *message.GetReflection();
      Message* child =
          field.is_repeated() ? r.AddMessage(&message, &field) : r.MutableMessage(&message, &field);
      return ReadMap(node, *child, path);
    }
    if (auto wrong = SetValue(node.text, field, message)) {
      problems_.Add(path, node.line, std::move(*wrong));
    }
  }

  ProblemList problems_;
};

}  // namespace

std::vector<Problem> FromYaml(std::string_view yaml, Message& message, const LoadOptions& options) {
  if (yaml.size() > options.max_bytes) {
    constexpr size_t kMegabyte = 1 << 20;
    return {{"", 0,
             options.max_bytes % kMegabyte == 0
                 ? fmt::format("is longer than {} MB", options.max_bytes / kMegabyte)
                 : fmt::format("is longer than {} bytes", options.max_bytes)}};
  }
  YamlNode root;
  if (auto problem = ParseYaml(yaml, root)) return {*std::move(problem)};
  if (root.kind == Kind::kNull) return {};  // an empty document: all defaults
  if (root.kind != Kind::kMap) {
    return {{"", root.line, fmt::format("must be a map, is {}", KindName(root))}};
  }
  Reader reader;
  reader.ReadMap(root, message, Path());
  return reader.Problems();
}

std::string Describe(const std::string& file, const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    text += file;
    if (problem.line > 0) text += fmt::format(":{}", problem.line);
    text += ": ";
    if (!problem.path.empty()) text += problem.path + ": ";
    text += problem.text + "\n";
  }
  return text;
}

absl::Status LoadFile(const std::string& path, Message& message, const LoadOptions& options) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: cannot be read", path));
  std::string text(options.max_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  const std::vector<Problem> problems = FromYaml(text, message, options);
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(Describe(path, problems));
}

}  // namespace um::config

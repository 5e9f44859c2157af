#include "common/config/load.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <sstream>

#include "common/base/utf8.h"

namespace um::config {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kMaxBytes = 1 << 20;
constexpr int kMaxDepth = 64;

const char* KindOf(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map:
      return "a map";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Scalar:
      return "a value";
    default:
      return "empty";
  }
}

const char* ExpectedOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "a map";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_STRING:
      return "text";
    case FieldDescriptor::CPPTYPE_ENUM:
      return "a name";
    default:
      return "a whole number";
  }
}

/// "UNKNOWN_PEER_FORBID" of enum UnknownPeer is written "forbid".
std::string YamlName(const EnumValueDescriptor& value) {
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

class Reader {
 public:
  explicit Reader(std::vector<Problem>& problems) : problems_(problems) {}

  void ReadMap(const YAML::Node& node, Message& message, const std::string& path) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        Report(path, entry.first, "a key must be a plain name");
        continue;
      }
      const std::string& key = entry.first.Scalar();
      const std::string where = path.empty() ? key : path + "." + key;
      const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(key);
      if (!field) {
        Report(where, entry.first, "is not known here; known: " + KnownKeys(message));
      } else if (!seen.insert(key).second) {
        Report(where, entry.first, "is given twice");
      } else {
        ReadField(entry.second, *field, message, where);
      }
    }
  }

 private:
  void Report(const std::string& path, const YAML::Node& node, std::string text) {
    problems_.push_back({path, node.Mark().line + 1, std::move(text)});
  }

  static std::string KnownKeys(const Message& message) {
    std::string keys;
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      if (i > 0) keys += ", ";
      keys += message.GetDescriptor()->field(i)->name();
    }
    return keys;
  }

  void ReadField(const YAML::Node& node, const FieldDescriptor& field, Message& message,
                 const std::string& path) {
    if (node.IsNull()) return;  // "key:" with nothing behind it: the default
    if (!field.is_repeated()) return ReadValue(node, field, message, path);
    if (!node.IsSequence()) {
      return Report(path, node, fmt::format("must be a list, is {}", KindOf(node)));
    }
    for (size_t i = 0; i < node.size(); ++i) {
      ReadValue(node[i], field, message, fmt::format("{}[{}]", path, i));
    }
  }

  void ReadValue(const YAML::Node& node, const FieldDescriptor& field, Message& message,
                 const std::string& path) {
    const bool wants_map = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (wants_map ? !node.IsMap() : !node.IsScalar()) {
      return Report(path, node, fmt::format("must be {}, is {}", ExpectedOf(field), KindOf(node)));
    }
    const Reflection& r = *message.GetReflection();
    if (wants_map) {
      Message* child =
          field.is_repeated() ? r.AddMessage(&message, &field) : r.MutableMessage(&message, &field);
      return ReadMap(node, *child, path);
    }
    if (!SetScalar(node.Scalar(), field, message)) {
      Report(path, node, fmt::format("must be {}", Allowed(field)));
    }
  }

  static std::string Allowed(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_UINT32:
        return "a whole number from 0 to 4294967295";
      case FieldDescriptor::CPPTYPE_STRING:
        return "valid UTF-8 text without control characters";
      case FieldDescriptor::CPPTYPE_ENUM: {
        std::string names;
        for (int i = 0; i < field.enum_type()->value_count(); ++i) {
          if (field.enum_type()->value(i)->number() == 0) continue;
          names += (names.empty() ? "one of: " : ", ") + YamlName(*field.enum_type()->value(i));
        }
        return names;
      }
      default:
        return ExpectedOf(field);
    }
  }

  template <class Number>
  static std::optional<Number> ParseNumber(const std::string& text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }

  /// False: the text is not a value of the field's type.
  static bool SetScalar(const std::string& text, const FieldDescriptor& field, Message& message) {
    const Reflection& r = *message.GetReflection();
    const auto put = [&](const auto& value, auto set, auto add) {
      field.is_repeated() ? (r.*add)(&message, &field, value) : (r.*set)(&message, &field, value);
      return true;
    };
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        if (!IsPlainUtf8(text)) return false;
        return put(text, &Reflection::SetString, &Reflection::AddString);
      case FieldDescriptor::CPPTYPE_BOOL:
        if (text != "true" && text != "false") return false;
        return put(text == "true", &Reflection::SetBool, &Reflection::AddBool);
      case FieldDescriptor::CPPTYPE_UINT32: {
        const auto number = ParseNumber<uint32_t>(text);
        return number && put(*number, &Reflection::SetUInt32, &Reflection::AddUInt32);
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        for (int i = 0; i < field.enum_type()->value_count(); ++i) {
          const EnumValueDescriptor* value = field.enum_type()->value(i);
          if (value->number() != 0 && YamlName(*value) == text) {
            return put(value, &Reflection::SetEnum, &Reflection::AddEnum);
          }
        }
        return false;
      }
      default:
        return false;  // no document uses other types; a new one fails its first test here
    }
  }

  std::vector<Problem>& problems_;
};

/// Nesting depth and aliases, counted on events, before yaml-cpp builds (recursively) a tree of
/// them.
class Guard : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "aliases (*name) are not allowed");
  }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Deeper(mark);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Deeper(mark);
  }
  void OnMapEnd() override { --depth_; }

 private:
  void Deeper(const YAML::Mark& mark) {
    if (++depth_ > kMaxDepth) throw YAML::ParserException(mark, "nested too deep");
  }
  int depth_ = 0;
};

}  // namespace

std::vector<Problem> FromYaml(std::string_view yaml, Message& message) {
  std::vector<Problem> problems;
  if (yaml.size() > kMaxBytes) return {{"", 0, "is longer than 1 MB"}};
  try {
    const std::string text(yaml);
    std::istringstream events(text);
    Guard guard;
    YAML::Parser(events).HandleNextDocument(guard);
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return {};  // an empty document: all defaults
    if (!root.IsMap()) return {{"", 1, fmt::format("must be a map, is {}", KindOf(root))}};
    Reader(problems).ReadMap(root, message, "");
  } catch (const YAML::Exception& e) {
    problems.push_back({"", e.mark.line + 1, "is not valid YAML: " + e.msg});
  }
  return problems;
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

absl::Status LoadFile(const std::string& path, Message& message) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: cannot be read", path));
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  const std::vector<Problem> problems = FromYaml(text, message);
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(Describe(path, problems));
}

}  // namespace um::config

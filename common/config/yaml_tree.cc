#include "common/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

#include "common/base/utf8.h"
#include "common/config/problems.h"

namespace um::config {
namespace {

constexpr size_t kMaxDepth = 64;
constexpr size_t kQuoted = 200;  // of yaml-cpp's messages and the document's names [bytes]

/// Builds the tree from the parser's events: half the time and a tenth of the memory of
/// YAML::Node, and what is refused is refused before the parser recurses into it.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(YamlNode& root) : root_(root) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw YAML::ParserException(mark, "there is a second document (---)");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Add(mark, YamlNode::Kind::kNull); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "aliases (*name) are not allowed");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    CheckTag(mark, tag);
    Add(mark, YamlNode::Kind::kText).text = value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  static void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    // yaml-cpp's own: "?" for what is plain, "!" for what is quoted.
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw YAML::ParserException(mark, "tags (" + Cut(tag, kQuoted) + ") are not allowed");
  }

  YamlNode& Add(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode* node = &root_;
    if (!open_.empty()) node = &open_.back()->children.emplace_back();
    node->kind = kind;
    node->line = mark.line + 1;
    return *node;
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind) {
    CheckTag(mark, tag);
    if (open_.size() >= kMaxDepth) throw YAML::ParserException(mark, "nested too deep");
    // A parent's list grows only when its last child is closed: the pointers stay good.
    open_.push_back(&Add(mark, kind));
  }

  YamlNode& root_;
  std::vector<YamlNode*> open_;
  int documents_ = 0;
};

/// What no document may hold. yaml-cpp takes the byte 4 for the end and NULs for another encoding.
std::optional<Problem> CheckBytes(std::string_view yaml) {
  int line = 1;
  for (size_t i = 0; i < yaml.size();) {
    const auto c = static_cast<unsigned char>(yaml[i]);
    if (c == '\n') ++line;
    const size_t n = Utf8Length(yaml.substr(i, 4));
    if (n == 0) return Problem{"", line, "is not valid UTF-8"};
    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F) {
      return Problem{"", line, "holds control characters"};
    }
    i += n;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Problem> ParseYaml(std::string_view yaml, YamlNode& root) {
  if (auto problem = CheckBytes(yaml)) return problem;
  try {
    std::istringstream stream{std::string(yaml)};
    YAML::Parser parser(stream);
    Builder builder(root);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    return Problem{"", e.mark.line + 1, "is not valid YAML: " + Cut(e.msg, kQuoted)};
  }
  return std::nullopt;
}

}  // namespace um::config

#include "common/config/reference.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "common/config/comments.h"
#include "common/config/rules.h"
#include "common/config/values.h"
#include "um/config/v1/mailbox.pb.h"
#include "um/config/v1/proxy.pb.h"
#include "um/organisation/v1/organisation.pb.h"

namespace um::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using organisation::v1::Organisation;

const v1::Described& DescribedOf(const Descriptor& type) {
  return type.options().GetExtension(v1::described);
}

std::string Spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string FileOf(const std::string& kind) {
  std::string file = kind;
  std::replace(file.begin(), file.end(), '_', '-');
  return file + ".md";
}

/// "dialing rule" of DialingRule.
std::string Heading(const Descriptor& type) {
  if (!DescribedOf(type).title().empty()) return DescribedOf(type).title();
  std::string heading;
  for (const char c : type.name()) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && !heading.empty()) heading += ' ';
    heading += static_cast<char>(tolower(c));
  }
  return heading;
}

std::string Capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(toupper(text[0]));
  return text;
}

/// A cell of a table.
std::string Cell(const std::string& text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? "\\|" : std::string(1, c);
  return cell;
}

/// "Digits and x." as part of a sentence.
std::string LowerFirst(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  if (text.size() > 1 && (text[1] == ' ' || islower(static_cast<unsigned char>(text[1])))) {
    text[0] = static_cast<char>(tolower(text[0]));
  }
  return text.starts_with("a ") || text.starts_with("an ") ? text.substr(text.find(' ') + 1) : text;
}

std::string EnumText(const EnumDescriptor& type) {
  std::string text;
  for (int i = 0; i < type.value_count(); ++i) {
    const auto& value = *type.value(i);
    if (value.number() == 0) continue;
    text += fmt::format("{}`{}`", text.empty() ? "" : ", ", EnumName(value));
    const std::string comment = CommentOf(value);
    if (!comment.empty()) text += " (" + LowerFirst(comment) + ")";
  }
  return text;
}

std::string TextType(const FieldDescriptor& field) {
  const v1::Rules& rules = RulesOf(field);
  if (!rules.refers_to().empty()) {
    return fmt::format("[{}]({}), by name", Spaced(rules.refers_to()), FileOf(rules.refers_to()));
  }
  const bool bytes = field.type() == FieldDescriptor::TYPE_BYTES;
  std::string text = bytes ? "base64" : "text";
  if (rules.form() != v1::FORM_ANY) {
    text = LowerFirst(CommentOf(*v1::Form_descriptor()->FindValueByNumber(rules.form())));
  }
  // The form of a name says how long it is.
  if (!rules.has_max() || rules.form() == v1::FORM_NAME) return text;
  return fmt::format("{}; at most {} {}", text, rules.max(), bytes ? "bytes" : "characters");
}

std::string ValueType(const FieldDescriptor& field) {
  const std::string range = RangeText(field);
  if (IsLimit(field)) return "`unlimited`, or a number " + range;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const std::string name = Heading(*field.message_type());
      std::string anchor = name;
      std::replace(anchor.begin(), anchor.end(), ' ', '-');
      std::transform(anchor.begin(), anchor.end(), anchor.begin(), ::tolower);
      return fmt::format("[{}](#{})", name, anchor);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return "`true`, `false`";
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(*field.enum_type());
    case FieldDescriptor::CPPTYPE_STRING:
      return TextType(field);
    default:
      return range.empty() ? "number" : "number " + range;
  }
}

std::string Values(const FieldDescriptor& field) {
  const v1::Rules& rules = RulesOf(field);
  std::string text = ValueType(field);
  if (field.is_repeated()) text = "list: " + text;
  if (rules.max_items() > 0) text += fmt::format("; at most {} entries", rules.max_items());
  return text;
}

std::string DefaultText(const FieldDescriptor& field) {
  const v1::Rules& rules = RulesOf(field);
  if (rules.required()) return rules.immutable() ? "required, fixed" : "required";
  if (rules.default_().empty()) return rules.immutable() ? "fixed" : "";
  return fmt::format("`{}`{}", rules.default_(), rules.immutable() ? ", fixed" : "");
}

/// What Exchange Server calls it; "" for what it does not have.
std::string KnownThere(const FieldDescriptor& field, const std::string& comment) {
  if (!RulesOf(field).known_as().empty()) return KnownAs(field);
  const bool documented = field.containing_type()->options().HasExtension(v1::described);
  const bool organisation = field.file()->package() == "um.organisation.v1";
  const bool own = comment.find("Voxpost's own") != std::string::npos;
  return documented && organisation && !own ? KnownAs(field) : "";
}

void AppendTable(const Descriptor& type, std::string& page) {
  page +=
      "| Property | Values | Default | What it is for | In Exchange Server |\n"
      "|---|---|---|---|---|\n";
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string comment = CommentOf(field);
    std::string what = comment;
    if (const auto* oneof = field.real_containing_oneof()) {
      what += fmt::format(" (One {} only.)", oneof->name());
    }
    page += fmt::format("| `{}` | {} | {} | {} | {} |\n", field.name(), Cell(Values(field)),
                        Cell(DefaultText(field)), Cell(what), KnownThere(field, comment));
  }
}

/// The parts of a message, and their parts, each once.
void CollectParts(const Descriptor& type, std::vector<const Descriptor*>& parts) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!IsPart(field)) continue;
    if (std::find(parts.begin(), parts.end(), field.message_type()) != parts.end()) continue;
    parts.push_back(field.message_type());
    CollectParts(*field.message_type(), parts);
  }
}

void AppendLeftOut(const Descriptor& type, std::string& page) {
  if (DescribedOf(type).left_out().empty()) return;
  page += "\nLeft out:\n\n| In Exchange Server | Why not here |\n|---|---|\n";
  for (const v1::LeftOut& left_out : DescribedOf(type).left_out()) {
    page += fmt::format("| {} | {} |\n", left_out.name(), Cell(left_out.reason()));
  }
}

/// Where objects of the type stand in the organisation document; "" if nowhere.
std::string Place(const Descriptor& type) {
  const Descriptor& document = *Organisation::descriptor();
  for (int i = 0; i < document.field_count(); ++i) {
    if (document.field(i)->message_type() != &type) continue;
    return fmt::format("In the organisation document: the list `{}`.\n\n",
                       document.field(i)->name());
  }
  return "";
}

std::string Page(const Descriptor& type, bool with_parts) {
  std::string page = fmt::format(
      "<!-- Made by um_reference from {}: edit the comments there. -->\n", type.file()->name());
  page += fmt::format("# {}\n\n{}\n\n{}", Capital(Heading(type)), CommentOf(type), Place(type));
  AppendTable(type, page);
  AppendLeftOut(type, page);
  std::vector<const Descriptor*> parts;
  if (with_parts) CollectParts(type, parts);
  for (const Descriptor* part : parts) {
    page += fmt::format("\n## {}\n\n", Capital(Heading(*part)));
    if (const std::string comment = CommentOf(*part); !comment.empty()) page += comment + "\n\n";
    AppendTable(*part, page);
    AppendLeftOut(*part, page);
  }
  return page;
}

}  // namespace

std::vector<ReferencePage> ReferencePages() {
  std::vector<ReferencePage> pages;
  std::string index =
      "<!-- Made by um_reference. -->\n# Reference\n\n"
      "Every property of every object, made of the schema that documents are checked against.\n\n";
  const auto add = [&](const std::string& file, const Descriptor& type, bool with_parts) {
    index += fmt::format("- [{}]({}): {}\n", Capital(Heading(type)), file, CommentOf(type));
    pages.push_back({file, Page(type, with_parts)});
  };
  const Descriptor& objects = *organisation::v1::Object::descriptor();
  for (int i = 0; i < objects.field_count(); ++i) {
    add(FileOf(objects.field(i)->name()), *objects.field(i)->message_type(), true);
  }
  add("um-mailbox.md", *v1::MailboxNode::descriptor(), true);
  add("um-proxy.md", *v1::Proxy::descriptor(), true);
  index +=
      "\nWhat holds where Exchange Server's documentation contradicts itself: "
      "[decisions](decisions.md).\n";
  pages.push_back({"README.md", index});
  return pages;
}

}  // namespace um::config

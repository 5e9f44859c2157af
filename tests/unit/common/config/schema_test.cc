// The schema of the organisation: complete, documented, and true to itself.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "common/config/comments.h"
#include "common/config/reference.h"
#include "common/config/rules.h"
#include "common/config/values.h"
#include "tests/support/catch.h"
#include "um/config/v1/mailbox.pb.h"
#include "um/config/v1/proxy.pb.h"
#include "um/organisation/v1/organisation.pb.h"

using namespace um::config;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
namespace o = um::organisation::v1;

namespace {

std::string ReadSource(const std::string& path) {
  const char* root = std::getenv("UM_SOURCE_DIR");
  std::ifstream file((root ? std::string(root) + "/" : "") + path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void Collect(const Descriptor& type, std::vector<const Descriptor*>& types) {
  if (std::find(types.begin(), types.end(), &type) != types.end()) return;
  types.push_back(&type);
  for (int i = 0; i < type.field_count(); ++i) {
    if (IsPart(*type.field(i))) Collect(*type.field(i)->message_type(), types);
  }
}

/// Every message of um.organisation.v1.
std::vector<const Descriptor*> OrganisationTypes() {
  std::vector<const Descriptor*> types;
  Collect(*o::Organisation::descriptor(), types);
  Collect(*o::Object::descriptor(), types);
  return types;
}

std::string Folded(const std::string& name) {
  std::string folded;
  for (const char c : name) {
    if (c != '_' && c != ' ') folded += static_cast<char>(tolower(c));
  }
  return folded;
}

struct Property {
  std::string section, object, name, min, max, default_value, here, difference;
};

std::vector<Property> Properties() {
  std::vector<Property> properties;
  std::istringstream lines(ReadSource("tests/unit/common/config/properties.tsv"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::vector<std::string> cells(8);
    std::istringstream columns(line);
    for (size_t i = 0; i < 8 && std::getline(columns, cells[i], '\t');) ++i;
    properties.push_back(
        {cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7]});
  }
  return properties;
}

/// Ours instead of the reference's: "max 10000: reason; min 1: reason".
void ApplyDifference(Property& property) {
  std::istringstream parts(property.difference);
  for (std::string part; std::getline(parts, part, ';');) {
    part = part.substr(part.find_first_not_of(' '));
    const size_t space = part.find(' ');
    const size_t colon = part.find(": ");
    REQUIRE(colon != std::string::npos);
    std::string value = part.substr(space + 1, colon - space - 1);
    if (value == "none") value.clear();
    const std::string what = part.substr(0, space);
    REQUIRE((what == "min" || what == "max" || what == "default"));
    (what == "min" ? property.min : what == "max" ? property.max : property.default_value) = value;
  }
}

const Descriptor* TypeNamed(const std::string& name) {
  for (const Descriptor* type : OrganisationTypes()) {
    if (type->name() == name) return type;
  }
  if (name == "MailboxNode") return v1::MailboxNode::descriptor();
  return name == "Proxy" ? v1::Proxy::descriptor() : nullptr;
}

const FieldDescriptor* FieldOf(const Descriptor& type, const std::string& property) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (KnownAs(field) == property || Folded(field.name()) == Folded(property)) return &field;
  }
  return nullptr;
}

bool IsLeftOut(const Descriptor& type, const std::string& property) {
  for (const v1::LeftOut& left_out : type.options().GetExtension(v1::described).left_out()) {
    if (left_out.name() == property) return !left_out.reason().empty();
  }
  return false;
}

/// What a field's range and default should be said to be.
void CheckField(const FieldDescriptor& field, const Property& property) {
  const v1::Rules& rules = RulesOf(field);
  const bool text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  const std::string default_value = rules.required() ? "required" : rules.default_();
  CHECK(Folded(default_value) == Folded(property.default_value));
  if (!property.min.empty()) {
    // A text that is there has a character; 0 of a number without range is its type's.
    const int64_t least = text ? std::max<int64_t>(rules.min(), 1) : rules.min();
    CHECK(std::to_string(least) == property.min);
  } else if (!text) {
    CHECK_FALSE(rules.has_min());
  }
  if (property.max.ends_with(" entries")) {
    CHECK(std::to_string(rules.max_items()) + " entries" == property.max);
  } else if (!property.max.empty()) {
    CHECK(std::to_string(rules.max()) == property.max);
  } else if (!text) {
    CHECK_FALSE(rules.has_max());
  }
}

void CheckProperty(Property property) {
  const Descriptor* type = TypeNamed(property.object);
  REQUIRE(type);
  if (!property.here.empty()) {
    std::istringstream names(property.here);
    for (std::string name; std::getline(names, name, ',');) {
      CHECK(type->FindFieldByName(name) != nullptr);
    }
    return;
  }
  const FieldDescriptor* field = FieldOf(*type, property.name);
  CHECK((field != nullptr) != IsLeftOut(*type, property.name));
  if (!field) return;
  ApplyDifference(property);
  CheckField(*field, property);
}

}  // namespace

TEST_CASE("every property of the reference system is a field with its range, or left out") {
  const std::vector<Property> properties = Properties();
  REQUIRE(properties.size() > 200);
  for (const Property& property : properties) {
    INFO(property.section << " " << property.object << "." << property.name);
    // PIN records are rows of the store, without schema here.
    if (property.object == "PinRecord") {
      CHECK_FALSE(property.here.empty());
    } else {
      CheckProperty(property);
    }
  }
}

TEST_CASE("what the list does not have is marked as Voxpost's own, and not left out") {
  std::set<std::string> listed;
  for (const Property& p : Properties()) {
    listed.insert(p.object + "." + p.name);
    std::istringstream names(p.here);
    for (std::string name; std::getline(names, name, ',');) listed.insert(p.object + "." + name);
  }
  std::vector<const Descriptor*> types = OrganisationTypes();
  types.push_back(v1::MailboxNode::descriptor());
  types.push_back(v1::Proxy::descriptor());
  for (const Descriptor* type : types) {
    for (const v1::LeftOut& left_out : type->options().GetExtension(v1::described).left_out()) {
      INFO(type->name() << " leaves out " << left_out.name());
      CHECK(listed.contains(type->name() + "." + left_out.name()));
    }
    const bool object = !type->options().GetExtension(v1::described).title().empty();
    if (!object || type == o::Organisation::descriptor() || type == types.back() ||
        type == v1::MailboxNode::descriptor()) {
      continue;
    }
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      INFO(field.full_name());
      const bool own = CommentOf(field).find("Voxpost's own") != std::string::npos;
      // Objects of their own there; they have a page of their own here.
      if (IsPart(field) && field.message_type()->options().HasExtension(v1::described)) continue;
      const bool there = listed.contains(type->name() + "." + KnownAs(field)) ||
                         listed.contains(type->name() + "." + field.name());
      CHECK(there != own);
    }
  }
}

TEST_CASE("every field has a comment, and its default obeys its own rules") {
  std::vector<const Descriptor*> types = OrganisationTypes();
  Collect(*v1::MailboxNode::descriptor(), types);
  Collect(*v1::Proxy::descriptor(), types);
  for (const Descriptor* type : types) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      const v1::Rules& rules = RulesOf(field);
      INFO(field.full_name());
      CHECK_FALSE(CommentOf(field).empty());
      if (rules.has_min() && rules.has_max()) CHECK(rules.min() <= rules.max());
      if (rules.default_().empty()) continue;
      CHECK_FALSE(rules.required());
      auto* factory = google::protobuf::MessageFactory::generated_factory();
      std::unique_ptr<google::protobuf::Message> message(factory->GetPrototype(type)->New());
      REQUIRE(SetField(*message, field, rules.default_()) == std::nullopt);
      CHECK(ValueText(*message, field) == rules.default_());
      for (const Problem& problem : Check(*message, nullptr)) CHECK(problem.path != field.name());
    }
  }
}

TEST_CASE("texts are bounded, numbers have ranges, references name a kind") {
  for (const Descriptor* type : OrganisationTypes()) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      const v1::Rules& rules = RulesOf(field);
      INFO(field.full_name());
      if (!rules.refers_to().empty()) {
        CHECK(o::Object::descriptor()->FindFieldByName(rules.refers_to()) != nullptr);
      } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        CHECK((rules.has_max() || rules.form() != v1::FORM_ANY));
      } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 || IsLimit(field)) {
        CHECK(rules.has_max());
      }
      const bool objects = type == o::Organisation::descriptor();
      if (field.is_repeated() && !objects) CHECK(rules.max_items() > 0);
    }
  }
}

TEST_CASE("the manual of a field is at hand") {
  const FieldDescriptor* field =
      o::DialPlan::descriptor()->FindFieldByName("recording_idle_timeout_seconds");
  CHECK(CommentOf(*field) == "Silence that ends a recording.");
  CHECK(CommentOf(*o::HuntGroup::descriptor()) ==
        "Which dial plan a gateway's calls belong to, by the number they come in on.");
  CHECK(CommentOf(*o::ContactScope_descriptor()->FindValueByNumber(
            o::CONTACT_SCOPE_ORGANISATION)) == "Everybody.");
  CHECK(CommentOf(*google::protobuf::FileDescriptorProto::descriptor()).empty());
}

TEST_CASE("the committed reference pages are those of this schema") {
  for (const ReferencePage& page : ReferencePages()) {
    INFO("deploy/reference/" << page.file
                             << " is stale; make it: build/dev/bin/um_reference deploy/reference");
    CHECK((ReadSource("deploy/reference/" + page.file) == page.markdown));
  }
}

#include "mailbox/organisation/entry.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "mailbox/domain/names.h"
#include "mailbox/organisation/references.h"
#include "um/config/v1/rules.pb.h"

namespace um::organisation {
namespace {

using google::protobuf::FieldDescriptor;

constexpr std::string_view kNames[] = {"dial_plan",      "ip_gateway",     "hunt_group",
                                       "mailbox_policy", "auto_attendant", "mailbox",
                                       "prompt"};

const FieldDescriptor& FieldOf(Kind kind) {
  return *v1::Object::descriptor()->FindFieldByName(std::string(ToString(kind)));
}

}  // namespace

std::string_view ToString(Kind kind) { return kNames[static_cast<size_t>(kind)]; }

std::optional<Kind> KindNamed(std::string_view text) {
  for (const Kind kind : kKinds) {
    if (ToString(kind) == text) return kind;
  }
  return std::nullopt;
}

std::string TitleOf(Kind kind) {
  return FieldOf(kind).message_type()->options().GetExtension(config::v1::described).title();
}

std::optional<Kind> KindOf(const v1::Object& object) {
  const FieldDescriptor* field = object.GetReflection()->GetOneofFieldDescriptor(
      object, v1::Object::descriptor()->oneof_decl(0));
  if (!field) return std::nullopt;
  return KindNamed(field->name());
}

const google::protobuf::Message& PartOf(const v1::Object& object) {
  return object.GetReflection()->GetMessage(object, &FieldOf(*KindOf(object)));
}

google::protobuf::Message& MutablePartOf(v1::Object& object) {
  return *object.GetReflection()->MutableMessage(&object, &FieldOf(*KindOf(object)));
}

v1::Object NewObject(Kind kind) {
  v1::Object object;
  object.GetReflection()->MutableMessage(&object, &FieldOf(kind));
  return object;
}

std::string NameOf(const v1::Object& object) {
  switch (object.object_case()) {
    case v1::Object::kDialPlan:
      return object.dial_plan().name();
    case v1::Object::kIpGateway:
      return object.ip_gateway().name();
    case v1::Object::kHuntGroup:
      return object.hunt_group().name();
    case v1::Object::kMailboxPolicy:
      return object.mailbox_policy().name();
    case v1::Object::kAutoAttendant:
      return object.auto_attendant().name();
    case v1::Object::kMailbox:
      return object.mailbox().id();
    case v1::Object::kPrompt: {
      const v1::Prompt& prompt = object.prompt();
      const bool of_plan = prompt.owner_case() == v1::Prompt::kDialPlan;
      return (of_plan ? "dial_plan/" + prompt.dial_plan()
                      : "auto_attendant/" + prompt.auto_attendant()) +
             "/" + prompt.file_name();
    }
    case v1::Object::OBJECT_NOT_SET:
      break;
  }
  return "";
}

EntryPtr MakeEntry(Entry entry) {
  entry.kind = *KindOf(entry.object);
  entry.name = domain::FoldName(NameOf(entry.object));
  entry.references.clear();
  ForEachReference(PartOf(entry.object),
                   [&](const std::string&, Kind kind, const std::string& name) {
                     entry.references.push_back({kind, domain::FoldName(name)});
                   });
  auto& references = entry.references;
  std::sort(references.begin(), references.end());
  references.erase(std::unique(references.begin(), references.end()), references.end());
  return std::make_shared<const Entry>(std::move(entry));
}

}  // namespace um::organisation

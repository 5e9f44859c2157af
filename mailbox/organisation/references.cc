#include "mailbox/organisation/references.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include "common/config/rules.h"
#include "mailbox/domain/names.h"

namespace um::organisation {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

/// One name and where it is. `index` is -1 for a field that is no list.
struct Place {
  Message& owner;
  const FieldDescriptor& field;
  int index;
  std::string name;
  std::string path;

  bool In(const Reference& reference) const {
    return config::RulesOf(field).refers_to() == ToString(reference.kind) &&
           domain::FoldName(name) == reference.name;
  }
};

/// Visits names from the last to the first within a list, so that visitors may remove them.
void Walk(Message& message, const std::string& path, const std::function<void(const Place&)>& f) {
  const Reflection& r = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string at = path.empty() ? field->name() : path + "." + field->name();
    const bool named = !config::RulesOf(*field).refers_to().empty();
    const bool part = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (!named && !part) continue;
    if (!field->is_repeated()) {
      if (part) {
        Walk(*r.MutableMessage(&message, field), at, f);
      } else if (const std::string name = r.GetString(message, field); !name.empty()) {
        f({message, *field, -1, name, at});
      }
      continue;
    }
    for (int i = r.FieldSize(message, field) - 1; i >= 0; --i) {
      const std::string item = fmt::format("{}[{}]", at, i);
      if (part) {
        Walk(*r.MutableRepeatedMessage(&message, field, i), item, f);
      } else {
        f({message, *field, i, r.GetRepeatedString(message, field, i), item});
      }
    }
  }
}

void Remove(Message& owner, const FieldDescriptor& field, int index) {
  const Reflection& r = *owner.GetReflection();
  if (index < 0) return r.ClearField(&owner, &field);
  for (int i = index; i + 1 < r.FieldSize(owner, &field); ++i)
    r.SwapElements(&owner, &field, i, i + 1);
  r.RemoveLast(&owner, &field);
}

}  // namespace

void ForEachReference(
    const Message& message,
    const std::function<void(const std::string& path, Kind kind, const std::string& name)>& f) {
  // The walk itself changes nothing.
  Walk(const_cast<Message&>(message), "", [&](const Place& place) {
    f(place.path, *KindNamed(config::RulesOf(place.field).refers_to()), place.name);
  });
}

void RenameReferences(Message& message, const Reference& from, const std::string& to) {
  Walk(message, "", [&](const Place& place) {
    if (!place.In(from)) return;
    const Reflection& r = *place.owner.GetReflection();
    if (place.index < 0) {
      r.SetString(&place.owner, &place.field, to);
    } else {
      r.SetRepeatedString(&place.owner, &place.field, place.index, to);
    }
  });
}

bool DropReferences(Message& message, const Reference& gone) {
  bool required = false;
  Walk(message, "", [&](const Place& place) {
    // A prompt's owner is a choice of two: required as a whole.
    const bool owner = place.owner.GetDescriptor() == v1::Prompt::descriptor();
    if (place.In(gone) && (config::RulesOf(place.field).required() || owner)) required = true;
  });
  if (required) return false;
  // An address without its dial plan would be one of another plan.
  if (message.GetDescriptor() == v1::Mailbox::descriptor() && gone.kind == Kind::kDialPlan) {
    auto& addresses = *static_cast<v1::Mailbox&>(message).mutable_secondary_addresses();
    for (int i = addresses.size() - 1; i >= 0; --i) {
      if (domain::FoldName(addresses[i].dial_plan()) == gone.name) addresses.DeleteSubrange(i, 1);
    }
  }
  Walk(message, "", [&](const Place& place) {
    if (place.In(gone)) Remove(place.owner, place.field, place.index);
  });
  return true;
}

}  // namespace um::organisation

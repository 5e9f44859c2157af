// The organisation as a document, and the way from here to there.
#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>

#include <set>

#include "mailbox/domain/names.h"
#include "mailbox/organisation/change.h"

namespace um::organisation {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::util::MessageDifferencer;

/// The document's list of a kind.
const FieldDescriptor& ListOf(Kind kind) {
  const google::protobuf::Descriptor* part =
      v1::Object::descriptor()->FindFieldByName(std::string(ToString(kind)))->message_type();
  const google::protobuf::Descriptor& document = *v1::Organisation::descriptor();
  for (int i = 0; i < document.field_count(); ++i) {
    if (document.field(i)->message_type() == part) return *document.field(i);
  }
  return *document.field(0);  // not reached: every kind has its list, a test sees to it
}

class Comparison {
 public:
  Comparison(const Model& model, const v1::Organisation& document, bool prune)
      : model_(model), document_(document), prune_(prune) {}

  Difference Run() {
    for (const Kind kind : kKinds) CompareKind(kind);
    return std::move(difference_);
  }

 private:
  void CompareKind(Kind kind) {
    const FieldDescriptor& list = ListOf(kind);
    const auto& r = *document_.GetReflection();
    std::set<std::string> seen;
    for (int i = 0; i < r.FieldSize(document_, &list); ++i) {
      v1::Object object = NewObject(kind);
      MutablePartOf(object).CopyFrom(r.GetRepeatedMessage(document_, &list, i));
      const bool first = seen.insert(domain::FoldName(NameOf(object))).second;
      CompareObject(kind, object, first, fmt::format("{}[{}]", list.name(), i));
    }
    if (!prune_) return;
    for (const EntryPtr& entry : model_.entries(kind)) {
      if (!seen.contains(entry->name)) AddDelete(*entry);
    }
  }

  /// One that is there for the second time is created: that is refused, and told.
  void CompareObject(Kind kind, const v1::Object& object, bool first, const std::string& path) {
    const Entry* there = first ? model_.Find(kind, NameOf(object)) : nullptr;
    if (there && MessageDifferencer::Equals(there->object, object)) return;
    admin::Operation& operation = *difference_.operations.Add();
    if (there) {
      operation.mutable_update()->set_name(NameOf(there->object));
      *operation.mutable_update()->mutable_object() = object;
    } else {
      *operation.mutable_create() = object;
    }
    difference_.paths.push_back(path);
  }

  void AddDelete(const Entry& entry) {
    admin::Delete& gone = *difference_.operations.Add()->mutable_delete_();
    gone.set_kind(std::string(ToString(entry.kind)));
    gone.set_name(NameOf(entry.object));
    difference_.paths.push_back(
        fmt::format("delete {} {}", ToString(entry.kind), NameOf(entry.object)));
  }

  const Model& model_;
  const v1::Organisation& document_;
  const bool prune_;
  Difference difference_;
};

}  // namespace

Difference Compare(const Model& model, const v1::Organisation& document, bool prune) {
  return Comparison(model, document, prune).Run();
}

v1::Organisation Document(const Model& model) {
  v1::Organisation document;
  document.set_id(model.id());
  document.set_display_name(model.display_name());
  for (const Kind kind : kKinds) {
    const FieldDescriptor& list = ListOf(kind);
    for (const EntryPtr& entry : model.entries(kind)) {
      document.GetReflection()->AddMessage(&document, &list)->CopyFrom(PartOf(entry->object));
    }
  }
  return document;
}

}  // namespace um::organisation

#include "mailbox/organisation/model.h"

#include "mailbox/domain/names.h"

namespace um::organisation {

Model::Model(std::string organisation, std::string display_name)
    : id_(std::move(organisation)), display_name_(std::move(display_name)) {
  entries_.fill(std::make_shared<const Entries>());
}

const Entry* Model::Find(Kind kind, std::string_view name) const {
  return entries(kind).Find(domain::FoldName(name)).get();
}

const v1::DialPlan* Model::DialPlan(std::string_view name) const {
  const Entry* entry = Find(Kind::kDialPlan, name);
  return entry ? &entry->object.dial_plan() : nullptr;
}
const v1::MailboxPolicy* Model::Policy(std::string_view name) const {
  const Entry* entry = Find(Kind::kMailboxPolicy, name);
  return entry ? &entry->object.mailbox_policy() : nullptr;
}
const v1::AutoAttendant* Model::AutoAttendant(std::string_view name) const {
  const Entry* entry = Find(Kind::kAutoAttendant, name);
  return entry ? &entry->object.auto_attendant() : nullptr;
}
const v1::Mailbox* Model::Mailbox(std::string_view id) const {
  const Entry* entry = Find(Kind::kMailbox, id);
  return entry ? &entry->object.mailbox() : nullptr;
}

std::vector<const Entry*> Model::Referrers(Kind kind, std::string_view name) const {
  const Reference wanted{kind, domain::FoldName(name)};
  std::vector<const Entry*> found;
  for (const Kind each : kKinds) {
    entries(each).ForEachReferring([&](const Reference& r) { return r == wanted; },
                                   [&](const EntryPtr& entry) { found.push_back(entry.get()); });
  }
  return found;
}

Model Model::With(const std::vector<Step>& steps, int64_t sequence) const {
  struct Changes {
    std::vector<std::string_view> gone;
    std::vector<EntryPtr> come;
  };
  std::array<Changes, std::size(kKinds)> changes;
  for (const Step& step : steps) {
    if (step.before)
      changes[static_cast<size_t>(step.before->kind)].gone.push_back(step.before->name);
    if (step.after) changes[static_cast<size_t>(step.after->kind)].come.push_back(step.after);
  }
  Model next = *this;
  next.sequence_ = sequence;
  for (size_t i = 0; i < changes.size(); ++i) {
    auto& [gone, come] = changes[i];
    if (gone.empty() && come.empty()) continue;
    next.entries_[i] =
        std::make_shared<const Entries>(entries_[i]->With(std::move(gone), std::move(come)));
  }
  return next;
}

std::vector<std::string> ReferencedIds(const Model& model, const Entry& entry) {
  std::vector<std::string> ids;
  for (const Reference& reference : entry.references) {
    if (const EntryPtr to = model.entries(reference.kind).Find(reference.name)) {
      ids.push_back(to->id);
    }
  }
  return ids;
}

}  // namespace um::organisation

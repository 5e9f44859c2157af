#include "mailbox/organisation/change.h"

#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>

#include <set>
#include <unordered_map>

#include "common/base/status.h"
#include "common/config/rules.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/problem.h"
#include "mailbox/organisation/checks.h"
#include "mailbox/organisation/plans.h"
#include "mailbox/organisation/references.h"

namespace um::organisation {
namespace {

using google::protobuf::FieldDescriptor;

/// What has become of one object.
struct Touched {
  EntryPtr before;
  EntryPtr after;
  std::string path;  // of the operation that changed it last; "" if it was changed on the way
};

std::string Shown(const Entry& entry) {
  return fmt::format("{} {}", ToString(entry.kind), NameOf(entry.object));
}

class Evaluation {
 public:
  Evaluation(const Model& model, const Context& context, Outcome& outcome)
      : model_(model), context_(context), outcome_(outcome) {}

  void Do(const admin::Operation& operation, const std::string& path) {
    switch (operation.operation_case()) {
      case admin::Operation::kCreate:
        return Create(operation.create(), path);
      case admin::Operation::kUpdate:
        return Update(operation.update(), path);
      case admin::Operation::kDelete:
        return Delete(operation.delete_(), path);
      case admin::Operation::OPERATION_NOT_SET:
        return Wrong(path, "asks for nothing");
    }
  }

  /// Looks at the whole.
  void Finish() {
    for (const std::string& id : order_) {
      const Touched& t = touched_.at(id);
      if (t.before != t.after) outcome_.steps.push_back({t.before, t.after});
    }
    const Model next = model_.With(outcome_.steps, model_.sequence() + 1);
    CheckDeleted(next);
    CheckChanged(next);
    CheckReferrers(next);
    if (outcome_.problems.empty()) CheckClaims(next);
    if (!outcome_.problems.empty()) outcome_.steps.clear();
  }

 private:
  void Wrong(std::string path, std::string text) {
    outcome_.problems.push_back({std::move(path), std::move(text), {}, 0, 0});
  }

  using ByName = std::map<std::string, EntryPtr, std::less<>>;
  ByName& changed(Kind kind) { return changed_[static_cast<size_t>(kind)]; }

  /// The object of that folded name as it is by now; nullptr: there is none.
  EntryPtr Now(Kind kind, const std::string& name) {
    const auto changed = this->changed(kind).find(name);
    if (changed != this->changed(kind).end()) return changed->second;
    return model_.entries(kind).Find(name);
  }

  /// The object as it is by now; nullptr and a problem if there is none, or not in this version.
  EntryPtr Find(Kind kind, const std::string& name, uint64_t version, const std::string& path) {
    const EntryPtr entry = Now(kind, domain::FoldName(name));
    if (!entry) {
      Wrong(path, fmt::format("there is no {} {}", TitleOf(kind), domain::Quoted(name)));
      return nullptr;
    }
    if (version != 0 && static_cast<int64_t>(version) != entry->version) {
      outcome_.problems.push_back(
          {path,
           fmt::format("{} has changed meanwhile: it is at version {}, not {}", Shown(*entry),
                       entry->version, version),
           {},
           0,
           entry->version});
      return nullptr;
    }
    return entry;
  }

  void Put(const EntryPtr& before, Entry after, const std::string& path) {
    after.version = model_.sequence() + 1;
    after.changed = context_.now;
    after.changed_by = context_.actor;
    const EntryPtr entry = MakeEntry(std::move(after));
    if (before) changed(before->kind)[before->name] = nullptr;
    changed(entry->kind)[entry->name] = entry;
    Note(before, entry, path);
  }

  void Note(const EntryPtr& before, const EntryPtr& after, const std::string& path) {
    const std::string& id = before ? before->id : after->id;
    const auto [it, fresh] = touched_.try_emplace(id, Touched{before, after, path});
    if (fresh) {
      order_.push_back(id);
    } else {
      it->second.after = after;
      if (!path.empty()) it->second.path = path;
    }
  }

  bool CheckFields(const v1::Object& object, const std::string& path) {
    const auto problems = config::Check(PartOf(object), CheckForm);
    for (const config::Problem& problem : problems) {
      Wrong(problem.path.empty() ? path : path + "." + problem.path, problem.text);
    }
    return problems.empty();
  }

  bool CheckFree(Kind kind, const std::string& name, const std::string& path) {
    if (!Now(kind, domain::FoldName(name))) return true;
    Wrong(path, fmt::format("there is a {} {} already", TitleOf(kind), domain::Quoted(name)));
    return false;
  }

  void Create(const v1::Object& object, const std::string& path) {
    const std::optional<Kind> kind = KindOf(object);
    if (!kind) return Wrong(path, "holds no object");
    if (!CheckFields(object, path) || !CheckFree(*kind, NameOf(object), path)) return;
    Put(nullptr, {.id = context_.new_id(), .object = object}, path);
  }

  void Update(const admin::Update& update, const std::string& path) {
    const std::optional<Kind> kind = KindOf(update.object());
    if (!kind) return Wrong(path, "holds no object");
    const EntryPtr before = Find(*kind, update.name(), update.expected_version(), path);
    if (!before) return;
    Entry after = *before;
    const absl::Status copied =
        config::CopyFields(PartOf(update.object()), update.mask(), MutablePartOf(after.object));
    if (!copied.ok()) return Wrong(path, std::string(copied.message()));
    if (google::protobuf::util::MessageDifferencer::Equals(before->object, after.object)) return;
    if (!CheckFields(after.object, path) || !CheckImmutable(*before, after.object, path)) return;
    const std::string name = NameOf(after.object);
    const bool renamed = domain::FoldName(name) != before->name;
    if (renamed && !CheckFree(*kind, name, path)) return;
    const std::string old_name = NameOf(before->object);
    Put(before, std::move(after), path);
    if (name != old_name) Rename(*kind, old_name, name);
  }

  bool CheckImmutable(const Entry& before, const v1::Object& after, const std::string& path) {
    bool good = true;
    for (const config::FieldChange& change : config::Diff(PartOf(before.object), PartOf(after))) {
      const FieldDescriptor* field = PartOf(after).GetDescriptor()->FindFieldByName(change.path);
      if (!field || !config::RulesOf(*field).immutable()) continue;
      Wrong(path + "." + change.path, fmt::format("cannot be changed (it is {})", change.before));
      good = false;
    }
    return good;
  }

  /// Whoever refers to the object follows.
  void Rename(Kind kind, const std::string& from, const std::string& to) {
    const Reference old{kind, domain::FoldName(from)};
    for (const EntryPtr& referrer : ReferrersNow(old)) {
      Entry after = *referrer;
      RenameReferences(MutablePartOf(after.object), old, to);
      Put(referrer, std::move(after), "");
    }
  }

  std::vector<EntryPtr> ReferrersNow(const Reference& reference) {
    std::vector<EntryPtr> found;
    const auto is_it = [&](const Reference& r) { return r == reference; };
    const auto refers = [&](const EntryPtr& entry) {
      return std::any_of(entry->references.begin(), entry->references.end(), is_it);
    };
    for (const Kind kind : kKinds) {
      model_.entries(kind).ForEachReferring(is_it, [&](const EntryPtr& entry) {
        if (!changed(kind).contains(entry->name)) found.push_back(entry);
      });
      for (const auto& [_, entry] : changed(kind)) {
        if (entry && refers(entry)) found.push_back(entry);
      }
    }
    return found;
  }

  void Delete(const admin::Delete& wanted, const std::string& path) {
    const std::optional<Kind> kind = KindNamed(wanted.kind());
    if (!kind)
      return Wrong(path + ".kind",
                   fmt::format("{} is no kind of object", domain::Quoted(wanted.kind())));
    if (const EntryPtr entry = Find(*kind, wanted.name(), wanted.expected_version(), path)) {
      Remove(entry, path, wanted.cascade());
    }
  }

  void Remove(const EntryPtr& entry, const std::string& path, bool cascade) {
    changed(entry->kind)[entry->name] = nullptr;
    Note(entry, nullptr, path);
    if (cascade) Cascade({entry->kind, entry->name}, path);
  }

  /// What refers to an object that goes: gives the reference up if it can do without, or goes too.
  /// People's mailboxes and their policies stay: they are in the way.
  void Cascade(const Reference& gone, const std::string& path) {
    for (const EntryPtr& referrer : ReferrersNow(gone)) {
      Entry after = *referrer;
      if (DropReferences(MutablePartOf(after.object), gone)) {
        Put(referrer, std::move(after), "");
      } else if (referrer->kind == Kind::kHuntGroup || referrer->kind == Kind::kPrompt ||
                 referrer->kind == Kind::kAutoAttendant ||
                 (referrer->kind == Kind::kMailboxPolicy &&
                  ReferrersNow({referrer->kind, referrer->name}).empty())) {
        Remove(referrer, path, true);
      }
    }
  }

  // -- the whole ---------------------------------------------------------------------------------

  /// Nothing that stays refers to what goes.
  void CheckDeleted(const Model& next) {
    std::map<Reference, Problem> blocked;
    for (const std::string& id : order_) {
      const Touched& t = touched_.at(id);
      if (t.after || !t.before || next.entries(t.before->kind).Find(t.before->name)) continue;
      blocked[{t.before->kind, t.before->name}].path = t.path;
    }
    if (blocked.empty()) return;
    for (const Kind kind : kKinds) {
      next.entries(kind).ForEachReferring([&](const Reference& r) { return blocked.contains(r); },
                                          [&](const EntryPtr& entry) {
                                            for (const Reference& reference : entry->references) {
                                              const auto it = blocked.find(reference);
                                              if (it == blocked.end()) continue;
                                              if (++it->second.blockers_total <= kMostBlockers) {
                                                it->second.blockers.push_back(Shown(*entry));
                                              }
                                            }
                                          });
    }
    for (auto& [reference, problem] : blocked) {
      if (problem.blockers_total == 0) continue;
      problem.text = fmt::format("the {} is in use by {}", TitleOf(reference.kind),
                                 problem.blockers_total == 1
                                     ? problem.blockers[0]
                                     : fmt::format("{} objects", problem.blockers_total));
      outcome_.problems.push_back(std::move(problem));
    }
  }

  /// True if everything the entry refers to is there.
  bool CheckReferences(const Model& next, const Entry& entry, const std::string& path,
                       std::vector<Problem>& problems) const {
    bool good = true;
    ForEachReference(
        PartOf(entry.object), [&](const std::string& field, Kind kind, const std::string& name) {
          if (next.Find(kind, name)) return;
          good = false;
          problems.push_back({path + "." + field,
                              fmt::format("there is no {} {}", TitleOf(kind), domain::Quoted(name)),
                              {},
                              0,
                              0});
        });
    return good;
  }

  void CheckChanged(const Model& next) {
    for (const std::string& id : order_) {
      const Touched& t = touched_.at(id);
      if (!t.after) continue;
      const std::string path = t.path.empty() ? Shown(*t.after) : t.path;
      // An object that leads nowhere cannot be looked at as a whole.
      if (!CheckReferences(next, *t.after, path, outcome_.problems)) continue;
      CheckObject(next, *t.after, context_, Findings(path, outcome_.problems, outcome_.warnings));
    }
  }

  /// What refers to a changed object may be wrong now, though it was not touched itself.
  void CheckReferrers(const Model& next) {
    std::set<Reference> changed;
    for (const auto& step : outcome_.steps) {
      if (step.before && step.after) changed.insert({step.after->kind, step.after->name});
    }
    if (changed.empty()) return;
    for (const Kind kind : kKinds) {
      next.entries(kind).ForEachReferring([&](const Reference& r) { return changed.contains(r); },
                                          [&](const EntryPtr& entry) {
                                            if (!touched_.contains(entry->id))
                                              CheckReferrer(next, *entry);
                                          });
    }
  }

  void CheckReferrer(const Model& next, const Entry& entry) {
    std::vector<Problem> now_wrong, was_wrong, ignored;
    if (!CheckReferences(next, entry, Shown(entry), ignored)) return;  // told as a blocker
    CheckObject(next, entry, context_, Findings(Shown(entry), now_wrong, ignored));
    if (now_wrong.empty()) return;
    // What was wrong before, by rules that came later, must not stop every change.
    CheckObject(model_, entry, context_, Findings(Shown(entry), was_wrong, ignored));
    for (Problem& problem : now_wrong) {
      const bool old = std::any_of(was_wrong.begin(), was_wrong.end(), [&](const Problem& p) {
        return p.path == problem.path && p.text == problem.text;
      });
      if (!old) outcome_.problems.push_back(std::move(problem));
    }
  }

  /// No two objects take the same key.
  void CheckClaims(const Model& next) {
    std::map<Claim, const Touched*> fresh;
    for (const auto& step : outcome_.steps) {
      if (!step.after) continue;
      const Touched& t = touched_.at(step.after->id);
      for (const Claim& claim : ClaimsOf(next, *step.after)) {
        const auto [it, first] = fresh.try_emplace(claim, &t);
        if (!first) Taken(t, claim, *it->second->after);
      }
      if (!step.before) continue;
      for (const Claim& claim : ClaimsOf(model_, *step.before)) {
        const auto it = fresh.find(claim);
        if (it != fresh.end() && it->second == &t) fresh.erase(it);  // it had this one before
      }
    }
    if (fresh.empty()) return;
    const auto check = [&](const EntryPtr& entry) {
      if (touched_.contains(entry->id)) return;
      for (const Claim& claim : ClaimsOf(next, *entry)) {
        if (const auto it = fresh.find(claim); it != fresh.end()) Taken(*it->second, claim, *entry);
      }
    };
    std::vector<uint64_t> numbers;
    for (const auto& [claim, _] : fresh) numbers.push_back(NumberHash(claim.value));
    std::sort(numbers.begin(), numbers.end());
    next.entries(Kind::kMailbox).ForEachWithNumber(numbers, check);
    for (const Kind kind : kKinds) {
      if (kind == Kind::kMailbox) continue;  // of the others there are few
      for (const EntryPtr& entry : next.entries(kind)) check(entry);
    }
  }

  void Taken(const Touched& who, const Claim& claim, const Entry& by) {
    Problem problem{who.path.empty() ? Shown(*who.after) : who.path,
                    claim.value.empty()
                        ? fmt::format("all calls of its gateway go to {} already", Shown(by))
                        : fmt::format("{} {} belongs to {} already", ClaimWord(claim.scope),
                                      domain::Quoted(claim.value), Shown(by)),
                    {Shown(by)},
                    1,
                    0};
    outcome_.problems.push_back(std::move(problem));
  }

  static std::string_view ClaimWord(std::string_view scope) {
    if (scope.starts_with("address/")) return "the address";
    if (scope.starts_with("pilot/")) return "the pilot";
    if (scope.starts_with("pool/network")) return "the network";
    if (scope.starts_with("caller")) return "the calling line id";
    return "the number";
  }

  const Model& model_;
  const Context& context_;
  Outcome& outcome_;
  std::array<ByName, std::size(kKinds)> changed_;     // so far; null: gone. The rest is the model's
  std::unordered_map<std::string, Touched> touched_;  // by id
  std::vector<std::string> order_;                    // ids, as they were first touched
};

}  // namespace

Outcome Evaluate(const Model& model, const Operations& operations, const Context& context,
                 const std::vector<std::string>* paths) {
  Outcome outcome;
  Evaluation evaluation(model, context, outcome);
  for (int i = 0; i < operations.size(); ++i) {
    std::string path;
    if (paths) {
      path = (*paths)[static_cast<size_t>(i)];
    } else {
      const admin::Operation& operation = operations[i];
      path = fmt::format("operations[{}]", i);
      if (operation.has_create()) path += ".create";
      if (operation.has_update()) path += ".update";
      if (operation.has_delete_()) path += ".delete";
      if (operation.has_create() && KindOf(operation.create())) {
        path += fmt::format(".{}", ToString(*KindOf(operation.create())));
      } else if (operation.has_update() && KindOf(operation.update().object())) {
        path += fmt::format(".object.{}", ToString(*KindOf(operation.update().object())));
      }
    }
    evaluation.Do(operations[i], path);
  }
  evaluation.Finish();
  return outcome;
}

}  // namespace um::organisation

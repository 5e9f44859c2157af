#include "mailbox/admin/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "mailbox/admin/find.h"
#include "mailbox/admin/notices.h"
#include "mailbox/organisation/plans.h"
#include "mailbox/organisation/routing.h"

namespace um::admin {
namespace {

using organisation::Entry;
using organisation::EntryPtr;
using organisation::Model;
using organisation::ModelPtr;
using organisation::Outcome;
using store::ObjectChange;

constexpr std::chrono::milliseconds kLookEvery{500};
constexpr int kMostLines = 10'000;  // of the audit, read at a time
constexpr int kTries = 20;          // of a change, while others change the same organisation

domain::WallTime Now() {
  return std::chrono::floor<domain::WallTime::duration>(std::chrono::system_clock::now());
}

absl::StatusOr<EntryPtr> EntryOf(const std::string& id, int64_t version, const std::string& body,
                                 domain::WallTime changed, const std::string& changed_by) {
  Entry entry{.id = id, .version = version, .changed = changed, .changed_by = changed_by};
  if (!entry.object.ParseFromString(body) || !organisation::KindOf(entry.object)) {
    return absl::DataLossError("stored object " + id + " cannot be read");
  }
  return organisation::MakeEntry(std::move(entry));
}

/// What the store writes for one step.
ObjectChange ChangeOf(const Model& after, const Model::Step& step) {
  ObjectChange change;
  const Entry& entry = step.after ? *step.after : *step.before;
  change.action = !step.before  ? ObjectChange::Action::kCreate
                  : !step.after ? ObjectChange::Action::kDelete
                                : ObjectChange::Action::kUpdate;
  change.object.kind = std::string(organisation::ToString(entry.kind));
  change.object.id = entry.id;
  change.object.name = entry.name;
  if (step.before) change.before = step.before->object.SerializeAsString();
  if (!step.after) return change;
  change.object.body = entry.object.SerializeAsString();
  change.references = organisation::ReferencedIds(after, entry);
  for (const organisation::Claim& claim : organisation::ClaimsOf(after, entry)) {
    change.claims.push_back({claim.scope, claim.value});
  }
  return change;
}

/// Others were quicker. Waits for a random time, longer with each try, so that of nodes that keep
/// meeting each gets its turn.
void BackOff(int tries) {
  const int most_ms = 5 << std::min(tries, 6);
  const int share = static_cast<unsigned char>(RandomBytes(1)[0]);
  std::this_thread::sleep_for(std::chrono::milliseconds(most_ms * share / 256));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Registry>> Registry::Open(store::OrganisationStore& store,
                                                         OnRouting on_routing) {
  std::unique_ptr<Registry> registry(new Registry(store, std::move(on_routing)));
  UM_RETURN_IF_ERROR(registry->Refresh());
  registry->Publish(nullptr);
  registry->follower_ = std::thread([r = registry.get()] { r->Follow(); });
  return registry;
}

Registry::~Registry() { Stop(); }

void Registry::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (follower_.joinable()) follower_.join();
}

std::vector<ModelPtr> Registry::Models() const {
  const std::lock_guard lock(mutex_);
  std::vector<ModelPtr> models;
  for (const auto& [_, each] : organisations_) models.push_back(each.model);
  return models;
}

absl::StatusOr<ModelPtr> Registry::Find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  UM_ASSIGN_OR_RETURN(const Organisation* const found, FindLocked(id));
  return found->model;
}

absl::StatusOr<std::shared_ptr<const domain::Routes>> Registry::FindRoutes(
    const std::string& id) const {
  const std::lock_guard lock(mutex_);
  UM_ASSIGN_OR_RETURN(const Organisation* const found, FindLocked(id));
  return found->routes;
}

absl::StatusOr<const Registry::Organisation*> Registry::FindLocked(const std::string& id) const {
  if (id.empty() && organisations_.size() == 1) return &organisations_.begin()->second;
  if (id.empty() && organisations_.size() > 1) {
    return SayWhichOrganisation();
  }
  const auto it = organisations_.find(id);
  if (it != organisations_.end()) return &it->second;
  if (id.empty())
    return absl::NotFoundError("there is no organisation yet: umctl organisation create ID");
  return NoSuchOrganisation();
}

std::chrono::steady_clock::time_point Registry::fresh() const {
  const std::lock_guard lock(mutex_);
  return fresh_;
}

bool Registry::WaitBeyond(const std::string& id, int64_t sequence,
                          std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  const auto beyond = [&] {
    const auto it = organisations_.find(id);
    return it != organisations_.end() && it->second.model->sequence() > sequence;
  };
  changed_.wait_for(lock, timeout, [&] { return stopping_ || beyond(); });
  return beyond();
}

// -- following the store -----------------------------------------------------------------------

void Registry::Follow() {
  bool failing = false;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kLookEvery, [&] { return stopping_; })) {
    lock.unlock();
    const absl::Status status = Refresh();
    if (!status.ok() && !failing) {
      // Calls go on by what is known.
      log::Warning("organisations.stale", {{"why", Message(status)}});
    } else if (status.ok() && failing) {
      log::Info("organisations.fresh");
    }
    failing = !status.ok();
    lock.lock();
  }
}

absl::Status Registry::Refresh() {
  const std::lock_guard one(refreshing_);
  UM_ASSIGN_OR_RETURN(const std::vector<store::OrganisationRow> rows, store_.Organisations());
  for (const store::OrganisationRow& row : rows) UM_RETURN_IF_ERROR(RefreshOne(row));
  const std::lock_guard lock(mutex_);
  fresh_ = std::chrono::steady_clock::now();
  return absl::OkStatus();
}

absl::Status Registry::RefreshOne(const store::OrganisationRow& row) {
  ModelPtr model;
  {
    const std::lock_guard lock(mutex_);
    const auto it = organisations_.find(row.id);
    if (it != organisations_.end()) model = it->second.model;
  }
  if (!model) {
    UM_ASSIGN_OR_RETURN(model, Load(row.id));
    Publish(model);
    return absl::OkStatus();
  }
  while (model->sequence() < row.sequence) {
    UM_ASSIGN_OR_RETURN(const std::vector<store::AuditEntry> lines,
                        store_.Since(row.id, model->sequence(), kMostLines));
    if (lines.empty()) break;
    std::vector<Model::Step> steps;
    for (const store::AuditEntry& line : lines) {
      Model::Step step;
      if (!line.before.empty()) {
        UM_ASSIGN_OR_RETURN(step.before, EntryOf(line.id, 0, line.before, line.at, line.actor));
      }
      if (!line.after.empty()) {
        UM_ASSIGN_OR_RETURN(step.after,
                            EntryOf(line.id, line.sequence, line.after, line.at, line.actor));
      }
      if (!line.note) steps.push_back(std::move(step));
      // Names may pass from one object to another within a commit, not between commits.
      const bool last = &line == &lines.back() || (&line)[1].sequence != line.sequence;
      if (!last) continue;
      model = std::make_shared<const Model>(model->With(steps, line.sequence));
      steps.clear();
    }
  }
  Publish(model);
  return absl::OkStatus();
}

absl::StatusOr<ModelPtr> Registry::Load(const std::string& id) {
  UM_ASSIGN_OR_RETURN(const store::OrganisationStore::Snapshot snapshot, store_.Load(id));
  std::vector<Model::Step> steps;
  for (const store::StoredObject& object : snapshot.objects) {
    UM_ASSIGN_OR_RETURN(EntryPtr entry, EntryOf(object.id, object.version, object.body,
                                                object.changed, object.changed_by));
    steps.push_back({nullptr, std::move(entry)});
  }
  const Model empty(snapshot.organisation.id, snapshot.organisation.display_name);
  return std::make_shared<const Model>(empty.With(steps, snapshot.organisation.sequence));
}

/// What calls need of a model.
std::shared_ptr<const domain::Routes> Registry::RoutesOf(const Model& model) const {
  Organisation known;
  {
    const std::lock_guard lock(mutex_);
    const auto it = organisations_.find(model.id());
    if (it != organisations_.end()) known = it->second;
  }
  return std::make_shared<const domain::Routes>(
      known.model ? organisation::Routing(model, *known.model, known.routes->organisation())
                  : organisation::Routing(model));
}

/// Takes a model that is newer than the known one, and tells calls.
void Registry::Publish(const ModelPtr& model) {
  std::vector<std::shared_ptr<const domain::Routes>> all;
  std::shared_ptr<const domain::Routes> routes, retired;
  if (model) routes = RoutesOf(*model);
  const std::lock_guard lock(mutex_);
  if (model) {
    Organisation& known = organisations_[model->id()];
    if (known.model && known.model->sequence() >= model->sequence()) return;
    retired = std::move(known.before);
    known = {model, std::move(routes), std::move(known.routes)};
  }
  for (const auto& [_, each] : organisations_) all.push_back(each.routes);
  changed_.notify_all();
  // Under the lock, so that an older copy never follows a newer one; it must not block.
  on_routing_(std::make_shared<const domain::RoutingCopy>(std::move(all)));
}

// -- changes -----------------------------------------------------------------------------------

organisation::Context Registry::ContextFor(const std::string& id, const std::string& actor) const {
  organisation::Context context{.new_id = [] { return NewUlid(std::chrono::system_clock::now()); },
                                .now = Now(),
                                .actor = actor,
                                .taken = {}};
  for (const ModelPtr& model : Models()) {
    if (model->id() == id) continue;
    for (const EntryPtr& entry : model->entries(organisation::Kind::kIpGateway)) {
      for (const auto& network : organisation::NetworksOf(entry->object.ip_gateway())) {
        if (const auto parsed = net::Network::Parse(network)) context.taken.push_back(*parsed);
      }
    }
  }
  return context;
}

absl::StatusOr<int64_t> Registry::Commit(const Model& before, const Model& after,
                                         const Outcome& outcome, const std::string& actor,
                                         const Welcome& welcome) {
  std::vector<ObjectChange> changes;
  changes.reserve(outcome.steps.size());
  for (const Model::Step& step : outcome.steps) {
    changes.push_back(ChangeOf(after, step));
    if (!welcome.none && Enables(step)) changes.back().welcome = welcome.address;
  }
  return store_.Commit({before.id(), before.display_name(), before.sequence()}, before.sequence(),
                       actor, Now(), changes);
}

absl::StatusOr<Registry::Result> Registry::Change(const std::string& id,
                                                  const std::string* display_name,
                                                  const std::string& actor, bool dry_run,
                                                  const Plan& plan, const Welcome& welcome) {
  for (int i = 0; i < kTries; ++i) {
    absl::StatusOr<ModelPtr> found = Find(id);
    const bool creates = absl::IsNotFound(found.status()) && display_name;
    if (!found.ok() && !creates) return found.status();
    const ModelPtr before = creates ? std::make_shared<const Model>(id, *display_name) : *found;
    Result result{plan(*before, ContextFor(before->id(), actor)), before->sequence()};
    const bool nothing = result.outcome.steps.empty() && !creates;
    if (!result.outcome.problems.empty() || nothing || dry_run) return result;

    const auto after =
        std::make_shared<const Model>(before->With(result.outcome.steps, before->sequence() + 1));
    const absl::StatusOr<int64_t> sequence =
        Commit(*before, *after, result.outcome, actor, welcome);
    if (sequence.ok()) {
      Publish(after);
      result.sequence = *sequence;
      return result;
    }
    if (absl::IsAlreadyExists(sequence.status())) {
      result.outcome.problems.push_back({"", std::string(Message(sequence.status())), {}, 0, 0});
      return result;
    }
    if (!absl::IsAborted(sequence.status())) return sequence.status();
    BackOff(i);
    UM_RETURN_IF_ERROR(Refresh());
  }
  return absl::AbortedError("others keep changing this organisation: try again");
}

}  // namespace um::admin

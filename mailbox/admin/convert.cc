#include "mailbox/admin/convert.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/config/rules.h"

namespace um::admin {
namespace {

using organisation::Entry;
using organisation::EntryPtr;
using organisation::NameOf;
using organisation::PartOf;

constexpr size_t kMostReferrers = 100;

/// What was done beside the objects, as a change of one whose fields are what there is to tell.
v1::Changed Convert(const store::AuditNote& note) {
  v1::Changed out;
  out.set_action(note.action);
  out.set_kind(note.kind);
  out.set_name(note.name);
  for (const auto& [name, value] : note.facts) {
    v1::FieldChange& field = *out.add_fields();
    field.set_path(name);
    field.set_after(value);
  }
  return out;
}

absl::StatusOr<EntryPtr> EntryOf(const std::string& id, const std::string& body) {
  if (body.empty()) return EntryPtr();
  Entry entry{.id = id};
  if (!entry.object.ParseFromString(body) || !organisation::KindOf(entry.object)) {
    return absl::DataLossError("an audit entry of " + id + " cannot be read");
  }
  return organisation::MakeEntry(std::move(entry));
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), Message(status));
}

std::string Rfc3339(domain::WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

std::optional<domain::WallTime> FromRfc3339(const std::string& text) {
  absl::Time time;
  // std::string's own data: Debian's absl::string_view is not std::string_view.
  if (!absl::ParseTime(absl::RFC3339_full, absl::string_view(text.data(), text.size()), &time,
                       nullptr)) {
    return std::nullopt;
  }
  return std::chrono::floor<domain::WallTime::duration>(absl::ToChronoTime(time));
}

v1::Problem Convert(const organisation::Problem& problem) {
  v1::Problem out;
  out.set_path(problem.path);
  out.set_text(problem.text);
  for (const std::string& blocker : problem.blockers) out.add_blockers(blocker);
  out.set_blockers_total(static_cast<uint32_t>(problem.blockers_total));
  out.set_current_version(static_cast<uint64_t>(problem.current_version));
  return out;
}

v1::Changed Convert(const organisation::Model::Step& step) {
  v1::Changed out;
  const Entry& entry = step.after ? *step.after : *step.before;
  out.set_action(!step.before ? "create" : !step.after ? "delete" : "update");
  out.set_kind(std::string(ToString(entry.kind)));
  out.set_name(NameOf(entry.object));
  out.set_version(static_cast<uint64_t>(entry.version));
  const organisation::v1::Object empty = organisation::NewObject(entry.kind);
  for (const config::FieldChange& change :
       config::Diff(PartOf(step.before ? step.before->object : empty),
                    PartOf(step.after ? step.after->object : empty))) {
    v1::FieldChange& field = *out.add_fields();
    field.set_path(change.path);
    field.set_before(change.before);
    field.set_after(change.after);
  }
  return out;
}

void Convert(const organisation::Model& model, const Entry& entry, bool referrers, v1::Entry& out) {
  *out.mutable_object() = entry.object;
  out.set_version(static_cast<uint64_t>(entry.version));
  out.set_changed(Rfc3339(entry.changed));
  out.set_changed_by(entry.changed_by);
  if (!referrers) return;
  for (const Entry* referrer : model.Referrers(entry.kind, entry.name)) {
    if (static_cast<size_t>(out.referred_to_by_size()) == kMostReferrers) break;
    out.add_referred_to_by(
        fmt::format("{} {}", ToString(referrer->kind), NameOf(referrer->object)));
  }
}

absl::StatusOr<v1::AuditEntry> Convert(const store::AuditEntry& entry) {
  v1::AuditEntry out;
  if (entry.note) {
    *out.mutable_changed() = Convert(*entry.note);
  } else {
    organisation::Model::Step step;
    UM_ASSIGN_OR_RETURN(step.before, EntryOf(entry.id, entry.before));
    UM_ASSIGN_OR_RETURN(step.after, EntryOf(entry.id, entry.after));
    if (!step.before && !step.after) return absl::DataLossError("an audit entry says nothing");
    *out.mutable_changed() = Convert(step);
  }
  out.mutable_changed()->set_version(static_cast<uint64_t>(entry.sequence));
  out.set_organisation(entry.organisation);
  out.set_sequence(static_cast<uint64_t>(entry.sequence));
  out.set_time(Rfc3339(entry.at));
  out.set_actor(entry.actor);
  return out;
}

}  // namespace um::admin

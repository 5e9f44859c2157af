#include "mailbox/admin/keeping.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/base/utf8.h"
#include "common/log/log.h"
#include "mailbox/admin/convert.h"
#include "mailbox/admin/find.h"
#include "mailbox/domain/names.h"
#include "mailbox/domain/problem.h"
#include "mailbox/organisation/keeping.h"
#include "mailbox/store/backup.h"

namespace um::admin {
namespace {

using organisation::Kind;

constexpr int kMostIds = 1000;
constexpr int kAtOnce = 500;         // messages of one transaction, and of one line of the audit
constexpr size_t kMostReason = 500;  // [bytes]

domain::WallTime Now() {
  return std::chrono::floor<domain::WallTime::duration>(std::chrono::system_clock::now());
}

absl::Status CheckReason(const std::string& reason) {
  if (reason.size() <= kMostReason && IsReadableLine(reason)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("reason: must be text in one line, of at most {} bytes", kMostReason));
}

uint64_t Seconds(domain::Milliseconds ms) {
  return static_cast<uint64_t>(std::chrono::ceil<std::chrono::seconds>(ms).count());
}

}  // namespace

void KeepingService::ServeThrough(Door& door) {
  using S = KeepingService;
  door.Unary("um.admin.v1.Keeping.CreateBackup", *this, &S::CreateBackup);
  door.Unary("um.admin.v1.Keeping.DeleteMessages", *this, &S::DeleteMessages);
  door.Unary("um.admin.v1.Keeping.EraseMailbox", *this, &S::EraseMailbox);
  door.Unary("um.admin.v1.Keeping.GetUsage", *this, &S::GetUsage);
}

// -- whose messages ------------------------------------------------------------------------------

absl::StatusOr<KeepingService::Target> KeepingService::FindInStore(const std::string& organisation,
                                                                   const std::string& mailbox) {
  if (!kept_.registry) return absl::NotFoundError("");
  UM_ASSIGN_OR_RETURN(const organisation::ModelPtr model, kept_.registry->Find(organisation));
  UM_ASSIGN_OR_RETURN(const organisation::Entry* entry,
                      FindObject(*model, Kind::kMailbox, mailbox));
  const organisation::v1::Mailbox& found = entry->object.mailbox();
  Target target{model->id(), found.id(), entry->id, found.display_name(), {}};
  if (const auto* policy = model->Policy(found.policy())) {
    target.quota = organisation::QuotaOf(*policy);
  }
  return target;
}

/// A mailbox of the store's organisations, else of what calls see, or one that is gone and has left
/// messages.
absl::StatusOr<KeepingService::Target> KeepingService::Find(const std::string& organisation,
                                                            const std::string& mailbox) {
  absl::StatusOr<Target> target = FindInStore(organisation, mailbox);
  if (!absl::IsNotFound(target.status())) return target;
  std::vector<std::string> organisations;
  const std::shared_ptr<const domain::RoutingCopy> routing = kept_.routing();
  for (const auto& routes : routing->organisations()) {
    const domain::Organisation& each = routes->organisation();
    if (!organisation.empty() && each.id != organisation) continue;
    const auto is_it = [&](const domain::Mailbox& box) {
      return box.id == mailbox || box.extension == mailbox || box.email == mailbox;
    };
    if (const domain::Mailbox* box = each.mailboxes.FindIf(is_it)) {
      return Target{each.id, box->id, "", box->name, box->quota};
    }
    organisations.push_back(each.id);
  }
  if (organisations.empty() && !organisation.empty()) organisations.push_back(organisation);
  for (const std::string& id : organisations) {
    UM_ASSIGN_OR_RETURN(const auto left,
                        kept_.messages.OfMailbox(id, mailbox, domain::WallTime::max(), 1));
    if (!left.empty()) return Target{id, mailbox, "", "a mailbox that was deleted", {}};
  }
  return absl::NotFoundError(fmt::format(
      "there is no mailbox {}, and none that was has left messages", domain::Quoted(mailbox)));
}

bool KeepingService::HasAudit(const std::string& organisation) const {
  return kept_.registry && !organisation.empty() && kept_.registry->Find(organisation).ok();
}

grpc::Status KeepingService::GetUsage(const Call&, const v1::GetUsageRequest* request,
                                      v1::Usage* response) {
  const absl::StatusOr<Target> target = Find(request->organisation(), request->mailbox());
  if (!target.ok()) return ToGrpc(target.status());
  const auto held = kept_.messages.Held(target->organisation, target->mailbox_id);
  if (!held.ok()) return ToGrpc(held.status());
  response->set_mailbox(target->mailbox_id);
  response->set_messages(static_cast<uint64_t>(held->messages));
  response->set_audio_seconds(Seconds(held->audio));
  const domain::Quota& quota = target->quota;
  if (quota.messages) response->set_max_messages(static_cast<uint64_t>(*quota.messages));
  if (quota.audio) response->set_max_audio_seconds(Seconds(*quota.audio));
  response->set_full(domain::IsFull(quota, *held));
  return grpc::Status::OK;
}

// -- erasure
// ---------------------------------------------------------------------------------------

absl::Status KeepingService::Erase(const Call& call, const Target& target,
                                   const std::vector<std::string>& ids, const std::string& reason,
                                   v1::ErasureResponse& response) {
  store::ErasureProof proof{target.organisation,
                            call.actor(),
                            {"erase",
                             "mailbox",
                             target.object_id,
                             domain::FoldName(target.mailbox_id),
                             {{"reason", reason}}}};
  const bool audited = HasAudit(target.organisation);
  UM_ASSIGN_OR_RETURN(const store::Erased erased,
                      kept_.messages.Erase(ids, Now(), audited ? &proof : nullptr));
  for (const std::string& id : erased.ids) {
    log::Info("message.erased", {{"message", id},
                                 {"organisation", target.organisation},
                                 {"mailbox", target.mailbox_id},
                                 {"actor", call.actor()},
                                 {"reason", reason}});
  }
  kept_.erased(erased.ids);
  response.set_organisation(target.organisation);
  response.set_mailbox(target.mailbox_id);
  response.set_audited(audited);
  response.set_erased(response.erased() + erased.ids.size());
  response.set_undelivered(response.undelivered() + static_cast<uint64_t>(erased.undelivered));
  response.set_under_way(response.under_way() + static_cast<uint64_t>(erased.under_way));
  return absl::OkStatus();
}

grpc::Status KeepingService::DeleteMessages(const Call& call,
                                            const v1::DeleteMessagesRequest* request,
                                            v1::ErasureResponse* response) {
  if (const absl::Status bad = CheckReason(request->reason()); !bad.ok()) return ToGrpc(bad);
  if (request->ids_size() > kMostIds) {
    return {grpc::INVALID_ARGUMENT, fmt::format("ids: at most {} at a time", kMostIds)};
  }
  // By mailbox: each has its own line in the audit.
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> by_mailbox;
  for (const std::string& id : request->ids()) {
    if (!IsUlid(id)) return {grpc::INVALID_ARGUMENT, "a message id has 26 letters and digits"};
    const auto message = kept_.messages.Get(id);
    if (absl::IsNotFound(message.status())) continue;
    if (!message.ok()) return ToGrpc(message.status());
    const domain::CallFacts& facts = message->call;
    if (!request->organisation().empty() && facts.organisation != request->organisation()) continue;
    by_mailbox[{facts.organisation, facts.mailbox_id}].push_back(id);
  }
  for (const auto& [whose, ids] : by_mailbox) {
    absl::StatusOr<Target> target = FindInStore(whose.first, whose.second);
    if (!target.ok()) target = Target{whose.first, whose.second, "", "", {}};
    const absl::Status status = Erase(call, *target, ids, request->reason(), *response);
    if (!status.ok()) return ToGrpc(status);
  }
  if (response->erased() == 0) return {grpc::NOT_FOUND, "there is no such message"};
  return grpc::Status::OK;
}

absl::Status KeepingService::EraseAll(const Call& call, const Target& target,
                                      const v1::EraseMailboxRequest& request,
                                      v1::ErasureResponse& response) {
  domain::WallTime before = Now();
  if (!request.before().empty()) {
    const auto given = FromRfc3339(request.before());
    if (!given) {
      return absl::InvalidArgumentError("before: must be a time like 2026-01-15T09:30:00Z");
    }
    before = std::min(before, *given);
  }
  response.set_organisation(target.organisation);
  response.set_mailbox(target.mailbox_id);
  response.set_audited(HasAudit(target.organisation));
  const int limit = request.dry_run() ? std::numeric_limits<int>::max() : kAtOnce;
  for (;;) {
    UM_ASSIGN_OR_RETURN(
        const std::vector<store::StoredCopy> copies,
        kept_.messages.OfMailbox(target.organisation, target.mailbox_id, before, limit));
    if (request.dry_run()) {
      response.set_erased(copies.size());
      for (const store::StoredCopy& copy : copies) {
        if (copy.delivered == domain::WallTime())
          response.set_undelivered(response.undelivered() + 1);
      }
      return absl::OkStatus();
    }
    if (copies.empty()) return absl::OkStatus();
    std::vector<std::string> ids;
    for (const store::StoredCopy& copy : copies) ids.push_back(copy.id);
    UM_RETURN_IF_ERROR(Erase(call, target, ids, request.reason(), response));
  }
}

/// A time before which is about messages: greetings are in use, however old they are.
absl::Status KeepingService::EraseGreetings(const Call& call, const Target& target,
                                            const v1::EraseMailboxRequest& request,
                                            v1::ErasureResponse& response) {
  if (!kept_.greetings || target.object_id.empty() || !request.before().empty()) {
    return absl::OkStatus();
  }
  const std::string name = domain::FoldName(target.mailbox_id);
  if (request.dry_run()) {
    UM_ASSIGN_OR_RETURN(const store::OwnGreetings own,
                        kept_.greetings->Of(target.organisation, name));
    response.set_greetings(own.recorded.size());
    response.set_away(own.away.has_value());
    return absl::OkStatus();
  }
  UM_ASSIGN_OR_RETURN(
      const store::OwnGreetings erased,
      kept_.greetings->Erase(
          target.organisation, target.object_id, {call.actor(), Now()},
          {"erase", "mailbox", target.object_id, name, {{"reason", request.reason()}}}));
  response.set_greetings(erased.recorded.size());
  response.set_away(erased.away.has_value());
  for (const store::Recorded& each : erased.recorded) {
    log::Info("greeting.erased", {{"organisation", target.organisation},
                                  {"mailbox", target.mailbox_id},
                                  {"greeting", ToString(each.kind)},
                                  {"actor", call.actor()},
                                  {"reason", request.reason()}});
  }
  return absl::OkStatus();
}

/// As greetings: whom the user knows is in use.
absl::Status KeepingService::EraseContacts(const Call& call, const Target& target,
                                           const v1::EraseMailboxRequest& request,
                                           v1::ErasureResponse& response) {
  if (!kept_.contacts || target.object_id.empty() || !request.before().empty()) {
    return absl::OkStatus();
  }
  const std::string name = domain::FoldName(target.mailbox_id);
  if (request.dry_run()) {
    UM_ASSIGN_OR_RETURN(const std::vector<domain::Contact> contacts,
                        kept_.contacts->Of(target.organisation, name));
    response.set_contacts(contacts.size());
    return absl::OkStatus();
  }
  UM_ASSIGN_OR_RETURN(
      const size_t erased,
      kept_.contacts->Erase(
          target.organisation, target.object_id, {call.actor(), Now()},
          {"erase", "mailbox", target.object_id, name, {{"reason", request.reason()}}}));
  response.set_contacts(erased);
  if (erased == 0) return absl::OkStatus();
  log::Info("contacts.erased", {{"organisation", target.organisation},
                                {"mailbox", target.mailbox_id},
                                {"contacts", erased},
                                {"actor", call.actor()},
                                {"reason", request.reason()}});
  return absl::OkStatus();
}

grpc::Status KeepingService::EraseMailbox(const Call& call, const v1::EraseMailboxRequest* request,
                                          v1::ErasureResponse* response) {
  if (const absl::Status bad = CheckReason(request->reason()); !bad.ok()) return ToGrpc(bad);
  const absl::StatusOr<Target> target = Find(request->organisation(), request->mailbox());
  if (!target.ok()) return ToGrpc(target.status());
  const absl::Status erased = EraseAll(call, *target, *request, *response);
  if (!erased.ok()) return ToGrpc(erased);
  const absl::Status silent = EraseGreetings(call, *target, *request, *response);
  return ToGrpc(silent.ok() ? EraseContacts(call, *target, *request, *response) : silent);
}

// -- backup
// ----------------------------------------------------------------------------------------

grpc::Status KeepingService::CreateBackup(const Call& call, const v1::CreateBackupRequest* request,
                                          v1::CreateBackupResponse* response) {
  if (kept_.directory.empty()) {
    return {
        grpc::FAILED_PRECONDITION,
        "this node keeps its messages in PostgreSQL: back up the database with pg_dump, or with "
        "what you use for your other databases"};
  }
  const std::filesystem::path path = request->path();
  if (!path.is_absolute() || !IsPlainUtf8(request->path())) {
    return {grpc::INVALID_ARGUMENT, "path: must be absolute"};
  }
  const std::unique_lock one(backing_up_, std::try_to_lock);
  if (!one) return {grpc::UNAVAILABLE, "another backup is being made"};
  const auto size = store::Backup(kept_.directory, path.lexically_normal().string(),
                                  [&call] { return call.IsOver(); });
  if (!size.ok()) {
    log::Warning("backup.failed", {{"path", path.string()}, {"error", Message(size.status())}});
    return ToGrpc(size.status());
  }
  log::Info("backup.made", {{"actor", call.actor()},
                            {"path", path.string()},
                            {"files", size->files},
                            {"bytes", size->bytes}});
  response->set_files(size->files);
  response->set_bytes(size->bytes);
  return grpc::Status::OK;
}

}  // namespace um::admin

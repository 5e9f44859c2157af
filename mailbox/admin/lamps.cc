#include "mailbox/admin/lamps.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "mailbox/admin/convert.h"
#include "mailbox/admin/find.h"
#include "mailbox/domain/names.h"

namespace um::admin {
namespace {

using organisation::Kind;

constexpr int kMostIds = 1000;

domain::WallTime Now() {
  return std::chrono::floor<domain::WallTime::duration>(std::chrono::system_clock::now());
}

void Convert(const domain::WaitingCount& from, v1::WaitingCount& to) {
  to.set_unheard(static_cast<uint64_t>(from.unheard));
  to.set_heard(static_cast<uint64_t>(from.heard));
  to.set_urgent_unheard(static_cast<uint64_t>(from.urgent_unheard));
  to.set_urgent_heard(static_cast<uint64_t>(from.urgent_heard));
}

void Convert(const store::LampState& from, v1::Lamp& to) {
  Convert(from.count, *to.mutable_now());
  if (!from.known) return;
  if (from.told) {
    to.set_told(Rfc3339(*from.told));
    Convert(from.told_count, *to.mutable_told_count());
    to.set_told_gateway(from.told_gateway);
    to.set_told_status(static_cast<uint32_t>(from.told_status));
  }
  to.set_pending(from.pending);
  to.set_under_way(from.under_way);
  to.set_attempts(static_cast<uint32_t>(from.attempts));
  to.set_last_error(from.last_error);
  to.set_next(Rfc3339(from.next));
}

const domain::Organisation* FindOrganisation(const domain::RoutingCopy& routing,
                                             const std::string& id) {
  for (const auto& routes : routing.organisations()) {
    if (routes->organisation().id == id) return &routes->organisation();
  }
  return nullptr;
}

/// How the mailbox' lamp is reached, by what calls are decided by.
void AddPaths(const domain::RoutingCopy& routing, const store::LampKey& key, v1::Lamp& to) {
  const domain::Organisation* organisation = FindOrganisation(routing, key.organisation);
  const domain::Mailbox* mailbox =
      organisation ? organisation->mailboxes.Find(key.mailbox_id) : nullptr;
  if (!mailbox) return to.set_blocked("the mailbox is disabled");
  const domain::LampPaths paths = domain::LampPathsOf(*organisation, *mailbox);
  to.set_blocked(paths.blocked);
  for (const domain::LampPath& path : paths.paths) {
    const bool udp = path.transport == domain::SipTransport::kUdp;
    to.add_paths(fmt::format("{}: {} by {} at {}", path.place.gateway, path.uri,
                             udp ? "udp" : "tcp", path.at.ToString()));
  }
}

/// Of mailboxes that are served: all, or those whose plan the gateway serves.
std::vector<std::string> MailboxesOf(const domain::Organisation& organisation,
                                     const std::string* gateway) {
  const auto& groups = organisation.hunt_groups;
  const auto serves = [&](const std::string& plan) {
    return std::any_of(groups.begin(), groups.end(), [&](const domain::HuntGroup& group) {
      return group.gateway == *gateway && group.dial_plan == plan;
    });
  };
  std::vector<std::string> ids;
  organisation.mailboxes.FindIf([&](const domain::Mailbox& mailbox) {
    if (!gateway || serves(mailbox.dial_plan)) ids.push_back(mailbox.id);
    return false;
  });
  return ids;
}

}  // namespace

void LampsService::ServeThrough(Door& door) {
  using S = LampsService;
  door.Unary("um.admin.v1.Lamps.GetLamp", *this, &S::GetLamp);
  door.Unary("um.admin.v1.Lamps.MarkMessages", *this, &S::MarkMessages);
  door.Unary("um.admin.v1.Lamps.RefreshLamps", *this, &S::RefreshLamps);
}

absl::Status LampsService::Mark(const Call& call, const store::LampKey& mailbox,
                                std::vector<std::string> ids, bool heard,
                                v1::MarkMessagesResponse& response) {
  store::HeardChange change{.mailbox = mailbox,
                            .ids = std::move(ids),
                            .heard = heard,
                            .at = Now(),
                            .actor = call.actor(),
                            .note = std::nullopt};
  const auto model = served_.registry.Find(mailbox.organisation);
  if (!mailbox.organisation.empty() && model.ok()) {
    const organisation::Entry* entry = (*model)->Find(Kind::kMailbox, mailbox.mailbox_id);
    change.note = store::AuditNote{.action = heard ? "read" : "unread",
                                   .kind = "mailbox",
                                   .id = entry ? entry->id : "",
                                   .name = domain::FoldName(mailbox.mailbox_id),
                                   .facts = {}};
  }
  UM_ASSIGN_OR_RETURN(const int64_t changed, served_.lamps.SetHeard(change));
  log::Info("messages.marked", {{"organisation", mailbox.organisation},
                                {"mailbox", mailbox.mailbox_id},
                                {"actor", call.actor()},
                                {"heard", heard},
                                {"messages", changed}});
  response.set_changed(response.changed() + static_cast<uint64_t>(changed));
  return absl::OkStatus();
}

absl::Status LampsService::MarkThese(const Call& call, const v1::MarkMessagesRequest& request,
                                     v1::MarkMessagesResponse& response) {
  // By mailbox: each has its own line in the audit.
  std::map<store::LampKey, std::vector<std::string>> by_mailbox;
  for (const std::string& id : request.ids()) {
    if (!IsUlid(id)) return absl::InvalidArgumentError("a message id has 26 letters and digits");
    const auto message = served_.messages.Get(id);
    if (absl::IsNotFound(message.status())) continue;
    if (!message.ok()) return message.status();
    const domain::CallFacts& facts = message->call;
    if (!request.organisation().empty() && facts.organisation != request.organisation()) continue;
    if (message->kind == domain::MessageKind::kMissedCall) {
      return absl::FailedPreconditionError("a missed call is neither new nor heard: " + id);
    }
    by_mailbox[{facts.organisation, facts.mailbox_id}].push_back(id);
  }
  if (by_mailbox.empty()) return absl::NotFoundError("there is no such message");
  for (auto& [mailbox, ids] : by_mailbox) {
    UM_RETURN_IF_ERROR(Mark(call, mailbox, std::move(ids), request.heard(), response));
  }
  return absl::OkStatus();
}

absl::Status LampsService::MarkAll(const Call& call, const v1::MarkMessagesRequest& request,
                                   v1::MarkMessagesResponse& response) {
  UM_ASSIGN_OR_RETURN(const auto model, served_.registry.Find(request.organisation()));
  UM_ASSIGN_OR_RETURN(const organisation::Entry* mailbox,
                      FindObject(*model, Kind::kMailbox, request.mailbox()));
  return Mark(call, {model->id(), mailbox->object.mailbox().id()}, {}, request.heard(), response);
}

grpc::Status LampsService::MarkMessages(const Call& call, const v1::MarkMessagesRequest* request,
                                        v1::MarkMessagesResponse* response) {
  if (request->ids().empty() == request->mailbox().empty()) {
    return {grpc::INVALID_ARGUMENT, "either ids, or a mailbox"};
  }
  if (request->ids_size() > kMostIds) {
    return {grpc::INVALID_ARGUMENT, fmt::format("ids: at most {} at a time", kMostIds)};
  }
  const absl::Status status = request->ids().empty() ? MarkAll(call, *request, *response)
                                                     : MarkThese(call, *request, *response);
  if (response->changed() > 0) served_.nudge();
  return ToGrpc(status);
}

absl::Status LampsService::Refresh(const Call& call, const v1::RefreshLampsRequest& request,
                                   v1::RefreshLampsResponse& response) {
  UM_ASSIGN_OR_RETURN(const auto model, served_.registry.Find(request.organisation()));
  const auto routing = served_.routing();
  const domain::Organisation* organisation = FindOrganisation(*routing, model->id());
  if (!organisation) return absl::UnavailableError("the organisation is not known to calls yet");
  std::vector<std::string> ids;
  if (!request.mailbox().empty()) {
    UM_ASSIGN_OR_RETURN(const organisation::Entry* mailbox,
                        FindObject(*model, Kind::kMailbox, request.mailbox()));
    ids.push_back(mailbox->object.mailbox().id());
  } else if (!request.ip_gateway().empty()) {
    UM_ASSIGN_OR_RETURN(const organisation::Entry* gateway,
                        FindObject(*model, Kind::kIpGateway, request.ip_gateway()));
    ids = MailboxesOf(*organisation, &gateway->object.ip_gateway().name());
  } else if (request.all()) {
    ids = MailboxesOf(*organisation, nullptr);
  } else {
    return absl::InvalidArgumentError("a mailbox, an IP gateway, or all");
  }
  // Whatever was told until now is told once more.
  const domain::WallTime now = Now();
  UM_RETURN_IF_ERROR(served_.lamps.Refresh(model->id(), ids, now, domain::WallTime::max()));
  log::Info("lamps.refreshed",
            {{"organisation", model->id()}, {"actor", call.actor()}, {"lamps", ids.size()}});
  response.set_lamps(ids.size());
  served_.nudge();
  return absl::OkStatus();
}

grpc::Status LampsService::RefreshLamps(const Call& call, const v1::RefreshLampsRequest* request,
                                        v1::RefreshLampsResponse* response) {
  return ToGrpc(Refresh(call, *request, *response));
}

absl::Status LampsService::Get(const v1::GetLampRequest& request, v1::Lamp& response) {
  UM_ASSIGN_OR_RETURN(const auto model, served_.registry.Find(request.organisation()));
  UM_ASSIGN_OR_RETURN(const organisation::Entry* mailbox,
                      FindObject(*model, Kind::kMailbox, request.mailbox()));
  const store::LampKey key{model->id(), mailbox->object.mailbox().id()};
  UM_ASSIGN_OR_RETURN(const store::LampState state, served_.lamps.Find(key, Now()));
  response.set_mailbox(key.mailbox_id);
  Convert(state, response);
  AddPaths(*served_.routing(), key, response);
  return absl::OkStatus();
}

grpc::Status LampsService::GetLamp(const Call&, const v1::GetLampRequest* request,
                                   v1::Lamp* response) {
  return ToGrpc(Get(*request, *response));
}

}  // namespace um::admin

#include "mailbox/admin/queue.h"

#include <algorithm>
#include <chrono>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/log/log.h"
#include "mailbox/admin/convert.h"
#include "mailbox/delivery/transport.h"

namespace um::admin {
namespace {

constexpr uint32_t kUsualPage = 100;
constexpr uint32_t kMostPage = 1000;

domain::WallTime Now() {
  return std::chrono::floor<domain::WallTime::duration>(std::chrono::system_clock::now());
}

const std::string& OrganisationOf(const store::QueueItem& item) {
  const auto* message = std::get_if<store::StoredMessage>(&item);
  return message ? message->call.organisation
                 : std::get<store::StoredNotice>(item).notice.organisation;
}

/// What messages and notices have both.
template <class Stored>
void ConvertCommon(const Stored& from, v1::QueueItem& to) {
  to.set_state(std::string(domain::ToString(from.state)));
  to.set_redirected_by(from.redirected_by);
  to.set_attempts(static_cast<uint32_t>(from.attempts));
  to.set_last_error(from.last_error);
  if (from.state == domain::MessageState::kStored) {
    to.set_next_attempt(Rfc3339(from.next_attempt));
  }
}

}  // namespace

void QueueService::ServeThrough(Door& door) {
  using S = QueueService;
  door.Unary("um.admin.v1.Queue.ListQueue", *this, &S::ListQueue);
  door.Unary("um.admin.v1.Queue.RedirectItem", *this, &S::RedirectItem);
  door.Unary("um.admin.v1.Queue.RetryItems", *this, &S::RetryItems);
  door.Unary("um.admin.v1.Queue.ShowItem", *this, &S::ShowItem);
}

void QueueService::Convert(const store::QueueItem& from, v1::QueueItem& to) const {
  to.set_id(store::IdOf(from));
  to.set_organisation(OrganisationOf(from));
  if (const auto* message = std::get_if<store::StoredMessage>(&from)) {
    ConvertCommon(*message, to);
    to.set_kind(std::string(domain::ToString(message->kind)));
    to.set_mailbox(message->call.mailbox_id);
    to.set_address(message->address());
    to.set_queued(Rfc3339(message->stored));
    to.set_trace_id(message->call.trace_id);
    return;
  }
  const auto& notice = std::get<store::StoredNotice>(from);
  ConvertCommon(notice, to);
  to.set_kind(std::string(ToString(notice.notice.kind)));
  to.set_mailbox(notice.mailbox);
  to.set_address(notice.notice.address);
  to.set_queued(Rfc3339(notice.queued));
  // As the organisation has it, which the store knows folded.
  const auto model = registry_.Find(notice.notice.organisation);
  if (!model.ok()) return;
  if (const auto* mailbox = (*model)->Mailbox(notice.mailbox)) {
    to.set_mailbox(mailbox->id());
    if (to.address().empty()) to.set_address(mailbox->email());
  }
}

absl::StatusOr<store::QueueItem> QueueService::Find(const std::string& organisation,
                                                    const std::string& id) const {
  if (!IsUlid(id)) return absl::InvalidArgumentError("an item's id has 26 letters and digits");
  UM_ASSIGN_OR_RETURN(store::QueueItem item, store_.Get(id));
  if (!organisation.empty() && OrganisationOf(item) != organisation) {
    return absl::NotFoundError("the queue has no such item");
  }
  return item;
}

grpc::Status QueueService::ListQueue(const Call&, const v1::ListQueueRequest* request,
                                     v1::ListQueueResponse* response) {
  const uint32_t page =
      request->page_size() == 0 ? kUsualPage : std::min(request->page_size(), kMostPage);
  if (!request->page_token().empty() && !IsUlid(request->page_token())) {
    return grpc::Status(grpc::INVALID_ARGUMENT, "page_token is none of ours");
  }
  const auto items = store_.List({.organisation = request->organisation(),
                                  .failed = request->failed(),
                                  .after = request->page_token(),
                                  .limit = static_cast<int>(page)});
  if (!items.ok()) return ToGrpc(items.status());
  for (const store::QueueItem& item : *items) Convert(item, *response->add_items());
  if (items->size() == page) response->set_next_page_token(store::IdOf(items->back()));
  return grpc::Status::OK;
}

grpc::Status QueueService::ShowItem(const Call&, const v1::ShowItemRequest* request,
                                    v1::QueueItem* response) {
  const auto item = Find(request->organisation(), request->id());
  if (!item.ok()) return ToGrpc(item.status());
  Convert(*item, *response);
  return grpc::Status::OK;
}

grpc::Status QueueService::RetryItems(const Call& call, const v1::RetryItemsRequest* request,
                                      v1::RetryItemsResponse* response) {
  if (request->all_failed() == !request->id().empty()) {
    return grpc::Status(grpc::INVALID_ARGUMENT, "either an id, or all_failed");
  }
  absl::StatusOr<int64_t> retried = 1;
  if (request->all_failed()) {
    retried = store_.RetryFailed(request->organisation(), Now());
  } else {
    const auto item = Find(request->organisation(), request->id());
    if (!item.ok()) return ToGrpc(item.status());
    const absl::Status status = store_.Retry(request->id(), Now());
    if (!status.ok()) return ToGrpc(status);
  }
  if (!retried.ok()) return ToGrpc(retried.status());
  log::Info("queue.retried", {{"actor", call.actor()},
                              {"message", request->id()},
                              {"organisation", request->organisation()},
                              {"items", *retried}});
  response->set_retried(static_cast<uint64_t>(*retried));
  nudge_();
  return grpc::Status::OK;
}

/// In the log and, where the store has the organisation, in the audit: whose mail it was, and where
/// it goes now.
absl::Status QueueService::NoteRedirect(const Call& call, const v1::QueueItem& before,
                                        const std::string& address) {
  log::Info("queue.redirected", {{"actor", call.actor()},
                                 {"message", before.id()},
                                 {"kind", before.kind()},
                                 {"organisation", before.organisation()},
                                 {"mailbox", before.mailbox()},
                                 {"from", before.address()},
                                 {"to", address}});
  const auto model = registry_.Find(before.organisation());
  if (before.organisation().empty() || !model.ok()) return absl::OkStatus();
  const organisation::Entry* mailbox =
      (*model)->Find(organisation::Kind::kMailbox, before.mailbox());
  if (!mailbox) return absl::OkStatus();
  const store::AuditNote note{.action = "redirect",
                              .kind = std::string(ToString(mailbox->kind)),
                              .id = mailbox->id,
                              .name = mailbox->name,
                              .facts = {{"mail", before.kind() + " " + before.id()},
                                        {"from", before.address()},
                                        {"to", address}}};
  return organisations_.Note(before.organisation(), call.actor(), Now(), note).status();
}

absl::Status QueueService::Redirect(const Call& call, const v1::RedirectItemRequest& request,
                                    v1::QueueItem& response) {
  if (!delivery::IsMailAddress(request.address())) {
    return absl::InvalidArgumentError("address: must be a mail address");
  }
  UM_ASSIGN_OR_RETURN(const store::QueueItem before, Find(request.organisation(), request.id()));
  // Whoever gets a message hears it; whoever gets a notice has a PIN, as after a reset.
  const bool is_message = std::holds_alternative<store::StoredMessage>(before);
  UM_RETURN_IF_ERROR(is_message
                         ? call.MayDo(kRecordings, "redirect messages", OrganisationOf(before))
                         : call.MayDo(kMailboxes, "redirect notices", OrganisationOf(before)));
  v1::QueueItem shown;
  Convert(before, shown);
  UM_RETURN_IF_ERROR(store_.Redirect(request.id(), request.address(), call.actor(), Now()));
  nudge_();
  UM_RETURN_IF_ERROR(NoteRedirect(call, shown, request.address()));
  UM_ASSIGN_OR_RETURN(const store::QueueItem after, store_.Get(request.id()));
  Convert(after, response);
  return absl::OkStatus();
}

grpc::Status QueueService::RedirectItem(const Call& call, const v1::RedirectItemRequest* request,
                                        v1::QueueItem* response) {
  return ToGrpc(Redirect(call, *request, *response));
}

}  // namespace um::admin

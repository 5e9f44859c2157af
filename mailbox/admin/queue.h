// um.admin.v1.Queue: conversions and calls.
#pragma once

#include <functional>

#include "mailbox/admin/door.h"
#include "mailbox/admin/registry.h"
#include "mailbox/store/queue_store.h"
#include "um/admin/v1/queue.pb.h"

namespace um::admin {

/// Thread: gRPC's; requests block on the store.
class QueueService final {
 public:
  /// All outlive the service. @param nudge tells delivery that something is due
  QueueService(Registry& registry, store::OrganisationStore& organisations,
               store::QueueStore& store, std::function<void()> nudge)
      : registry_(registry),
        organisations_(organisations),
        store_(store),
        nudge_(std::move(nudge)) {}
  void ServeThrough(Door& door);

  grpc::Status ListQueue(const Call& call, const v1::ListQueueRequest* request,
                         v1::ListQueueResponse* response);
  grpc::Status ShowItem(const Call& call, const v1::ShowItemRequest* request,
                        v1::QueueItem* response);
  grpc::Status RetryItems(const Call& call, const v1::RetryItemsRequest* request,
                          v1::RetryItemsResponse* response);
  grpc::Status RedirectItem(const Call& call, const v1::RedirectItemRequest* request,
                            v1::QueueItem* response);

 private:
  /// An item of the organisation; of any, if that is "". kNotFound: another's too.
  absl::StatusOr<store::QueueItem> Find(const std::string& organisation,
                                        const std::string& id) const;
  void Convert(const store::QueueItem& from, v1::QueueItem& to) const;
  absl::Status Redirect(const Call& call, const v1::RedirectItemRequest& request,
                        v1::QueueItem& response);
  absl::Status NoteRedirect(const Call& call, const v1::QueueItem& before,
                            const std::string& address);

  Registry& registry_;
  store::OrganisationStore& organisations_;
  store::QueueStore& store_;
  const std::function<void()> nudge_;
};

}  // namespace um::admin

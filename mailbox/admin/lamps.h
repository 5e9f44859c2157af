// um.admin.v1.Lamps: which messages are new, and what gateways are told of them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mailbox/admin/door.h"
#include "mailbox/admin/registry.h"
#include "mailbox/domain/route.h"
#include "mailbox/store/lamp_store.h"
#include "mailbox/store/message_store.h"
#include "um/admin/v1/lamps.pb.h"

namespace um::admin {

/// What the service lives on; all of it outlives the service.
struct LampsServed {
  Registry& registry;
  store::MessageStore& messages;
  store::LampStore& lamps;
  std::function<std::shared_ptr<const domain::RoutingCopy>()> routing;
  std::function<void()> nudge;  ///< tells the node that lamps are due
};

/// Thread: gRPC's; requests block on the store.
class LampsService final {
 public:
  explicit LampsService(LampsServed served) : served_(std::move(served)) {}
  void ServeThrough(Door& door);

  grpc::Status MarkMessages(const Call& call, const v1::MarkMessagesRequest* request,
                            v1::MarkMessagesResponse* response);
  grpc::Status RefreshLamps(const Call& call, const v1::RefreshLampsRequest* request,
                            v1::RefreshLampsResponse* response);
  grpc::Status GetLamp(const Call& call, const v1::GetLampRequest* request, v1::Lamp* response);

 private:
  /// @param ids empty: all of the mailbox
  absl::Status Mark(const Call& call, const store::LampKey& mailbox, std::vector<std::string> ids,
                    bool heard, v1::MarkMessagesResponse& response);
  absl::Status MarkThese(const Call& call, const v1::MarkMessagesRequest& request,
                         v1::MarkMessagesResponse& response);
  absl::Status MarkAll(const Call& call, const v1::MarkMessagesRequest& request,
                       v1::MarkMessagesResponse& response);
  absl::Status Refresh(const Call& call, const v1::RefreshLampsRequest& request,
                       v1::RefreshLampsResponse& response);
  absl::Status Get(const v1::GetLampRequest& request, v1::Lamp& response);

  const LampsServed served_;
};

}  // namespace um::admin

// um.admin.v1.Calls: conversions and calls.
#pragma once

#include <functional>
#include <vector>

#include "mailbox/admin/door.h"
#include "mailbox/admin/registry.h"
#include "mailbox/store/call_store.h"
#include "um/admin/v1/calls.pb.h"

namespace um::admin {

/// Thread: gRPC's; requests block on the store.
class CallsService final {
 public:
  using Active = std::function<std::vector<domain::CallFacts>()>;
  /// All outlive the service. @param active the node's calls in progress; any thread
  CallsService(Registry& registry, store::CallStore& store, Active active)
      : registry_(registry), store_(store), active_(std::move(active)) {}

  void ServeThrough(Door& door);

  grpc::Status ListCalls(const Call& call, const v1::ListCallsRequest* request,
                         v1::ListCallsResponse* response);
  grpc::Status GetCall(const Call& call, const v1::GetCallRequest* request, v1::Call* response);
  grpc::Status ListActiveCalls(const Call& call, const v1::ListActiveCallsRequest* request,
                               v1::ListCallsResponse* response);

 private:
  absl::Status List(const v1::ListCallsRequest& request, v1::ListCallsResponse& response) const;

  Registry& registry_;
  store::CallStore& store_;
  const Active active_;
};

}  // namespace um::admin

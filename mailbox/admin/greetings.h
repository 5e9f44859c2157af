// um.admin.v1.Greetings: what users have recorded for their callers.
#pragma once

#include <mutex>
#include <string>

#include "mailbox/admin/door.h"
#include "mailbox/admin/registry.h"
#include "mailbox/store/greeting_store.h"
#include "um/admin/v1/greetings.pb.h"

namespace um::admin {

/// Thread: gRPC's; requests block on the store, and on decoding.
class GreetingsService final {
 public:
  /// Both outlive the service.
  GreetingsService(Registry& registry, store::GreetingStore& store)
      : registry_(registry), store_(store) {}
  void ServeThrough(Door& door);

  grpc::Status GetGreetings(const Call& call, const v1::GetGreetingsRequest* request,
                            v1::OwnGreetings* response);
  grpc::Status FetchGreeting(const Call& call, const v1::FetchGreetingRequest* request,
                             v1::FetchGreetingResponse* response);
  grpc::Status SetGreeting(const Call& call, const v1::SetGreetingRequest* request,
                           v1::OwnGreetings* response);
  grpc::Status RemoveGreeting(const Call& call, const v1::RemoveGreetingRequest* request,
                              v1::OwnGreetings* response);
  grpc::Status SetAway(const Call& call, const v1::SetAwayRequest* request,
                       v1::OwnGreetings* response);

 private:
  /// A mailbox in the organisation it is in.
  struct Found {
    organisation::ModelPtr model;
    const organisation::Entry* entry = nullptr;
    domain::Milliseconds longest{};  ///< of a greeting
  };
  absl::StatusOr<Found> Find(const std::string& organisation, const std::string& mailbox) const;
  absl::Status Tell(const Found& found, v1::OwnGreetings& response);
  absl::StatusOr<std::string> Fetch(const v1::FetchGreetingRequest& request);
  absl::Status Set(const Call& call, const Found& found, const v1::SetGreetingRequest& request);
  absl::Status Remove(const Call& call, const Found& found,
                      const v1::RemoveGreetingRequest& request);
  absl::Status Switch(const Call& call, const Found& found, const v1::SetAwayRequest& request);
  /// The recording of a kind. kNotFound.
  absl::StatusOr<store::Recorded> RecordingOf(const Found& found, domain::GreetingKind kind);

  Registry& registry_;
  store::GreetingStore& store_;
  std::mutex importing_;  // one at a time: a long recording takes memory while it is shaped
};

}  // namespace um::admin

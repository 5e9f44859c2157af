// um.admin.v1.Contacts: by what names users know their callers.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "mailbox/admin/door.h"
#include "mailbox/admin/registry.h"
#include "mailbox/domain/route.h"
#include "mailbox/store/contact_store.h"
#include "um/admin/v1/contacts.pb.h"

namespace um::admin {

/// Thread: gRPC's; requests block on the store.
class ContactsService final {
 public:
  using Routing = std::function<std::shared_ptr<const domain::RoutingCopy>()>;
  /// Both outlive the service.
  ContactsService(Registry& registry, store::ContactStore& store, Routing routing)
      : registry_(registry), store_(store), routing_(std::move(routing)) {}
  void ServeThrough(Door& door);

  grpc::Status ImportContacts(const Call& call, const v1::ImportContactsRequest* request,
                              v1::ImportContactsResponse* response);
  grpc::Status ListContacts(const Call& call, const v1::ListContactsRequest* request,
                            v1::ListContactsResponse* response);
  grpc::Status ClearContacts(const Call& call, const v1::ClearContactsRequest* request,
                             v1::ClearContactsResponse* response);
  grpc::Status TestContact(const Call& call, const v1::TestContactRequest* request,
                           v1::TestContactResponse* response);

 private:
  /// A mailbox in the organisation it is in.
  struct Found {
    organisation::ModelPtr model;
    const organisation::Entry* entry = nullptr;
    const std::string& id() const { return entry->object.mailbox().id(); }
  };
  absl::StatusOr<Found> Find(const std::string& organisation, const std::string& mailbox) const;
  absl::Status Import(const Call& call, const v1::ImportContactsRequest& request,
                      v1::ImportContactsResponse& response);
  absl::Status List(const v1::ListContactsRequest& request, v1::ListContactsResponse& response);
  absl::Status Clear(const Call& call, const v1::ClearContactsRequest& request,
                     v1::ClearContactsResponse& response);
  absl::Status Test(const v1::TestContactRequest& request, v1::TestContactResponse& response);
  /// As calls have it.
  absl::StatusOr<domain::DialPlan> PlanOf(const Found& found) const;

  Registry& registry_;
  store::ContactStore& store_;
  const Routing routing_;
  std::mutex importing_;  // one at a time: a large file takes memory while it is read
};

}  // namespace um::admin

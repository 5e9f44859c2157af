// um.admin.v1.Organisations: conversions and calls; the rules are mailbox/organisation's.
#pragma once

#include "mailbox/admin/door.h"
#include "mailbox/admin/registry.h"
#include "mailbox/store/organisation_store.h"
#include "um/admin/v1/organisations.pb.h"

namespace um::admin {

/// What a change did, or why it was refused.
grpc::Status Answer(const absl::StatusOr<Registry::Result>& result, bool dry_run,
                    v1::ChangeResponse* response);

/// kInvalidArgument: no address.
absl::StatusOr<Welcome> WelcomeOf(const v1::Welcome& welcome);

/// Thread: gRPC's; requests block on the store.
class OrganisationsService final {
 public:
  /// Both outlive the service.
  OrganisationsService(Registry& registry, store::OrganisationStore& store)
      : registry_(registry), store_(store) {}
  void ServeThrough(Door& door);

  grpc::Status ListOrganisations(const Call& call, const v1::ListOrganisationsRequest* request,
                                 v1::ListOrganisationsResponse* response);
  grpc::Status Get(const Call& call, const v1::GetRequest* request, v1::Entry* response);
  grpc::Status List(const Call& call, const v1::ListRequest* request, v1::ListResponse* response);
  grpc::Status Change(const Call& call, const v1::ChangeRequest* request,
                      v1::ChangeResponse* response);
  grpc::Status Apply(const Call& call, const v1::ApplyRequest* request,
                     v1::ChangeResponse* response);
  grpc::Status Export(const Call& call, const v1::ExportRequest* request,
                      organisation::v1::Organisation* response);
  grpc::Status Watch(const Call& call, const v1::WatchRequest* request,
                     const Sender<v1::AuditEntry>& send);
  grpc::Status ListAudit(const Call& call, const v1::ListAuditRequest* request,
                         v1::ListAuditResponse* response);
  grpc::Status ExplainFeatures(const Call& call, const v1::ExplainFeaturesRequest* request,
                               v1::ExplainFeaturesResponse* response);
  grpc::Status TestNumber(const Call& call, const v1::TestNumberRequest* request,
                          v1::TestNumberResponse* response);

 private:
  Registry& registry_;
  store::OrganisationStore& store_;
};

}  // namespace um::admin

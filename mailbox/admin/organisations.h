// um.admin.v1.Organisations: conversions and calls; the rules are mailbox/organisation's.
#pragma once

#include <grpcpp/grpcpp.h>

#include "mailbox/admin/registry.h"
#include "mailbox/store/organisation_store.h"
#include "um/admin/v1/organisations.grpc.pb.h"

namespace um::admin {

/// Whoever may open the local socket is root or the service itself.
inline constexpr const char* kLocal = "root (local)";

/// What a change did, or why it was refused.
grpc::Status Answer(const absl::StatusOr<Registry::Result>& result, bool dry_run,
                    v1::ChangeResponse* response);

/// Thread: gRPC's; requests block on the store.
class OrganisationsService final : public v1::Organisations::Service {
 public:
  /// Both outlive the service.
  OrganisationsService(Registry& registry, store::OrganisationStore& store)
      : registry_(registry), store_(store) {}

  grpc::Status ListOrganisations(grpc::ServerContext* context,
                                 const v1::ListOrganisationsRequest* request,
                                 v1::ListOrganisationsResponse* response) override;
  grpc::Status Get(grpc::ServerContext* context, const v1::GetRequest* request,
                   v1::Entry* response) override;
  grpc::Status List(grpc::ServerContext* context, const v1::ListRequest* request,
                    v1::ListResponse* response) override;
  grpc::Status Change(grpc::ServerContext* context, const v1::ChangeRequest* request,
                      v1::ChangeResponse* response) override;
  grpc::Status Apply(grpc::ServerContext* context, const v1::ApplyRequest* request,
                     v1::ChangeResponse* response) override;
  grpc::Status Export(grpc::ServerContext* context, const v1::ExportRequest* request,
                      organisation::v1::Organisation* response) override;
  grpc::Status Watch(grpc::ServerContext* context, const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::AuditEntry>* writer) override;
  grpc::Status ListAudit(grpc::ServerContext* context, const v1::ListAuditRequest* request,
                         v1::ListAuditResponse* response) override;
  grpc::Status ExplainFeatures(grpc::ServerContext* context,
                               const v1::ExplainFeaturesRequest* request,
                               v1::ExplainFeaturesResponse* response) override;
  grpc::Status TestNumber(grpc::ServerContext* context, const v1::TestNumberRequest* request,
                          v1::TestNumberResponse* response) override;

 private:
  Registry& registry_;
  store::OrganisationStore& store_;
};

}  // namespace um::admin

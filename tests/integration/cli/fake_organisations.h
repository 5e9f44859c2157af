// um.admin.v1.Organisations in this process and in memory, on a socket of its own: the real rules,
// no store. And umctl, the real program, against it.
#pragma once

#include <grpcpp/server.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mailbox/organisation/change.h"
#include "tests/support/dovecot.h"
#include "um/admin/v1/organisations.grpc.pb.h"

namespace um::tests {

class FakeOrganisations final : public admin::v1::Organisations::Service {
 public:
  grpc::Status ListOrganisations(grpc::ServerContext*, const admin::v1::ListOrganisationsRequest*,
                                 admin::v1::ListOrganisationsResponse* response) override;
  grpc::Status Get(grpc::ServerContext*, const admin::v1::GetRequest* request,
                   admin::v1::Entry* response) override;
  grpc::Status List(grpc::ServerContext*, const admin::v1::ListRequest* request,
                    admin::v1::ListResponse* response) override;
  grpc::Status Change(grpc::ServerContext*, const admin::v1::ChangeRequest* request,
                      admin::v1::ChangeResponse* response) override;
  grpc::Status Apply(grpc::ServerContext*, const admin::v1::ApplyRequest* request,
                     admin::v1::ChangeResponse* response) override;
  grpc::Status Export(grpc::ServerContext*, const admin::v1::ExportRequest* request,
                      organisation::v1::Organisation* response) override;
  grpc::Status ListAudit(grpc::ServerContext*, const admin::v1::ListAuditRequest* request,
                         admin::v1::ListAuditResponse* response) override;
  grpc::Status ExplainFeatures(grpc::ServerContext*,
                               const admin::v1::ExplainFeaturesRequest* request,
                               admin::v1::ExplainFeaturesResponse* response) override;
  grpc::Status TestNumber(grpc::ServerContext*, const admin::v1::TestNumberRequest* request,
                          admin::v1::TestNumberResponse* response) override;

  std::vector<admin::v1::ChangeRequest> requests;  ///< of Change, that were no dry run
  admin::v1::ListAuditRequest audit_request;
  admin::v1::TestNumberRequest number_request;

 private:
  grpc::Status Carry(const organisation::Operations& operations,
                     const std::vector<std::string>* paths, bool dry_run,
                     admin::v1::ChangeResponse* response);
  const organisation::Entry* Find(const std::string& kind, const std::string& name) const;

  std::mutex mutex_;
  organisation::ModelPtr model_;
  std::vector<admin::v1::AuditEntry> audit_;
};

/// The fake on a socket in a directory of its own.
struct OrganisationBench {
  std::string directory;
  FakeOrganisations node;
  std::unique_ptr<grpc::Server> server;

  OrganisationBench();
  ~OrganisationBench();
  std::string File(const std::string& name) const { return directory + "/" + name; }
  std::string Write(const std::string& name, const std::string& content) const;
  std::string Read(const std::string& name) const;
  Ran Umctl(const std::string& arguments) const;
  /// The same where nothing may go wrong.
  std::string Done(const std::string& arguments) const;
  /// "First steps" of umctl --help.
  void TakeFirstSteps() const;
};

bool Has(const std::string& output, const std::string& text);

}  // namespace um::tests

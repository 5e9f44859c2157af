// um.admin.v1.Pins: conversions and calls; what happens to PINs is mailbox/pins'.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>

#include "mailbox/admin/registry.h"
#include "mailbox/pins/keeper.h"
#include "um/admin/v1/pins.grpc.pb.h"

namespace um::admin {

/// Takes the order to make a mailbox' next PIN and mail it, durably. `address` "": the mailbox'
/// own.
using MailNewPin =
    std::function<absl::Status(const std::string& organisation, const organisation::Entry& mailbox,
                               const std::string& address)>;

/// Thread: gRPC's; requests block on the store, and on hashing.
class PinsService final : public v1::Pins::Service {
 public:
  /// Registry and keeper outlive the service. @param mail null: this node cannot mail PINs
  PinsService(Registry& registry, pins::PinKeeper& keeper, MailNewPin mail)
      : registry_(registry), keeper_(keeper), mail_(std::move(mail)) {}

  grpc::Status GetPin(grpc::ServerContext* context, const v1::GetPinRequest* request,
                      v1::PinState* response) override;
  grpc::Status ResetPin(grpc::ServerContext* context, const v1::ResetPinRequest* request,
                        v1::ResetPinResponse* response) override;
  grpc::Status LockPin(grpc::ServerContext* context, const v1::LockPinRequest* request,
                       v1::PinState* response) override;

 private:
  /// A mailbox in the organisation it is in.
  struct Found {
    organisation::ModelPtr model;
    const organisation::Entry* entry;
    const std::string& organisation() const { return model->id(); }
    const std::string& id() const { return entry->object.mailbox().id(); }
  };
  absl::StatusOr<Found> Find(const std::string& organisation, const std::string& mailbox) const;
  grpc::Status Tell(const Found& found, v1::PinState& response);
  grpc::Status Give(const Found& found, const v1::GivenPin& given, bool dry_run);
  absl::Status Mail(const Found& found, const std::string& address, bool dry_run);

  Registry& registry_;
  pins::PinKeeper& keeper_;
  const MailNewPin mail_;
};

}  // namespace um::admin

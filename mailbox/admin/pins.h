// um.admin.v1.Pins: conversions and calls; what happens to PINs is mailbox/pins'.
#pragma once

#include <functional>
#include <string>

#include "mailbox/admin/door.h"
#include "mailbox/admin/registry.h"
#include "mailbox/pins/keeper.h"
#include "um/admin/v1/pins.pb.h"

namespace um::admin {

/// Takes the order to make a mailbox' next PIN and mail it, durably. `address` "": the mailbox'
/// own.
using MailNewPin =
    std::function<absl::Status(const std::string& organisation, const organisation::Entry& mailbox,
                               const std::string& address)>;

/// Thread: gRPC's; requests block on the store, and on hashing.
class PinsService final {
 public:
  /// Registry and keeper outlive the service. @param mail null: this node cannot mail PINs
  PinsService(Registry& registry, pins::PinKeeper& keeper, MailNewPin mail)
      : registry_(registry), keeper_(keeper), mail_(std::move(mail)) {}
  void ServeThrough(Door& door);

  grpc::Status GetPin(const Call& call, const v1::GetPinRequest* request, v1::PinState* response);
  grpc::Status ResetPin(const Call& call, const v1::ResetPinRequest* request,
                        v1::ResetPinResponse* response);
  grpc::Status LockPin(const Call& call, const v1::LockPinRequest* request, v1::PinState* response);

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
  grpc::Status Give(const Call& call, const Found& found, const v1::GivenPin& given, bool dry_run);
  absl::Status Mail(const Call& call, const Found& found, const std::string& address, bool dry_run);

  Registry& registry_;
  pins::PinKeeper& keeper_;
  const MailNewPin mail_;
};

}  // namespace um::admin

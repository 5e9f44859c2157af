#include "mailbox/admin/pins.h"

#include "common/base/status.h"
#include "mailbox/admin/convert.h"
#include "mailbox/admin/find.h"
#include "mailbox/admin/organisations.h"
#include "mailbox/organisation/checks.h"
#include "um/admin/v1/organisations.pb.h"

namespace um::admin {
namespace {

/// Problems go with the status as its details, as those of other changes do.
grpc::Status Refused(const std::string& path, const std::vector<std::string>& texts) {
  v1::ChangeResponse details;
  for (const std::string& text : texts) {
    v1::Problem& problem = *details.add_problems();
    problem.set_path(path);
    problem.set_text(text);
  }
  return grpc::Status(grpc::INVALID_ARGUMENT, path + ": " + texts.front(),
                      details.SerializeAsString());
}

}  // namespace

void PinsService::ServeThrough(Door& door) {
  using S = PinsService;
  door.Unary("um.admin.v1.Pins.GetPin", *this, &S::GetPin);
  door.Unary("um.admin.v1.Pins.LockPin", *this, &S::LockPin);
  door.Unary("um.admin.v1.Pins.ResetPin", *this, &S::ResetPin);
}

absl::StatusOr<PinsService::Found> PinsService::Find(const std::string& organisation,
                                                     const std::string& mailbox) const {
  Found found;
  UM_ASSIGN_OR_RETURN(found.model, registry_.Find(organisation));
  UM_ASSIGN_OR_RETURN(found.entry, FindObject(*found.model, organisation::Kind::kMailbox, mailbox));
  return found;
}

grpc::Status PinsService::Tell(const Found& found, v1::PinState& response) {
  const absl::StatusOr<pins::PinStatus> status = keeper_.Status(found.organisation(), found.id());
  if (!status.ok()) return ToGrpc(status.status());
  response.set_mailbox(found.id());
  response.set_exists(status->exists);
  response.set_first_time_user(status->state.first_time_user);
  response.set_locked(status->state.locked_out);
  response.set_failures(static_cast<uint32_t>(status->state.consecutive_failures));
  if (!status->exists) return grpc::Status::OK;
  response.set_changed(Rfc3339(status->state.changed));
  if (status->expires) response.set_expires(Rfc3339(*status->expires));
  response.set_must_change(status->must_change != domain::PinChange::kNotNeeded);
  return grpc::Status::OK;
}

grpc::Status PinsService::GetPin(const Call&, const v1::GetPinRequest* request,
                                 v1::PinState* response) {
  const absl::StatusOr<Found> found = Find(request->organisation(), request->mailbox());
  if (!found.ok()) return ToGrpc(found.status());
  return Tell(*found, *response);
}

grpc::Status PinsService::LockPin(const Call& call, const v1::LockPinRequest* request,
                                  v1::PinState* response) {
  const absl::StatusOr<Found> found = Find(request->organisation(), request->mailbox());
  if (!found.ok()) return ToGrpc(found.status());
  if (!request->dry_run()) {
    const absl::Status status =
        keeper_.Lock(found->organisation(), found->id(), request->locked(), call.actor());
    if (!status.ok()) return ToGrpc(status);
  }
  return Tell(*found, *response);
}

grpc::Status PinsService::ResetPin(const Call& call, const v1::ResetPinRequest* request,
                                   v1::ResetPinResponse* response) {
  const absl::StatusOr<Found> found = Find(request->organisation(), request->mailbox());
  if (!found.ok()) return ToGrpc(found.status());
  grpc::Status status;
  switch (request->way_case()) {
    case v1::ResetPinRequest::kGiven:
      status = Give(call, *found, request->given(), request->dry_run());
      break;
    case v1::ResetPinRequest::kMailed: {
      const std::string& address = request->mailed().address();
      const auto wrong = organisation::CheckForm(config::v1::FORM_EMAIL, address);
      if (!address.empty() && wrong) return Refused("mailed.address", {"the address " + *wrong});
      status = ToGrpc(Mail(call, *found, address, request->dry_run()));
      break;
    }
    case v1::ResetPinRequest::kShown: {
      if (request->dry_run()) break;
      const auto pin = keeper_.Reset(found->organisation(), found->id(), call.actor());
      if (pin.ok()) response->set_pin(*pin);
      status = ToGrpc(pin.status());
      break;
    }
    case v1::ResetPinRequest::WAY_NOT_SET:
      return grpc::Status(grpc::INVALID_ARGUMENT, "say who learns the PIN: given, mailed or shown");
  }
  return status.ok() ? Tell(*found, *response->mutable_state()) : status;
}

grpc::Status PinsService::Give(const Call& call, const Found& found, const v1::GivenPin& given,
                               bool dry_run) {
  const auto wrong = keeper_.Set(found.organisation(), found.id(), given.digits(),
                                 given.must_change(), call.actor(), dry_run);
  if (!wrong.ok()) return ToGrpc(wrong.status());
  return wrong->empty() ? grpc::Status::OK : Refused("given.digits", *wrong);
}

/// First void, then ordered: the mail may go out at once, and its PIN must stay.
absl::Status PinsService::Mail(const Call& call, const Found& found, const std::string& address,
                               bool dry_run) {
  if (!mail_) {
    return absl::FailedPreconditionError("this node cannot mail a PIN: have it shown, or give one");
  }
  if (dry_run) return absl::OkStatus();
  const std::string& to = address.empty() ? found.entry->object.mailbox().email() : address;
  UM_RETURN_IF_ERROR(keeper_.Void(found.organisation(), found.id(), to, call.actor()));
  const absl::Status mailed = mail_(found.organisation(), *found.entry, address);
  if (mailed.ok()) return mailed;
  return {mailed.code(),
          "the old PIN is void, but the new one cannot be mailed: try again: " + Message(mailed)};
}

}  // namespace um::admin

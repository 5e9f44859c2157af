#include "mailbox/admin/door.h"

#include "mailbox/admin/convert.h"

namespace um::admin {

/// As generated services do it, but the method is told to gRPC as a stream: gRPC then runs it as
/// soon as the call's head is there, and we read the request when we know the caller.
void Door::Add(const std::string& method, grpc::internal::MethodHandler* handler) {
  std::string path = "/" + method;
  path[path.rfind('.')] = '/';
  paths_.push_back(std::move(path));
  AddMethod(new grpc::internal::RpcServiceMethod(
      paths_.back().c_str(), grpc::internal::RpcMethod::BIDI_STREAMING, handler));
}

absl::Status Door::Check(const Caller& caller, const Rule* rule, const Read& read) const {
  if (!rule) return absl::PermissionDeniedError("no rule says who may call this method");
  if (absl::Status status = MayCall(caller.name, caller.rights, *rule); !status.ok()) return status;
  google::protobuf::Message* request = read();
  if (!request) return absl::InvalidArgumentError("the request cannot be read");
  return MayRequest(caller.name, caller.rights, *rule, *request);
}

grpc::Status Door::Admit(grpc::ServerContext& context, const char* method, const Rule* rule,
                         const Read& read, const Serve& serve) {
  // UNAVAILABLE with this comes from us (the store is away), without it from gRPC (we are).
  context.AddTrailingMetadata("um-answered", "1");
  const absl::StatusOr<Caller> caller = authority_.Authenticate(context);
  if (!caller.ok()) {
    authority_.OnRefused(context, {}, method, caller.status());
    return ToGrpc(caller.status());
  }
  {
    const std::lock_guard lock(mutex_);
    int& count = under_way_[caller->name];
    if (count >= calls_each_) {
      return {grpc::RESOURCE_EXHAUSTED, "too many of your calls are under way"};
    }
    ++count;
  }
  grpc::Status status;
  if (absl::Status checked = Check(*caller, rule, read); !checked.ok()) {
    authority_.OnRefused(context, *caller, method, checked);
    status = ToGrpc(checked);
  } else {
    status = serve(Call(context, authority_, *caller));
    if (status.error_code() == grpc::PERMISSION_DENIED) {
      authority_.OnRefused(context, *caller, method,
                           absl::PermissionDeniedError(status.error_message()));
    }
  }
  const std::lock_guard lock(mutex_);
  if (--under_way_[caller->name] == 0) under_way_.erase(caller->name);
  return status;
}

}  // namespace um::admin

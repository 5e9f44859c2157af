// The door of um.admin.v1: every call passes it, and who makes it and what they ask for are looked
// at here, before any service sees it. Services are plain classes, so that there is no other way
// in.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/method_handler.h>
#include <grpcpp/support/sync_stream.h>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "mailbox/admin/access.h"

namespace um::admin {

struct Caller {
  std::string name;  ///< for the audit: "root (local)", "token helpdesk", "certificate ann"
  Rights rights;
  std::string token_hash;  ///< of the token that was shown; "": none
};

/// Knows callers.   Thread: any.
class Authority {
 public:
  virtual ~Authority() = default;
  /// kUnauthenticated: it is nobody we know.
  virtual absl::StatusOr<Caller> Authenticate(const grpc::ServerContext& context) = 0;
  /// False once what the caller has shown is worth nothing any more.
  virtual bool IsStillValid(const Caller& caller) = 0;
  /// A caller was turned away.
  virtual void OnRefused(const grpc::ServerContext& context, const Caller& caller,
                         std::string_view method, const absl::Status& why) = 0;
};

/// One call, as the services see it.
class Call {
 public:
  Call(const grpc::ServerContext& context, Authority& authority, const Caller& caller)
      : context_(context), authority_(authority), caller_(caller) {}
  /// Who it is, for the audit.
  const std::string& actor() const { return caller_.name; }
  bool Sees(const std::string& organisation) const { return caller_.rights.In(organisation) != 0; }
  /// For what shows only when the request is carried out; what does before is for the rules.
  absl::Status MayDo(Permissions any, const std::string& to,
                     const std::string& organisation) const {
    return admin::MayDo(caller_.name, caller_.rights, any, to, organisation);
  }
  /// The caller has gone, or may no longer be here: for what lasts.
  bool IsOver() const { return context_.IsCancelled() || !authority_.IsStillValid(caller_); }

 private:
  const grpc::ServerContext& context_;
  Authority& authority_;
  const Caller& caller_;
};

/// Sends one part of a streamed answer. False: nobody reads any more.
template <class Response>
using Sender = std::function<bool(const Response&)>;

/// Thread: gRPC's. It outlives the server it is registered with, and the authority and the services
/// outlive it.
class Door final : public grpc::Service {
 public:
  /// @param calls_each that one caller may have under way; each takes a thread
  Door(Authority& authority, int calls_each) : authority_(authority), calls_each_(calls_each) {}

  /// Serves a method, "um.admin.v1.Messages.GetStatus", by a function of a service.
  template <class S, class Request, class Response>
  void Unary(const char* method, S& service,
             grpc::Status (S::*serve)(const Call&, const Request*, Response*)) {
    const Rule* rule = RuleFor(method);
    const auto handle = [this, method, rule, &service, serve](
                            grpc::ServerContext* context,
                            grpc::ServerUnaryStreamer<Request, Response>* stream) {
      Request request;
      const auto read = [&] { return stream->Read(&request) ? &request : nullptr; };
      return Admit(*context, method, rule, read, [&](const Call& call) {
        Response response;
        const grpc::Status status = (service.*serve)(call, &request, &response);
        if (status.ok()) stream->Write(response);
        return status;
      });
    };
    Add(method, new grpc::internal::StreamedUnaryHandler<Request, Response>(handle));
  }

  /// The same for a method whose answer is a stream.
  template <class S, class Request, class Response>
  void Stream(const char* method, S& service,
              grpc::Status (S::*serve)(const Call&, const Request*, const Sender<Response>&)) {
    const Rule* rule = RuleFor(method);
    const auto handle = [this, method, rule, &service, serve](
                            grpc::ServerContext* context,
                            grpc::ServerSplitStreamer<Request, Response>* stream) {
      Request request;
      const auto read = [&] { return stream->Read(&request) ? &request : nullptr; };
      return Admit(*context, method, rule, read, [&](const Call& call) {
        return (service.*serve)(call, &request,
                                [&](const Response& part) { return stream->Write(part); });
      });
    };
    Add(method, new grpc::internal::SplitServerStreamingHandler<Request, Response>(handle));
  }

 private:
  using Read = std::function<google::protobuf::Message*()>;
  using Serve = std::function<grpc::Status(const Call&)>;

  void Add(const std::string& method, grpc::internal::MethodHandler* handler);
  grpc::Status Admit(grpc::ServerContext& context, const char* method, const Rule* rule,
                     const Read& read, const Serve& serve);
  absl::Status Check(const Caller& caller, const Rule* rule, const Read& read) const;

  Authority& authority_;
  const int calls_each_;
  std::deque<std::string> paths_;  // gRPC keeps pointers to them
  std::mutex mutex_;
  std::map<std::string, int> under_way_;  // guarded: calls by caller
};

}  // namespace um::admin

#include "mailbox/cli/client.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "mailbox/cli/format.h"
#include "um/admin/v1/messages.grpc.pb.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

/// An hour of G.711 is 29 MB.
constexpr int kMostReceived = 64 << 20;

template <class Request, class Response>
Response Call(const std::string& socket,
              grpc::Status (v1::Messages::Stub::*method)(grpc::ClientContext*, const Request&,
                                                         Response*),
              const Request& request) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMostReceived);
  const auto stub = v1::Messages::NewStub(
      grpc::CreateCustomChannel("unix:" + socket, grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  Response response;
  const grpc::Status status = (stub.get()->*method)(&context, request, &response);
  if (status.ok()) return response;
  if (status.error_code() == grpc::UNAVAILABLE) {
    Die(fmt::format(
        "um-mailbox does not answer at {}: is it running, and may you open that socket?", socket));
  }
  Die(Printable(status.error_message()));
}

}  // namespace

void Die(const std::string& text, int code) {
  fprintf(stderr, "umctl: %s\n", text.c_str());
  exit(code);
}

v1::ListMessagesResponse Client::List(const std::string& extension, uint32_t limit) const {
  v1::ListMessagesRequest request;
  request.set_extension(extension);
  request.set_limit(limit);
  return Call(socket, &v1::Messages::Stub::ListMessages, request);
}

v1::FetchMessageResponse Client::Fetch(const std::string& id, v1::Format format) const {
  v1::FetchMessageRequest request;
  request.set_id(id);
  request.set_format(format);
  return Call(socket, &v1::Messages::Stub::FetchMessage, request);
}

v1::GetStatusResponse Client::GetStatus() const {
  return Call(socket, &v1::Messages::Stub::GetStatus, v1::GetStatusRequest());
}

}  // namespace um::cli

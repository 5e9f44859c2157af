// A node that administrators reach over the network, with two organisations.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>

#include "mailbox/admin/service.h"
#include "mailbox/pins/hasher.h"
#include "mailbox/pins/keeper.h"
#include "mailbox/store/stores.h"
#include "tests/integration/store/temp_dir.h"
#include "tests/support/certificates.h"
#include "um/admin/v1/keeping.grpc.pb.h"
#include "um/admin/v1/messages.grpc.pb.h"
#include "um/admin/v1/organisations.grpc.pb.h"
#include "um/admin/v1/pins.grpc.pb.h"
#include "um/admin/v1/queue.grpc.pb.h"

namespace um::tests {

inline constexpr char kMessageOfOne[] = "01KEZF7C00Z0G76XXPQJPKWS3W";
inline constexpr char kMessageOfTwo[] = "01KEZF7C01Z0G76XXPQJPKWS3W";

/// Who calls.
struct Identity {
  std::string token;
  CertificateFiles certificate;
};

/// A caller's stubs, of one connection.
struct Stubs {
  Stubs(const std::shared_ptr<grpc::Channel>& to, std::string shown)
      : organisations(admin::v1::Organisations::NewStub(to)),
        messages(admin::v1::Messages::NewStub(to)),
        keeping(admin::v1::Keeping::NewStub(to)),
        pins(admin::v1::Pins::NewStub(to)),
        queue(admin::v1::Queue::NewStub(to)),
        channel(to),
        token(std::move(shown)) {}
  std::unique_ptr<admin::v1::Organisations::Stub> organisations;
  std::unique_ptr<admin::v1::Messages::Stub> messages;
  std::unique_ptr<admin::v1::Keeping::Stub> keeping;
  std::unique_ptr<admin::v1::Pins::Stub> pins;
  std::unique_ptr<admin::v1::Queue::Stub> queue;
  std::shared_ptr<grpc::Channel> channel;
  std::string token;

  /// Calls a method. @param status of the call
  template <class S, class Request, class Response>
  Response Call(const std::unique_ptr<S>& stub,
                grpc::Status (S::*method)(grpc::ClientContext*, const Request&, Response*),
                const Request& request, grpc::Status& status) const {
    grpc::ClientContext context;
    Begin(context);
    Response response;
    status = (stub.get()->*method)(&context, request, &response);
    return response;
  }
  /// The same; the status only.
  template <class S, class Request, class Response>
  grpc::Status Try(const std::unique_ptr<S>& stub,
                   grpc::Status (S::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request) const {
    grpc::Status status;
    Call(stub, method, request, status);
    return status;
  }
  /// The same for a method by name, "um.admin.v1.Pins.GetPin", and its request as it is.
  grpc::Status Try(const std::string& method, const google::protobuf::Message& request) const;
  void Begin(grpc::ClientContext& context) const;
};

/// Organisations "one" and "two", each with a dial plan Main, a mailbox "ann" (of "two": "tom") of
/// extension 1001, one undeliverable message, and one welcome mail that waits. Tokens: one for each
/// role in organisation "one", named like the role in lower case, "both", which is
/// organization_management and discovery_management there, and "all", which is
/// organization_management everywhere. Served is all that a node serves, but LDAP.
class NetworkBench {
 public:
  /// @param change the configuration before the node starts
  explicit NetworkBench(const std::function<void(admin::NetworkOptions&)>& change = {});
  ~NetworkBench();

  std::string File(const std::string& name) const { return directory.path() + "/" + name; }
  std::string socket() const { return File("admin.sock"); }
  std::string address() const { return server->endpoints().at(0).ToString(); }
  /// By TLS, trusting `ca`. Each has a connection of its own.
  Stubs As(const Identity& identity) const;
  Stubs As(const Identity& identity, const std::string& ca_file) const;
  Stubs AsToken(const std::string& name) const { return As({tokens.at(name), {}}); }
  Stubs AsRoot() const;

  /// Writes the tokens file, as whoever edits it does. Lines for all but the left out.
  void WriteTokens(const std::string& without = "", const std::string& more = "") const;

  TempDir directory;
  CertificateAuthority ca{directory.path(), "ca"};
  std::map<std::string, std::string> tokens;  // by name
  store::Stores stores;
  std::unique_ptr<admin::Registry> registry;
  pins::Hasher hasher{{.cost = {.memory_kib = 64, .passes = 1}}};
  std::unique_ptr<pins::PinKeeper> keeper;
  std::unique_ptr<admin::Node> node;
  std::unique_ptr<admin::AdminServer> server;

 private:
  void MakeOrganisation(const std::string& id, const std::string& mailbox,
                        const std::string& message) const;
};

}  // namespace um::tests

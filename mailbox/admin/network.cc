#include "mailbox/admin/network.h"

#include <absl/strings/str_replace.h>
#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "common/base/status.h"
#include "common/log/log.h"
#include "common/rpc/channel.h"
#include "mailbox/admin/failures.h"
#include "mailbox/admin/grants.h"
#include "mailbox/admin/tokens.h"

namespace um::admin {
namespace {

using config::v1::Administration;
using config::v1::AdministrationListener;
using grpc::experimental::ExternalConnectionAcceptor;

constexpr int kThreads = 32;   // each call under way takes one
constexpr int kCallsEach = 8;  // of one caller: a few that only watch leave room for others
constexpr size_t kMemory = size_t{256} << 20;
constexpr int kMessageBytes = 64 << 20;  // as on the local socket; only from callers we know
constexpr int kStreams = 16;             // of one connection
constexpr int kIdle = 300'000;           // [ms]
constexpr int kAge = 3'600'000;       // [ms] a certificate is asked for again, by connecting again
constexpr int kGrace = 60'000;        // [ms] for the calls of an aged connection
constexpr int kPingEvery = 60'000;    // [ms]
constexpr int kPingTimeout = 10'000;  // [ms]
constexpr unsigned kLookEvery = 1;    // [s] for new certificate files
constexpr std::string_view kBearer = "Bearer ";

/// gRPC's "ipv4:192.0.2.1:4711", "ipv6:%5B2001:db8::1%5D:4711".
net::Endpoint PeerOf(const grpc::ServerContext& context) {
  const std::string text = absl::StrReplaceAll(context.peer(), {{"%5B", "["}, {"%5D", "]"}});
  const size_t colon = text.find(':');
  return net::Endpoint::Parse(std::string_view(text).substr(colon + 1)).value_or(net::Endpoint());
}

async::Time Now() {
  return std::chrono::time_point_cast<async::Duration>(std::chrono::steady_clock::now());
}

std::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

class NetworkAuthority final : public Authority {
 public:
  NetworkAuthority(const Administration& administration, Acceptor& acceptor)
      : acceptor_(acceptor),
        grants_(GrantsOf(administration)),
        tokens_(administration.tokens_file()) {}

  absl::StatusOr<Caller> Authenticate(const grpc::ServerContext& context) override {
    const net::Endpoint peer = PeerOf(context);
    acceptor_.OnCall(peer);
    if (failures_.IsBlocked(peer.ip, Now())) {
      return absl::ResourceExhaustedError(
          "too many failed attempts from your address: wait a minute");
    }
    const auto [first, last] = context.client_metadata().equal_range("authorization");
    if (first == last) return ByCertificate(*context.auth_context());
    if (std::next(first) != last) return absl::UnauthenticatedError("show one token");
    return ByToken(View(first->second));
  }

  bool IsStillValid(const Caller& caller) override {
    return caller.token_hash.empty() || tokens_.NameOf(caller.token_hash).ok();
  }

  void OnRefused(const grpc::ServerContext& context, const Caller& caller, std::string_view method,
                 const absl::Status& why) override {
    const net::Endpoint peer = PeerOf(context);
    const async::Time now = Now();
    if (absl::IsUnauthenticated(why)) failures_.Failed(peer.ip, now);
    std::optional<int> suppressed;
    {
      const std::lock_guard lock(log_mutex_);
      suppressed = log_limiter_.Allow(peer.ip, now);
    }
    if (!suppressed) return;
    log::Warning("admin.refused", {{"peer", peer.ToString()},
                                   {"who", caller.name},
                                   {"method", method},
                                   {"why", Message(why)},
                                   {"suppressed", *suppressed}});
  }

 private:
  /// Whoever shows a token is whose it is, whatever certificate there is.
  absl::StatusOr<Caller> ByToken(std::string_view header) {
    if (!header.starts_with(kBearer)) return absl::UnauthenticatedError("this is no bearer token");
    const std::string hash = HashOfToken(header.substr(kBearer.size()));
    UM_ASSIGN_OR_RETURN(const std::string name, tokens_.NameOf(hash));
    const auto grant = grants_.tokens.find(name);
    if (grant != grants_.tokens.end()) return Caller{"token " + name, grant->second, hash};
    return absl::PermissionDeniedError("token " + name + " is granted nothing");
  }

  absl::StatusOr<Caller> ByCertificate(const grpc::AuthContext& peer) const {
    std::string common_name;
    for (const char* property : {GRPC_X509_CN_PROPERTY_NAME, GRPC_PEER_DNS_PROPERTY_NAME,
                                 GRPC_PEER_URI_PROPERTY_NAME, GRPC_PEER_EMAIL_PROPERTY_NAME}) {
      for (const grpc::string_ref& value : peer.FindPropertyValues(property)) {
        const std::string name(value.data(), value.size());
        const auto grant = grants_.certificates.find(name);
        if (grant != grants_.certificates.end()) {
          return Caller{"certificate " + name, grant->second, ""};
        }
        if (common_name.empty()) common_name = name;
      }
    }
    if (common_name.empty()) {
      return absl::UnauthenticatedError("show a token, or a certificate of the administrators' CA");
    }
    return absl::PermissionDeniedError("certificate " + common_name + " is granted nothing");
  }

  Acceptor& acceptor_;
  const Grants grants_;
  Tokens tokens_;
  Failures failures_;
  std::mutex log_mutex_;
  net::LogLimiter log_limiter_;  // guarded
};

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const AdministrationListener& listener) {
  const auto files = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      listener.key_file(), listener.certificate_file(), listener.client_ca_file(), kLookEvery);
  grpc::experimental::TlsServerCredentialsOptions options(files);
  options.watch_identity_key_cert_pairs();
  if (!listener.client_ca_file().empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(listener.require_client_certificate()
                                      ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                      : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

void SetLimits(grpc::ServerBuilder& builder, std::chrono::milliseconds handshake) {
  builder.SetResourceQuota(
      grpc::ResourceQuota("administration").Resize(kMemory).SetMaxThreads(kThreads));
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  builder.SetMaxReceiveMessageSize(kMessageBytes);
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreams);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             static_cast<int>(handshake.count()));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdle);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kAge);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kGrace);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingEvery);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeout);
}

class RunningNetworkServer final : public NetworkServer {
 public:
  RunningNetworkServer(const Administration& administration, std::unique_ptr<Acceptor> acceptor)
      : acceptor_(std::move(acceptor)),
        authority_(administration, *acceptor_),
        door_(authority_, kCallsEach) {}

  ~RunningNetworkServer() override {
    acceptor_->Stop();
    if (server_) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
  }

  absl::Status Serve(const NetworkOptions& options, const std::function<void(Door&)>& serve) {
    rpc::AdoptLog();
    serve(door_);
    grpc::ServerBuilder builder;
    SetLimits(builder, options.handshake);
    for (const AdministrationListener& listener : options.administration.listeners()) {
      accepted_.push_back(builder.experimental().AddExternalConnectionAcceptor(
          grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
          CredentialsOf(listener)));
    }
    builder.RegisterService(&door_);
    server_ = builder.BuildAndStart();
    if (!server_) return absl::UnavailableError("administration over the network cannot start");
    acceptor_->Start([this](int connection, size_t listener) {
      ExternalConnectionAcceptor::NewConnectionParameters parameters;
      parameters.listener_fd = -1;
      parameters.fd = connection;
      accepted_[listener]->HandleNewConnection(&parameters);
    });
    for (const net::Endpoint& at : acceptor_->endpoints()) {
      log::Info("admin.listening", {{"address", at.ToString()}});
    }
    return absl::OkStatus();
  }

  std::vector<net::Endpoint> endpoints() const override { return acceptor_->endpoints(); }

 private:
  std::unique_ptr<Acceptor> acceptor_;
  NetworkAuthority authority_;
  Door door_;
  std::vector<std::unique_ptr<ExternalConnectionAcceptor>> accepted_;  // a listener each
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<NetworkServer>> StartNetworkServer(
    const NetworkOptions& options, const std::function<void(Door&)>& serve) {
  std::vector<net::Endpoint> addresses;
  for (const AdministrationListener& listener : options.administration.listeners()) {
    addresses.push_back(net::Endpoint::Parse(listener.address()).value_or(net::Endpoint()));
  }
  UM_ASSIGN_OR_RETURN(auto acceptor, Acceptor::Listen(addresses, options.connections));
  auto server = std::make_unique<RunningNetworkServer>(options.administration, std::move(acceptor));
  UM_RETURN_IF_ERROR(server->Serve(options, serve));
  return server;
}

}  // namespace um::admin

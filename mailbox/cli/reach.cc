#include "mailbox/cli/reach.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "common/base/status.h"
#include "common/config/load.h"
#include "common/net/tls_check.h"
#include "mailbox/cli/client.h"
#include "um/config/v1/umctl.pb.h"

namespace um::cli {
namespace {

constexpr char kSystemCa[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::chrono::seconds kLook{5};

std::string SocketOf(const Reach& reach) {
  return reach.socket.empty() ? reach.usual_socket : reach.socket;
}

std::string CaOf(const Reach& reach) { return reach.ca.empty() ? kSystemCa : reach.ca; }

absl::StatusOr<std::string> ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return absl::InvalidArgumentError(fmt::format("{}: {}", path, strerror(errno)));
  return text;
}

/// The content of a file that nobody else may read.
absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  UM_ASSIGN_OR_RETURN(std::string text, ReadAll(path));
  struct stat info{};
  if (stat(path.c_str(), &info) != 0 || (info.st_mode & 077) != 0) {
    return absl::InvalidArgumentError(
        fmt::format("{} is a secret, and others may read it: chmod 600 {}", path, path));
  }
  return text;
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  UM_ASSIGN_OR_RETURN(std::string text, ReadSecret(path));
  std::string token = text.substr(0, text.find_first_of("\r\n"));
  const bool plain =
      !token.empty() &&
      token.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
          std::string::npos;
  if (!plain) return absl::InvalidArgumentError(path + ": its first line is no token");
  return token;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const Reach& reach) {
  if (reach.certificate.empty() != reach.key.empty()) {
    return absl::InvalidArgumentError("--cert and --key belong together");
  }
  grpc::SslCredentialsOptions options;
  UM_ASSIGN_OR_RETURN(options.pem_root_certs, ReadAll(CaOf(reach)));
  if (!reach.certificate.empty()) {
    UM_ASSIGN_OR_RETURN(options.pem_cert_chain, ReadAll(reach.certificate));
    UM_ASSIGN_OR_RETURN(options.pem_private_key, ReadSecret(reach.key));
  }
  return grpc::SslCredentials(options);
}

/// "192.0.2.1:5071" and "[2001:db8::1]:5071" in two.
std::pair<std::string, std::string> HostAndPort(const std::string& server) {
  const size_t colon = server.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == server.size()) return {};
  std::string host = server.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, server.substr(colon + 1)};
}

}  // namespace

absl::StatusOr<Connection> Open(const Reach& reach) {
  // What gRPC would write to standard error, WhyUnreachable() finds out in words for people.
  gpr_set_log_function([](gpr_log_func_args*) {});
  grpc::ChannelArguments arguments;
  // A page of prompts, or the answer to a large change: the node is trusted to know its limits.
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(static_cast<int>(kMostRequestBytes));
  // What is wrong with a change comes with the status, as gRPC's trailing metadata.
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 4 << 20);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (reach.is_local()) {
    return Connection{grpc::CreateCustomChannel("unix:" + SocketOf(reach),
                                                grpc::InsecureChannelCredentials(), arguments),
                      ""};
  }
  if (HostAndPort(reach.server).first.empty()) {
    return absl::InvalidArgumentError("--server wants HOST:PORT, like um1.example.com:5071");
  }
  Connection connection;
  UM_ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(reach));
  if (!reach.token_file.empty()) {
    UM_ASSIGN_OR_RETURN(connection.token, ReadToken(reach.token_file));
  }
  connection.channel = grpc::CreateCustomChannel(reach.server, credentials, arguments);
  return connection;
}

std::string WhyUnreachable(const Reach& reach, const std::string& said) {
  if (reach.is_local()) {
    return fmt::format(
        "um-mailbox does not answer at {}.\n"
        "  Is it running?          systemctl status um-mailbox\n"
        "  Another socket?         --socket PATH, or VOXPOST_SOCKET: what its configuration calls "
        "admin_socket\n"
        "  May you open it?        only root and um-mailbox' own user may\n"
        "  On another machine?     --server HOST:PORT",
        SocketOf(reach));
  }
  const auto [host, port] = HostAndPort(reach.server);
  const absl::Status why =
      net::TryTls({host, port, CaOf(reach), reach.certificate, reach.key}, kLook);
  if (why.ok()) return fmt::format("um-mailbox at {}: {}", reach.server, said);
  if (absl::IsInvalidArgument(why)) return Message(why);  // our own files
  if (absl::IsUnavailable(why)) {
    return fmt::format(
        "um-mailbox does not answer at {}: {}.\n"
        "  Does it listen there?   administration.listeners in its configuration\n"
        "  Does a firewall?        TCP, this port",
        reach.server, Message(why));
  }
  return fmt::format(
      "no safe connection to {}: {}.\n"
      "  The node's certificate  must be for this name, and of the CA in --ca ({})\n"
      "  Yours                   --cert and --key, of the CA that the node asks for{}",
      reach.server, Message(why), CaOf(reach),
      reach.certificate.empty() ? " (none is given)" : fmt::format(" ({})", reach.certificate));
}

absl::Status ReadConfiguration(Reach& reach, std::string& organisation) {
  const char* folder = getenv("XDG_CONFIG_HOME");
  const char* home = getenv("HOME");
  if ((!folder || !*folder) && !home) return absl::OkStatus();
  const std::string path =
      (folder && *folder ? std::string(folder) : std::string(home) + "/.config") +
      "/voxpost/umctl.yaml";
  if (access(path.c_str(), F_OK) != 0) return absl::OkStatus();
  config::v1::Umctl file;
  UM_RETURN_IF_ERROR(config::LoadFile(path, file));
  if (!file.socket().empty() && !file.server().empty()) {
    return absl::InvalidArgumentError(path + ": socket and server are both given");
  }
  if (!file.socket().empty()) reach.usual_socket = file.socket();
  reach.server = file.server();
  reach.ca = file.ca();
  reach.certificate = file.cert();
  reach.key = file.key();
  reach.token_file = file.token_file();
  organisation = file.organisation();
  return absl::OkStatus();
}

}  // namespace um::cli

#include "common/net/tls_check.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "common/net/socket.h"

namespace um::net {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Context = std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freed<&SSL_free>>;
using Addresses = std::unique_ptr<addrinfo, Freed<&freeaddrinfo>>;

absl::Status Wrong(const std::string& text) { return absl::InvalidArgumentError(text); }

/// The last failure, mostly in OpenSSL's words: "certificate verify failed".
std::string Reason() {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(error);
  ERR_clear_error();
  if (ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return "it hangs up";
  const bool no_tls = !reason || ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER;
  return no_tls ? "no TLS is spoken there" : reason;
}

absl::Status CheckReadable(const std::string& path) {
  const std::unique_ptr<FILE, Freed<&fclose>> file(fopen(path.c_str(), "re"));
  if (!file) return Wrong(fmt::format("{}: {}", path, strerror(errno)));
  return absl::OkStatus();
}

absl::Status UseCertificate(SSL_CTX* context, const std::string& certificate,
                            const std::string& key) {
  for (const std::string& path : {certificate, key}) {
    if (absl::Status status = CheckReadable(path); !status.ok()) return status;
  }
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return Wrong(fmt::format("{}: no certificate in PEM ({})", certificate, Reason()));
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return Wrong(fmt::format("{}: no key in PEM of {} ({})", key, certificate, Reason()));
  }
  if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context))) < 0) {
    return Wrong(certificate + ": the certificate has expired");
  }
  return absl::OkStatus();
}

/// A connected socket with time-outs, which OpenSSL may block on.
absl::Status Connect(const TlsTarget& target, std::chrono::milliseconds timeout, Fd& out) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found);
  if (error != 0) {
    return absl::UnavailableError(fmt::format("{}: {}", target.host, gai_strerror(error)));
  }
  const Addresses addresses(found);
  const timeval limit{.tv_sec = timeout.count() / 1000, .tv_usec = timeout.count() % 1000 * 1000};
  int why = 0;
  for (const addrinfo* each = found; each; each = each->ai_next) {
    Fd fd(socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (fd && connect(fd.get(), each->ai_addr, each->ai_addrlen) == 0) {
      out = std::move(fd);
      return absl::OkStatus();
    }
    why = errno;
  }
  return absl::UnavailableError(why == EINPROGRESS ? "no answer" : strerror(why));
}

/// Whose certificate we want: a name's or an address'.
void Expect(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1) return;
  SSL_set_tlsext_host_name(ssl, host.c_str());
  X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size());
}

absl::Status WhyNoHandshake(SSL* ssl) {
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK) {
    return absl::UnauthenticatedError(fmt::format("the node's certificate is not accepted: {}",
                                                  X509_verify_cert_error_string(verdict)));
  }
  return absl::UnauthenticatedError(Reason());
}

}  // namespace

absl::Status CheckCertificateFiles(const std::string& certificate, const std::string& key) {
  const Context context(SSL_CTX_new(TLS_method()));
  if (absl::Status status = UseCertificate(context.get(), certificate, key); !status.ok()) {
    return status;
  }
  struct stat info{};
  if (stat(key.c_str(), &info) == 0 && (info.st_mode & S_IROTH) != 0) {
    return Wrong(key + " may be read by everybody: chmod o-rwx");
  }
  return absl::OkStatus();
}

absl::Status CheckCaFile(const std::string& ca) {
  if (absl::Status status = CheckReadable(ca); !status.ok()) return status;
  const Context context(SSL_CTX_new(TLS_method()));
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context.get(), ca.c_str()) != 1) {
    return Wrong(fmt::format("{}: no certificate in PEM ({})", ca, Reason()));
  }
  return absl::OkStatus();
}

absl::Status TryTls(const TlsTarget& target, std::chrono::milliseconds timeout) {
  if (absl::Status status = CheckCaFile(target.ca_file); !status.ok()) return status;
  const Context context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_load_verify_file(context.get(), target.ca_file.c_str());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (!target.certificate_file.empty()) {
    const absl::Status status =
        UseCertificate(context.get(), target.certificate_file, target.key_file);
    if (!status.ok()) return status;
  }
  Fd fd;
  if (absl::Status status = Connect(target, timeout, fd); !status.ok()) return status;
  const Connection ssl(SSL_new(context.get()));
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl.get(), kHttp2, sizeof kHttp2);
  Expect(ssl.get(), target.host);
  SSL_set_fd(ssl.get(), fd.get());
  ERR_clear_error();
  if (SSL_connect(ssl.get()) != 1) return WhyNoHandshake(ssl.get());
  // With TLS 1.3 the other side's opinion of our certificate comes after the handshake. A server of
  // HTTP/2 speaks first: its first byte is its consent.
  char byte;
  if (SSL_read(ssl.get(), &byte, 1) == 1) return absl::OkStatus();
  return absl::UnauthenticatedError("the node does not accept us: " + Reason());
}

}  // namespace um::net

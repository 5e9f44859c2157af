#include "tests/integration/delivery/mail_sink.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace um::tests {
namespace {

// A certificate for "localhost" that signs itself.
void MakeCertificate(SSL_CTX* context) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

}  // namespace

struct MailSink::Session {
  int fd = -1;
  std::unique_ptr<SSL, void (*)(SSL*)> tls{nullptr, &SSL_free};
  std::string buffer;
  Received received;
  std::thread thread;

  bool Write(const std::string& text) {
    const int size = static_cast<int>(text.size());
    if (tls != nullptr) return SSL_write(tls.get(), text.data(), size) == size;
    return send(fd, text.data(), text.size(), MSG_NOSIGNAL) == size;
  }
  // Everything up to and with `end`; "" when the connection is over.
  std::string ReadTo(const std::string& end) {
    size_t at;
    while ((at = buffer.find(end)) == std::string::npos) {
      char bytes[4096];
      const auto n = tls != nullptr ? SSL_read(tls.get(), bytes, sizeof bytes)
                                    : static_cast<int>(recv(fd, bytes, sizeof bytes, 0));
      if (n <= 0) return "";
      buffer.append(bytes, static_cast<size_t>(n));
    }
    std::string text = buffer.substr(0, at + end.size());
    buffer.erase(0, at + end.size());
    return text;
  }
  bool StartTls(SSL_CTX* context) {
    tls.reset(SSL_new(context));
    SSL_set_fd(tls.get(), fd);
    return SSL_accept(tls.get()) == 1;
  }
};

MailSink::MailSink(SinkScript script) : script_(std::move(script)) {
  if (script_.tls != SinkScript::kNone) {
    signal(SIGPIPE, SIG_IGN);  // OpenSSL's, where the client has gone; our programs ignore it, too
    tls_.reset(SSL_CTX_new(TLS_server_method()));
    MakeCertificate(tls_.get());
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(listener_, 100) == 0);
  socklen_t size = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Accept(); });
}

MailSink::~MailSink() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
  for (Session& session : sessions_) {
    shutdown(session.fd, SHUT_RDWR);
    session.thread.join();
    close(session.fd);
  }
}

void MailSink::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    Session& session = sessions_.emplace_back();
    session.fd = fd;
    session.thread = std::thread([this, &session] {
      Serve(session);
      shutdown(session.fd, SHUT_RDWR);
    });
  }
}

// False: the conversation ends here.
bool MailSink::Answer(Session& session, const std::string& verb, const std::string& good) {
  const auto scripted = script_.replies.find(verb);
  const std::string reply = scripted == script_.replies.end() ? good : scripted->second;
  if (reply == kHang) {
    char byte;
    while (!stopping_ && recv(session.fd, &byte, 1, 0) > 0) {
    }
    return false;
  }
  return !reply.empty() && session.Write(reply);
}

void MailSink::Serve(Session& session) {
  if (script_.tls == SinkScript::kImplicit && !session.StartTls(tls_.get())) return;
  if (!Answer(session, "greeting", "220 sink ready\r\n")) return;
  while (true) {
    const std::string line = session.ReadTo("\r\n");
    if (line.empty()) return;
    {
      const std::lock_guard lock(mutex_);
      session.received.commands.push_back(line.substr(0, line.size() - 2));
    }
    const std::string verb = line.substr(0, line.find_first_of(" \r"));
    std::string good = "250 fine\r\n";
    if (verb == "EHLO") {
      const bool offered = script_.tls == SinkScript::kStartTls && session.tls == nullptr;
      good = std::string("250-sink\r\n") + (offered ? "250-STARTTLS\r\n" : "") +
             "250-AUTH PLAIN\r\n250 SIZE 50000000\r\n";
    }
    if (verb == "AUTH" &&
        !script_.replies.contains("AUTH")) {  // RFC 4954: its answer is a line of its own
      session.Write("334 \r\n");
      const std::string credentials = session.ReadTo("\r\n");
      const std::lock_guard lock(mutex_);
      session.received.commands.push_back("AUTH " + credentials);
      good = "235 welcome\r\n";
    }
    if (verb == "STARTTLS") good = "220 go ahead\r\n";
    if (verb == "DATA") good = "354 go on\r\n";
    if (verb == "QUIT") good = "221 bye\r\n";
    if (!Answer(session, verb, good)) return;
    if (verb == "QUIT") return;
    if (verb == "STARTTLS" && !session.StartTls(tls_.get())) return;
    if (verb != "DATA" || script_.replies.contains("DATA")) continue;
    const std::string raw = session.ReadTo("\r\n.\r\n");
    if (raw.empty()) return;
    {
      const std::lock_guard lock(mutex_);
      session.received.raw = raw;
      session.received.encrypted = session.tls != nullptr;
    }
    if (!Answer(session, "end", "250 2.0.0 saved\r\n")) return;
  }
}

std::vector<MailSink::Received> MailSink::received() {
  const std::lock_guard lock(mutex_);
  std::vector<Received> all;
  for (const Session& session : sessions_) all.push_back(session.received);
  return all;
}

std::string MailSink::Unstuffed(const std::string& raw) {
  std::string out = raw.substr(0, raw.size() - 3);
  if (out.starts_with("..")) out.erase(0, 1);
  for (size_t at = 0; (at = out.find("\r\n..", at)) != std::string::npos; at += 3) {
    out.erase(at + 2, 1);
  }
  return out;
}

}  // namespace um::tests

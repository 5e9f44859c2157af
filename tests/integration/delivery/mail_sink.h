// MailSink: a mail server for tests, SMTP and LMTP, that answers as it is told.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace um::tests {

/// How the server behaves. A reply is sent as it stands, line ends included; "" closes the
/// connection, kHang never answers.
inline constexpr char kHang[] = "hang";
struct SinkScript {
  /// By verb, in capitals: "LHLO", "EHLO", "MAIL", "RCPT", "DATA", "AUTH"; "greeting"; "end" after
  /// the mail. What is not named here is answered as a good server does.
  std::map<std::string, std::string> replies;
  enum Tls { kNone, kStartTls, kImplicit } tls = kNone;  ///< with a certificate nobody vouches for
};

/// Listens on a port of 127.0.0.1 until destroyed.   Thread: any.
class MailSink {
 public:
  explicit MailSink(SinkScript script = {});
  ~MailSink();
  MailSink(const MailSink&) = delete;
  MailSink& operator=(const MailSink&) = delete;

  int port() const { return port_; }
  /// "127.0.0.1:PORT".
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  struct Received {
    std::vector<std::string> commands;  ///< lines, login included
    std::string raw;                    ///< the mail as it came, with its dots and its end
    bool encrypted = false;             ///< while the mail came
  };
  /// What came in, one for each connection, so far.
  std::vector<Received> received();
  /// The mail as its reader gets it: without the end, dots unstuffed (RFC 5321 section 4.5.2).
  static std::string Unstuffed(const std::string& raw);

 private:
  struct Session;
  void Accept();
  void Serve(Session& session);
  bool Answer(Session& session, const std::string& verb, const std::string& good);

  const SinkScript script_;
  int listener_ = -1;
  int port_ = 0;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls_{nullptr, &SSL_CTX_free};
  std::mutex mutex_;
  std::atomic<bool> stopping_ = false;
  std::list<Session> sessions_;
  std::thread thread_;
};

}  // namespace um::tests

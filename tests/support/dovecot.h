// Dovecot: a real mail server on loopback for a test, by deploy/demo/dovecot.
#pragma once

#include <string>
#include <vector>

namespace um::tests {

/// Starts with the object and ends with it, leaving nothing. Every user exists; see the script.
class Dovecot {
 public:
  Dovecot();
  ~Dovecot();
  Dovecot(const Dovecot&) = delete;
  Dovecot& operator=(const Dovecot&) = delete;

  /// Down, and up again on the same ports with the same mail.
  void Stop();
  void Start();
  /// Refuses mail for `user` for good.
  void Refuse(const std::string& user);

  const std::string& lmtp() const { return lmtp_; }      ///< "127.0.0.1:PORT"
  const std::string& socket() const { return socket_; }  ///< LMTP too; another path after Start()
  /// A user's mails as IMAP gives them, oldest first.
  std::vector<std::string> Inbox(const std::string& user) const;

 private:
  std::string directory_;
  std::string lmtp_;
  std::string imap_;
  std::string socket_;
};

/// What a command writes to standard output and error, and its exit status.
struct Ran {
  std::string output;
  int status = -1;
};
/// Runs `command` by the shell.
Ran Run(const std::string& command);

}  // namespace um::tests

// Submission of one mail to the organisation's mail system: LMTP or SMTP.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mailbox/delivery/runner.h"

namespace um::delivery {

/// What the mail system said.
struct Outcome {
  enum Kind {
    kAccepted,   ///< it has taken the responsibility (RFC 5321 section 4.2.5)
    kTemporary,  ///< try again: 4xx, no connection, no answer, a refusal not about this mail
    kPermanent,  ///< refused for good: 5xx to this recipient or this mail
  };
  Kind kind = kTemporary;
  std::string text;  ///< for people: what was attempted and what the answer was; one clean line
};

/// The time limits of one submission, together less than the queue's lease.
struct TimeLimits {
  std::chrono::milliseconds connect = std::chrono::seconds(10);
  std::chrono::milliseconds reply = std::chrono::seconds(60);
  /// After the last byte of the mail.
  std::chrono::milliseconds acceptance = std::chrono::seconds(120);
  std::chrono::milliseconds total = std::chrono::seconds(240);
};

/// Blocking. Thread: any, several at once.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Submits `mail` (CRLF line ends) for one recipient; the envelope sender is <>, so that no
  /// bounce ever comes back. Returns within a fraction of a second when `abandon` becomes true: a
  /// temporary failure.
  virtual Outcome Send(const std::string& recipient, std::string_view mail,
                       const std::atomic<bool>& abandon) = 0;
};

/// A mail server's place, from MailOptions::address.
struct ServerAddress {
  enum Scheme { kLmtp, kSmtp, kSmtps };
  Scheme scheme = kLmtp;
  std::string host;  ///< name or address, IPv6 without brackets; "" with a socket
  int port = 0;
  std::string path;  ///< of a Unix socket (LMTP)
};
/// kInvalidArgument: says what is wrong with it.
absl::StatusOr<ServerAddress> ParseServerAddress(std::string_view address);

/// True if `address` may stand in RCPT TO: printable ASCII without blanks,
/// brackets or quotes.
bool IsMailAddress(std::string_view address);

/// A server's reply to `command` as an outcome, RFC 5321 section 4.2.1: only what concerns the
/// recipient or the mail is permanent; a 5xx greeting or a refused login is the administrator's to
/// mend, and the mail waits.
/// @param command "RCPT", "DATA" (also its end), "MAIL", or any other.
Outcome OutcomeOf(std::string_view command, int code, std::string_view text);

absl::StatusOr<std::unique_ptr<Transport>> MakeTransport(const MailOptions& options,
                                                         const TimeLimits& limits = {});

/// The two kinds; MakeTransport() chooses.
std::unique_ptr<Transport> MakeLmtp(const ServerAddress& server, const std::string& host_name,
                                    const TimeLimits& limits);
std::unique_ptr<Transport> MakeSmtp(const ServerAddress& server, const MailOptions& options,
                                    const TimeLimits& limits);

/// StartRunner() with a transport of the caller's; `options` are Completed().
std::unique_ptr<Runner> StartRunner(store::MessageStore& store, const MailOptions& options,
                                    std::unique_ptr<Transport> transport,
                                    const std::optional<Notices>& notices = std::nullopt);

}  // namespace um::delivery

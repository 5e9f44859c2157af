// Delivery: takes what the queue has due, makes the mail, hands it to the organisation's mail
// system, until it is taken.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "mailbox/store/message_store.h"

namespace um::delivery {

/// Where mail goes. `address` "lmtp://127.0.0.1:24", "lmtp:///run/dovecot/lmtp" (a socket),
/// "smtp://host:25", "smtp://host:587" with STARTTLS, "smtps://host:465".
struct MailOptions {
  std::string address;
  std::string from = "voicemail@localhost";  ///< header From of callers without an address; the
                                             ///< envelope sender is <>
  std::string host_name;  ///< EHLO/LHLO and the right side of Message-IDs; "" takes the system's
  std::string username;   ///< SMTP AUTH; "" for none
  std::string password;   ///< secret
  bool require_tls = false;
  int threads = 2;
  /// Waiting after the first failure [ms]; doubles with each more, up to `max_retry`. Both vary by
  /// a quarter, so that a server that comes back is not met by everything at once.
  std::chrono::milliseconds min_retry = std::chrono::seconds(5);
  std::chrono::milliseconds max_retry = std::chrono::minutes(5);
  /// How long a stopping runner lets a submission that is under way continue.
  std::chrono::milliseconds stop_patience = std::chrono::seconds(15);
};

/// Thread: any. Its own threads do the work.
class Runner {
 public:
  virtual ~Runner() =
      default;  ///< finishes what is being sent, if that does not take too long, then stops
  /// There may be something new in the queue.
  virtual void Nudge() = 0;
};

/// Waiting before try number `attempts` + 1 [ms]. @param random 0 to 1
std::chrono::milliseconds RetryDelay(const MailOptions& options, int attempts, double random);

/// The options with what they leave to the system filled in (host_name). kInvalidArgument: they
/// make no sense.
absl::StatusOr<MailOptions> Completed(const MailOptions& options);

/// Leases what is due, sends it, and tells the store: accepted -> Delivered, refused for good ->
/// Undeliverable (and an error in the log, "mail.refused"), everything else -> Retry. A message
/// leaves the queue in no other way. `store` outlives the runner. kInvalidArgument: the address
/// makes no sense.
absl::StatusOr<std::unique_ptr<Runner>> StartRunner(store::MessageStore& store,
                                                    const MailOptions& options);

}  // namespace um::delivery

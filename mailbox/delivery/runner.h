// Delivery: takes what the queue has due, makes the mail, hands it to the organisation's mail system, until it is taken.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "mailbox/store/message_store.h"

namespace um::delivery {

/// Where mail goes. `address` "lmtp://127.0.0.1:24", "lmtp:///run/dovecot/lmtp" (a socket), "smtp://host:25",
/// "smtp://host:587" with STARTTLS, "smtps://host:465".
struct MailOptions {
  std::string address;
  std::string from = "voicemail@localhost";  ///< header From of callers without an address; the envelope sender is <>
  std::string host_name;                     ///< EHLO/LHLO and the right side of Message-IDs; "" takes the system's
  std::string username;                      ///< SMTP AUTH; "" for none
  std::string password;                      ///< secret
  bool require_tls = false;
  int threads = 2;
};

/// Thread: any. Its own threads do the work.
class Runner {
 public:
  virtual ~Runner() = default;  ///< finishes what is being sent, then stops
  /// There may be something new in the queue.
  virtual void Nudge() = 0;
};

/// `store` outlives the runner. kInvalidArgument: the address makes no sense.
absl::StatusOr<std::unique_ptr<Runner>> StartRunner(store::MessageStore& store, const MailOptions& options);

}  // namespace um::delivery

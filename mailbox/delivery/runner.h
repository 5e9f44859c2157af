// Delivery: takes what the queue has due, makes the mail, hands it to the organisation's mail
// system, until it is taken.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "mailbox/delivery/notice_mail.h"
#include "mailbox/store/message_store.h"
#include "mailbox/store/notice_store.h"

namespace um::delivery {

/// Where mail goes. `address` "lmtp://127.0.0.1:24", "lmtp:///run/dovecot/lmtp" (a socket),
/// "smtp://host:25", "smtp://host:587" with STARTTLS, "smtps://host:465".
struct MailOptions {
  std::string address;
  std::string from = "voicemail@localhost";  ///< header From of callers without an address; the
                                             ///< envelope sender is <>
  std::string host_name;                     ///< EHLO/LHLO; "" takes the system's
  std::string username;                      ///< SMTP AUTH; "" for none
  std::string password;                      ///< secret
  bool require_tls = false;
  int threads = 2;
  /// Notices go so slowly that enabling fifty thousand mailboxes floods neither the mail system nor
  /// the processors, which hash a PIN for each. Messages are never held up: they come first, and
  /// one thread is always theirs (with one thread in all, they wait for one notice at most).
  double notices_per_second = 5;  ///< 0: as fast as can be
  int notices_at_once = 1;
  /// Waiting after the first failure [ms]; doubles with each more, up to `max_retry`. Both vary by
  /// a quarter, so that a server that comes back is not met by everything at once.
  std::chrono::milliseconds min_retry = std::chrono::seconds(5);
  std::chrono::milliseconds max_retry = std::chrono::minutes(5);
  /// How long a stopping runner lets a submission that is under way continue.
  std::chrono::milliseconds stop_patience = std::chrono::seconds(15);
};

/// Makes a new PIN the mailbox' own and tells it; the only one there is that is not hashed.
/// Blocking. Thread: any.
using Renew = std::function<absl::StatusOr<std::string>(const std::string& organisation,
                                                        const std::string& mailbox_id)>;

/// What notices are made of; all of it outlives the runner, whose threads call it.
struct Notices {
  store::NoticeStore* store = nullptr;
  /// Of this moment. kFailedPrecondition: the mailbox is disabled; the notice waits until it is
  /// not. Any other error: it is tried again soon.
  std::function<absl::StatusOr<NoticeFacts>(const store::StoredNotice&)> facts;
  Renew renew;  ///< called at each try, so that the last mail that arrives is right
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

/// The right side of Message-IDs: the domain of `from`, which all nodes of a pool have in common,
/// so that a mail which another node sends again is the same mail.
std::string MessageIdDomain(const MailOptions& options);

/// The options with what they leave to the system filled in (host_name). kInvalidArgument: they
/// make no sense.
absl::StatusOr<MailOptions> Completed(const MailOptions& options);

/// Leases what is due, sends it, and tells the store: accepted -> Delivered, refused for good ->
/// Undeliverable (and an error in the log, "mail.refused"), everything else -> Retry. A message or
/// notice leaves the queue in no other way. `store` outlives the runner. kInvalidArgument: the
/// address makes no sense. @param notices nullopt: only messages are mailed
absl::StatusOr<std::unique_ptr<Runner>> StartRunner(
    store::MessageStore& store, const MailOptions& options,
    const std::optional<Notices>& notices = std::nullopt);

}  // namespace um::delivery

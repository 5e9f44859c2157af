// NoticeStore: mails that tell a user something, with a PIN that nobody has made yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mailbox/domain/message.h"
#include "mailbox/store/delivery_queue.h"

namespace um::store {

enum class NoticeKind {
  kWelcome,   ///< voice mail is there: numbers, first PIN
  kPinReset,  ///< a new PIN
};
std::string_view ToString(NoticeKind kind);  ///< "welcome", "pin-reset"

/// What is asked for.
struct Notice {
  NoticeKind kind = NoticeKind::kWelcome;
  std::string organisation;
  std::string mailbox_id;  ///< the object's id (ULID)
  std::string address;     ///< where it goes; "": the mailbox' own address
};

/// A notice as the store has it. The PIN is never there.
struct StoredNotice {
  std::string id;  ///< ULID
  Notice notice;
  std::string mailbox;  ///< its name, folded
  domain::MessageState state = domain::MessageState::kStored;
  domain::WallTime queued{};
  int mails = 0;  ///< leases so far: which of the notice's mails this one is
  int attempts = 0;
  domain::WallTime next_attempt{};
  std::string last_error;
  std::string redirected_by;  ///< who gave it another address; "": nobody
};

/// A mailbox has one notice at most: what is asked for while one waits is answered by it, and what
/// is asked for while one is being mailed is mailed after it. So no two mails with a PIN are under
/// way to one user, and the last that arrives is right. A mailbox that is deleted takes its notice
/// along. Welcome mails are asked for by OrganisationStore::Commit().
///
/// Blocking. Thread: any.
class NoticeStore : public DeliveryQueue {
 public:
  /// Asks for a notice, due at once. kNotFound: no such mailbox.
  virtual absl::Status Queue(const Notice& notice, domain::WallTime at) = 0;
  /// Leases at most `limit` notices that are due at `now` to `owner` until `until`, those asked for
  /// first first.
  virtual absl::StatusOr<std::vector<StoredNotice>> Lease(const std::string& owner,
                                                          domain::WallTime now,
                                                          domain::WallTime until, int limit) = 0;
};

}  // namespace um::store

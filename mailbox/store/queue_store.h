// QueueStore: an administrator's view of all that waits to be mailed, and what cannot be.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mailbox/store/message_store.h"
#include "mailbox/store/notice_store.h"

namespace um::store {

/// What a queue holds. Ids (ULIDs) are of both kinds together.
using QueueItem = std::variant<StoredMessage, StoredNotice>;
const std::string& IdOf(const QueueItem& item);

/// Blocking. Thread: any.
class QueueStore {
 public:
  virtual ~QueueStore() = default;
  struct Query {
    std::string organisation;  ///< "": all
    bool failed = false;       ///< only what is undeliverable; else what waits too
    std::string after;         ///< the last id of the page before
    int limit = 100;
  };
  /// What waits or is undeliverable, by id: oldest first.
  virtual absl::StatusOr<std::vector<QueueItem>> List(const Query& query) = 0;
  /// kNotFound. What is delivered can be had too.
  virtual absl::StatusOr<QueueItem> Get(const std::string& id) = 0;
  /// Notices, for status; MessageStore counts messages.
  struct Counts {
    int64_t notices = 0;  ///< that wait
    int64_t notices_undeliverable = 0;
  };
  virtual absl::StatusOr<Counts> Count() = 0;
  /// Makes an item due at `now`. kNotFound, kFailedPrecondition: it is delivered.
  virtual absl::Status Retry(const std::string& id, domain::WallTime now) = 0;
  /// The same for all that is undeliverable; how many. `organisation` "": all.
  virtual absl::StatusOr<int64_t> RetryFailed(const std::string& organisation,
                                              domain::WallTime now) = 0;
  /// Retry(), with another address from now on; `by` is kept with it.
  virtual absl::Status Redirect(const std::string& id, const std::string& address,
                                const std::string& by, domain::WallTime now) = 0;
};

}  // namespace um::store

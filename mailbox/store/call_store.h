// CallStore: what became of each call, for as long as it is kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/domain/call_record.h"

namespace um::store {

/// A call record and what is known of the message that its call left.
struct StoredCall {
  domain::CallRecord record;
  std::optional<domain::MessageKind> kind;  ///< nullopt: none was left, or not yet
  /// Nullopt: not yet, or the copy is not kept any more.
  std::optional<domain::WallTime> stored;
  std::optional<domain::WallTime> delivered;
  std::optional<domain::WallTime> heard;
  std::string last_error;  ///< why it is not delivered
};

/// Blocking. Thread: any.
class CallStore {
 public:
  virtual ~CallStore() = default;
  /// All or none, in one transaction. Writing a record again is no error.
  virtual absl::Status Write(const std::vector<domain::CallRecord>& records) = 0;
  struct Query {
    std::string organisation;
    std::string mailbox_id;    ///< "": all
    domain::WallTime since{};  ///< begun then or later
    std::string before;        ///< the last id of the page before
    int limit = 100;
  };
  /// Newest first.
  virtual absl::StatusOr<std::vector<StoredCall>> List(const Query& query) = 0;
  /// By its id, its trace id or its SIP Call-ID, of which it is the newest. kNotFound.
  virtual absl::StatusOr<StoredCall> Find(const std::string& organisation,
                                          const std::string& name) = 0;
  /// Deletes at most `limit` that began before; how many.
  virtual absl::StatusOr<int64_t> DeleteBefore(domain::WallTime time, int limit) = 0;
};

}  // namespace um::store

// DeliveryQueue: what waits to be mailed, whatever it is. Messages and notices wait in the same
// way: due at a time, leased to the one who sends, tried again or given up.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "mailbox/domain/time.h"

namespace um::store {

/// Blocking. Thread: any. What leases its items is the queue's own: they are of its own kind.
class DeliveryQueue {
 public:
  virtual ~DeliveryQueue() = default;
  /// Takes back the leases of every owner that `dead` says is gone: a process that was killed
  /// leaves its own behind.
  virtual absl::Status EndLeases(const std::function<bool(const std::string& owner)>& dead) = 0;
  /// Ends of a lease.
  virtual absl::Status Delivered(const std::string& id, domain::WallTime at) = 0;
  virtual absl::Status Retry(const std::string& id, domain::WallTime next,
                             const std::string& error) = 0;
  virtual absl::Status Undeliverable(const std::string& id, const std::string& error) = 0;
  /// When the next item falls due; nullopt: the queue is empty.
  virtual absl::StatusOr<std::optional<domain::WallTime>> NextDue() = 0;
};

}  // namespace um::store

// Source: what the runner takes its mails from. Messages are one, notices another. Internal to this
// folder.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "mailbox/delivery/runner.h"
#include "mailbox/delivery/transport.h"

namespace um::delivery {

/// Something to send, leased.
struct Item {
  std::string id;
  std::string kind;     ///< "voice", "welcome"
  std::string trace;    ///< of the call; "": no call
  std::string mailbox;  ///< for the log
  std::string recipient;
  int attempts = 0;
  std::function<absl::StatusOr<std::string>()> compose;  ///< the mail; made anew at each try
  /// What is in the mail and must not be in the log: known once it is composed. May be null.
  std::shared_ptr<const std::string> secret;
};

/// Blocking. Thread: any.
class Source {
 public:
  virtual ~Source() = default;
  /// Leases the next that is due; nullopt: none is.
  virtual absl::StatusOr<std::optional<Item>> Lease(const std::string& owner, domain::WallTime now,
                                                    domain::WallTime until) = 0;
  virtual store::DeliveryQueue& queue() = 0;
};

/// The store outlives the source.
std::unique_ptr<Source> MessageSource(store::MessageStore& store, const Originator& originator);
std::unique_ptr<Source> NoticeSource(const Notices& notices, const Originator& originator);

}  // namespace um::delivery

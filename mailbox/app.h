// App: everything a um-mailbox process is made of, and who gets what. The inventory; nothing is
// decided here.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/async/epoll_loop.h"
#include "um/config/v1/mailbox.pb.h"

namespace um {

class App {
 public:
  /// Opens the store, recovers the spool, starts delivery, media, SIP, hand-over and
  /// administration, in this order: what was promised before is taken care of before new calls
  /// come.
  static absl::StatusOr<std::unique_ptr<App>> Start(async::EpollLoop& loop,
                                                    const config::v1::MailboxNode& config);
  virtual ~App() = default;
  /// Takes no more calls; stops the loop once those in progress have ended.
  virtual void Drain() = 0;
};

/// The configuration with every default filled in and checked. kInvalidArgument: all problems, one
/// a line.
absl::StatusOr<config::v1::MailboxNode> WithDefaults(config::v1::MailboxNode config);

}  // namespace um

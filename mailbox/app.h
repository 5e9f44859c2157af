// App: everything a um-mailbox process is made of, and who gets what. The inventory; nothing is
// decided here.
#pragma once

#include <memory>
#include <optional>
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

/// The configuration of `file` with every default filled in and checked, as far as the files that
/// it names. kInvalidArgument: all problems, one a line.
absl::StatusOr<config::v1::MailboxNode> WithDefaults(config::v1::MailboxNode config,
                                                     const std::string& file);
/// The first line of a file; "" if the path is. nullopt: it cannot be read.
std::optional<std::string> ReadSecret(const std::string& path);

}  // namespace um

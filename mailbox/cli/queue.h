// `umctl queue`: what waits to be mailed, and what cannot be.
#pragma once

#include <string>

#include "mailbox/cli/client.h"

namespace um::cli {

struct QueueListOptions {
  bool failed = false;
  bool all = false;  ///< all pages
  bool json = false;
  uint32_t limit = 100;
};
void ListQueue(const Client& client, const QueueListOptions& options);
void ShowQueueItem(const Client& client, const std::string& id, bool json);
/// @param id "": all that is undeliverable
void RetryQueue(const Client& client, const std::string& id);
void RedirectQueueItem(const Client& client, const std::string& id, const std::string& address);

}  // namespace um::cli

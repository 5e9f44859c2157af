// What is new in mailboxes, and what their lamps were told.
#pragma once

#include <string>
#include <vector>

#include "mailbox/cli/client.h"

namespace um::cli {

/// @param ids empty: all of the mailbox
void MarkMessages(const Client& client, const std::vector<std::string>& ids,
                  const std::string& mailbox, bool heard);

void ShowLamp(const Client& client, const std::string& mailbox, bool json);
/// One of mailbox, gateway and all.
void RefreshLamps(const Client& client, const std::string& mailbox, const std::string& gateway,
                  bool all);

}  // namespace um::cli

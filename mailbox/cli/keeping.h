// Voxpost's own copies: how full mailboxes are, erasure, backups.
#pragma once

#include <string>
#include <vector>

#include "mailbox/cli/client.h"

namespace um::cli {

void ShowUsage(const Client& client, const std::string& mailbox, bool json);

struct ErasureOptions {
  std::string reason;
  std::string before;  ///< of a mailbox: as SinceTime() takes it; "": now
  bool yes = false;    ///< nobody is asked
  bool dry_run = false;
};
/// Asks first, unless told otherwise.
void DeleteMessages(const Client& client, const std::vector<std::string>& ids,
                    const ErasureOptions& options);
void EraseMailbox(const Client& client, const std::string& mailbox, const ErasureOptions& options);

/// The node makes it.
void CreateBackup(const Client& client, const std::string& folder);
/// These need no node: they read the folder themselves.
void VerifyBackup(const std::string& folder);
void RestoreBackup(const std::string& folder, const std::string& data_directory);

}  // namespace um::cli

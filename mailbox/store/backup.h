// Backups of the embedded store: a folder that can be copied anywhere. PostgreSQL has tools of its
// own (pg_dump, pgBackRest).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace um::store {

/// What a backup holds.
struct BackupSize {
  uint64_t files = 0;
  uint64_t bytes = 0;
};

/// Makes the folder `path`: everything that is stored in `directory` at one moment, while the node
/// goes on: messages and their audio, the delivery queue, organisations, PIN records, the pool's
/// keys. It must be kept as safe as the store. FORMAT.md tells what is in it. It has its name only
/// when it is complete and on the disk; until then it is `path`.partial. Recordings that are not
/// stored yet are not in it. kAlreadyExists: something of that name is there. kNotFound: there is
/// no store. kCancelled: `cancelled` said so between two files. Blocking, for as long as copying
/// takes.
absl::StatusOr<BackupSize> Backup(
    const std::string& directory, const std::string& path,
    const std::function<bool()>& cancelled = [] { return false; });

/// Reads every file of the backup at `path`. kNotFound: there is none. kDataLoss: it is damaged.
/// kFailedPrecondition: its form is unknown to this release. Blocking.
absl::StatusOr<BackupSize> Verify(const std::string& path);

/// Makes the store in `directory` what the backup at `path` has; checks every file. All of it
/// belongs to whom the directory belongs to, or the folder it is made in. Messages that were
/// delivered after the backup was made are delivered once more. kFailedPrecondition: `directory` is
/// not empty. kUnavailable: a node runs on it. Else as Verify(); nothing is left in `directory`
/// then. Blocking.
absl::StatusOr<BackupSize> Restore(const std::string& path, const std::string& directory);

}  // namespace um::store

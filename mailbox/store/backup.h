// Backups of the embedded store: a folder that can be copied anywhere. PostgreSQL has tools of its
// own (pg_dump, pgBackRest).
#pragma once

#include <string>

#include "absl/status/status.h"

namespace um::store {

/// Makes the folder `path`: everything that is stored in `directory` at one moment, while the node
/// goes on: messages and their audio, the delivery queue, organisations, PIN records, the pool's
/// keys. It must be kept as safe as the store. FORMAT.md tells what is in it. It has its name only
/// when it is complete and on the disk; until then it is `path`.partial. Recordings that are not
/// stored yet are not in it. kAlreadyExists: something of that name is there. kNotFound: there is
/// no store. Blocking, for as long as copying takes.
absl::Status Backup(const std::string& directory, const std::string& path);

/// Makes the store in `directory` what the backup at `path` has; checks every file. Messages that
/// were delivered after the backup was made are delivered once more. kFailedPrecondition:
/// `directory` is not empty. kNotFound, kDataLoss: there is no backup, or it is damaged; nothing is
/// left in `directory` then. Blocking.
absl::Status Restore(const std::string& path, const std::string& directory);

}  // namespace um::store

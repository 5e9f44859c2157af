// The embedded message store over a database file and blobs that are given, for tests that put
// failing parts in. Internal to this folder and its tests.
#pragma once

#include <memory>
#include <string>

#include "mailbox/store/blobs.h"
#include "mailbox/store/message_store.h"

namespace um::store {

/// Opens or creates the database at `path`, migrates it, and removes blobs that no message names (a
/// crash came between the two). `owned` is kept as long as the store.
absl::StatusOr<std::unique_ptr<MessageStore>> OpenSqliteFile(const std::string& path,
                                                             std::unique_ptr<Blobs> blobs,
                                                             std::shared_ptr<void> owned = nullptr);

}  // namespace um::store

// Blobs: the audio of stored messages, by message id. Files beside SQLite here; a table or an
// object store can follow.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mailbox/store/files.h"

namespace um::store {

/// Blocking.   Thread: any.
class Blobs {
 public:
  virtual ~Blobs() = default;
  /// Durable when it returns. Replaces what is there.
  virtual absl::Status Put(const std::string& id, std::string_view bytes) = 0;
  /// kNotFound.
  virtual absl::StatusOr<std::string> Get(const std::string& id) = 0;
  virtual absl::StatusOr<bool> Has(const std::string& id) = 0;
  /// OK if it is not there.
  virtual absl::Status Delete(const std::string& id) = 0;
  /// The ids of all blobs, in no order; half-written ones of a crash are removed on the way.
  virtual absl::StatusOr<std::vector<std::string>> List() = 0;
};

/// One file for each blob, `directory`/X/ID with X the id's last character (of a ULID's random
/// part): 32 directories, few enough to be there soon, because making one costs a sync. Ids are
/// ULIDs; others are kInvalidArgument. `files` outlives it.
absl::StatusOr<std::unique_ptr<Blobs>> FileBlobs(Files& files, const std::string& directory);

}  // namespace um::store

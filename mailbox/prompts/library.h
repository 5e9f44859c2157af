// What callers hear: recorded phrases by meaning, users' own recordings, and names spoken by
// synthesis, all at one loudness.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async/loop.h"
#include "common/async/worker_pool.h"
#include "mailbox/dialogs/call.h"
#include "mailbox/domain/clip.h"

namespace um::prompts {

struct LibraryOptions {
  /// Where Debian's asterisk-core-sounds-* packages put their phrases.
  std::string sounds = "/usr/share/asterisk/sounds";
};

/// Thread: loop, but for the synthesis, which runs on workers.
class Library {
 public:
  virtual ~Library() = default;
  /// The clips of an announcement in `language`, in order. `ready` is called on the loop, perhaps
  /// at once; a phrase that has no recording is synthesised, a name that its owner has not recorded
  /// is synthesised once and kept (bounded cache).
  virtual void Prepare(const dialogs::Announcement& announcement, const std::string& language,
                       std::function<void(std::vector<domain::ClipPtr>)> ready) = 0;
};

/// Loads every phrase of every language it finds. kFailedPrecondition names the Debian package that
/// is missing.
absl::StatusOr<std::unique_ptr<Library>> LoadLibrary(async::Loop& loop, async::WorkerPool& workers,
                                                     const LibraryOptions& options);

}  // namespace um::prompts

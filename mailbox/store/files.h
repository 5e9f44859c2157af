// The file operations the spool is built on, as an interface: RealFiles is the disk; the tests'
// FakeFiles forgets what was not synced.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace um::store {

/// An open file. Destroying it closes it, and with it releases its lock.   Thread: one at a time.
class File {
 public:
  virtual ~File() = default;
  /// A failed write may have left a part: what was to be written again is written with WriteAt().
  virtual absl::Status Append(std::string_view bytes) = 0;
  virtual absl::Status WriteAt(uint64_t offset, std::string_view bytes) = 0;
  virtual absl::Status Truncate(uint64_t size) = 0;
  /// fdatasync: what was written before survives power loss.
  virtual absl::Status Sync() = 0;
  virtual absl::StatusOr<std::string> ReadAll() = 0;
  /// At most `size` bytes from `offset` on; fewer at the end of the file.
  virtual absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t size) = 0;
};

/// Blocking.   Thread: any.
class Files {
 public:
  virtual ~Files() = default;
  /// Creates `path` exclusively and locks it. kAlreadyExists, kResourceExhausted (disk full), ...
  virtual absl::StatusOr<std::unique_ptr<File>> Create(const std::string& path) = 0;
  /// Opens an existing file and locks it. kUnavailable: it is locked through another File, in this
  /// process or another.
  virtual absl::StatusOr<std::unique_ptr<File>> OpenLocked(const std::string& path) = 0;
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status Remove(const std::string& path) = 0;
  /// Makes what is missing, mode 0700, and syncs the directory each new one stands in.
  virtual absl::Status MakeDirectories(const std::string& path) = 0;
  /// The whole of a file, without its lock: for files that are only ever renamed into place.
  virtual absl::StatusOr<std::string> Read(const std::string& path) = 0;
  /// True if there is something of that name.
  virtual absl::StatusOr<bool> Exists(const std::string& path) = 0;
  /// Names in a directory, without "." and "..".
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& directory) = 0;
  /// fsync of a directory: creations, renames and removals in it survive power loss.
  virtual absl::Status SyncDirectory(const std::string& directory) = 0;
  virtual absl::StatusOr<int64_t> FreeBytes(const std::string& directory) = 0;
};

std::unique_ptr<Files> RealFiles();

}  // namespace um::store

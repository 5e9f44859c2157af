// FakeFiles: a disk in memory that forgets what was not synced, fails when told to, and loses power
// when told to.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "mailbox/store/files.h"

namespace um::tests {

/// What is left of unsynced writes, creations, renames and removals after power loss.
enum class Kept {
  kNothing,  ///< only what was synced
  kRandom,   ///< of the writes any subset, each in any 512-byte pieces; of the names' changes the
             ///< first few
  kAll,      ///< everything: kill -9, not power loss
};

/// Thread: any.
class FakeFiles final : public store::Files {
 public:
  FakeFiles() = default;

  /// Operations that change something, so far.
  int operations() const;
  /// After `n` more operations, `times` of them fail with `status` and do nothing.
  void FailAfter(int n, absl::Status status, int times = 1);
  /// After `n` more operations nothing works any more: the process is as good as dead. The one that
  /// is cut off may or may not have had its effect.
  void CrashAfter(int n);
  bool crashed() const;
  /// Forgets what was not synced, gives up all locks, and works again. Files that are open are dead
  /// from now on.
  void PowerLoss(Kept kept, uint32_t seed = 0);
  void SetFreeBytes(int64_t bytes);
  /// While held, every Sync() waits: a disk that stalls.
  void Hold(bool held);

  /// A file put there from outside, durable.
  void Put(const std::string& path, std::string bytes);
  /// Flips one bit, durably.
  void Rot(const std::string& path, size_t offset);

  absl::StatusOr<std::unique_ptr<store::File>> Create(const std::string& path) override;
  absl::StatusOr<std::unique_ptr<store::File>> OpenLocked(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status MakeDirectories(const std::string& path) override;
  absl::StatusOr<std::string> Read(const std::string& path) override;
  absl::StatusOr<bool> Exists(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override;
  absl::Status SyncDirectory(const std::string& directory) override;
  absl::StatusOr<int64_t> FreeBytes(const std::string& directory) override;

 private:
  friend class FakeFile;
  struct Change {  // a write, or with `cut` a truncation to `offset`
    uint64_t offset = 0;
    std::string bytes;
    bool cut = false;
  };
  struct Node {
    std::string content, durable;
    std::vector<Change> unsynced;
    bool locked = false;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  struct NameChange {  // `from` vanishes, `to` appears; either may be empty
    std::string from, to;
    std::shared_ptr<Node> node;
  };

  bool crashed_locked() const { return crash_at_ >= 0 && operations_ > crash_at_; }
  absl::Status Operate(bool* cut_off);
  void ChangeName(NameChange change);
  static void Apply(const Change& change, std::string& content);
  static void ApplyTorn(const Change& change, std::string& content, std::mt19937& random);
  static void Apply(const NameChange& change, Names& names);
  void LosePower(Node& node, Kept kept, std::mt19937& random);

  mutable std::mutex mutex_;
  std::condition_variable released_;
  Names names_, durable_names_;
  std::vector<NameChange> unsynced_names_;
  int operations_ = 0;
  int fail_at_ = -1, fail_until_ = -1, crash_at_ = -1;
  absl::Status failure_;
  int generation_ = 0;  // counts power losses
  int64_t free_bytes_ = int64_t{1} << 40;
  bool held_ = false;
};

}  // namespace um::tests

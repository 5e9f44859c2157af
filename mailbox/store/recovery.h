// Recovery: what is done about spool files that nobody holds, at start and every few minutes.
// Orphans are sealed at what was written, sealed ones are asserted to the store again, those whose
// time is over or whose message was erased are removed.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "mailbox/store/committer.h"
#include "mailbox/store/files.h"
#include "mailbox/store/message_store.h"
#include "mailbox/store/spool_format.h"

namespace um::store {

/// Blocking.   Thread: any, one Run() at a time.
class Recovery {
 public:
  /// All outlive it.
  Recovery(Files& files, MessageStore& store, Committer& committer, std::string directory,
           async::Duration retention)
      : files_(files),
        store_(store),
        committer_(committer),
        directory_(std::move(directory)),
        retention_(retention) {}

  /// Looks at every spool file once. A file that fails is logged and left for the next time; the
  /// directory failing is the result.
  absl::Status Run(domain::WallTime now);
  /// Removes the files of messages that were erased. What somebody holds is left to Run().
  /// Thread: any.
  void RemoveErased(const std::vector<std::string>& message_ids);
  /// Makes Run() return after the file it is at.   Thread: any.
  void Stop() { stopped_ = true; }

 private:
  /// What is to be stored, if anything is.
  using Found = absl::StatusOr<std::optional<Sealed>>;
  Found Examine(const std::string& id, domain::WallTime now);
  Found ExamineSealed(File& file, const domain::CallFacts& facts, const Seal& seal, uint64_t start,
                      domain::WallTime now);
  absl::Status RemoveSealed(const std::string& id);
  Found SealOrphan(File& file, const domain::CallFacts& facts, std::string audio, uint64_t start);
  absl::Status PutAside(const std::string& name, const absl::Status& why);
  absl::Status RemoveUnwritten(File& file, const std::string& name, const absl::Status& why);
  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  Files& files_;
  MessageStore& store_;
  Committer& committer_;
  const std::string directory_;
  const async::Duration retention_;
  std::atomic<bool> stopped_{false};
};

}  // namespace um::store

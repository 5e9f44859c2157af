// Recording: where the media thread, the loop and the writer meet over one call's audio.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "mailbox/domain/message.h"
#include "mailbox/store/spool_file.h"

namespace um::store {

/// Audio of one call that waits for the disk [bytes]: 30 s. What comes after that while the disk
/// stalls is dropped.
inline constexpr size_t kMaxWaiting = size_t{30} * domain::kSampleRate;

class Recording {
 public:
  Recording(Files& files, const std::string& directory, const domain::CallFacts& facts)
      : file(files, directory, facts), facts_(facts) {
    // Once, so that the media thread never allocates; pages that are never used cost nothing.
    waiting_.reserve(kMaxWaiting);
  }

  const domain::CallFacts& facts() const { return facts_; }

  /// Never blocks but for a swap of buffers, never allocates.   Thread: media.
  void Append(std::span<const uint8_t> codes) noexcept {
    const std::lock_guard lock(mutex_);
    if (end_ != SealState::kRecording) return;
    const size_t taken = std::min(codes.size(), kMaxWaiting - waiting_.size());
    waiting_.append(reinterpret_cast<const char*>(codes.data()), taken);
    dropped_ += codes.size() - taken;
  }

  /// Thread: loop.
  void Erase() {
    const std::lock_guard lock(mutex_);
    if (end_ != SealState::kRecording) return;
    waiting_.clear();
    dropped_ = 0;
    erased_ = true;
  }

  /// Thread: loop.
  void SetMarks(domain::Marks marks) {
    const std::lock_guard lock(mutex_);
    if (end_ == SealState::kRecording) marks_ = marks;
  }

  /// No audio is taken from here on. False if it has ended before: the first end counts.   Thread:
  /// loop.
  bool End(SealState end) {
    const std::lock_guard lock(mutex_);
    if (end_ != SealState::kRecording) return false;
    end_ = end;
    return true;
  }

  /// What has happened since the last Take().
  struct News {
    bool erased = false;
    uint64_t dropped = 0;  ///< [bytes]
    SealState end = SealState::kRecording;
    domain::Marks marks;
  };
  /// Swaps the waiting audio into `audio`, which is empty and becomes the next buffer; not if
  /// `full`, unless this is the end.   Thread: writer.
  News Take(std::string& audio, bool full) {
    const std::lock_guard lock(mutex_);
    if (!full || end_ != SealState::kRecording) audio.swap(waiting_);
    return {std::exchange(erased_, false), std::exchange(dropped_, 0), end_, marks_};
  }

  // Of the writer's thread alone.
  SpoolFile file;
  bool finished = false;  ///< nothing is left to do
  bool offered = false;   ///< given to the store from memory, because the disk would not have it
  bool stuck = false;     ///< the last attempt to write it failed

 private:
  const domain::CallFacts facts_;
  std::mutex mutex_;
  std::string waiting_;  // guarded by mutex_, like all below
  uint64_t dropped_ = 0;
  bool erased_ = false;
  domain::Marks marks_;
  SealState end_ = SealState::kRecording;
};

}  // namespace um::store

// SpoolFile: one recording's file as the writer makes it. Every step can be taken again after it
// failed, so a disk that is full or failing for a while costs nothing but time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mailbox/domain/message.h"
#include "mailbox/domain/speech_meter.h"
#include "mailbox/store/files.h"
#include "mailbox/store/spool_format.h"

namespace um::store {

/// Thread: the writer's.
class SpoolFile {
 public:
  /// Touches no file yet. `files` outlives it.
  SpoolFile(Files& files, const std::string& directory, const domain::CallFacts& facts);

  /// More audio; kept in memory until it is on the disk.
  void Add(std::string_view audio);
  /// Forgets the audio so far.
  void Erase();
  /// What the file is to end as; Write() does it.
  void End(SealState state, domain::Marks marks) {
    end_ = state;
    marks_ = marks;
  }
  domain::Marks marks() const { return marks_; }
  SealState end() const { return end_; }

  /// Creates the file if need be and writes what is not written yet.
  absl::Status Write();
  /// Makes what was written durable. The directory must be synced by the caller while !named().
  absl::Status Sync();
  bool named() const { return named_; }
  void SetNamed() { named_ = true; }
  /// True while the file is open: it was made, and neither closed nor removed.
  bool made() const { return file_ != nullptr; }
  /// True if a sync would change anything.
  bool dirty() const { return dirty_; }
  /// Closes the file and gives up its lock.
  void Close() { file_.reset(); }
  /// Removes it, if it was made.
  absl::Status Remove();

  /// Audio that is not known to be on the disk [bytes].
  size_t waiting() const { return tail_.size(); }
  /// The audio from byte `from` on, at most `most` bytes, read back from the disk and from memory.
  absl::StatusOr<std::string> Audio(uint64_t from = 0, size_t most = SIZE_MAX);
  domain::Verdict Verdict() const;

 private:
  absl::Status WriteAudio();
  absl::Status WriteSeal();

  // Passed in.
  Files& files_;
  const std::string path_;
  const domain::Milliseconds min_speech_;
  // Owned.
  const std::string header_;
  std::unique_ptr<File> file_;  // null: not made yet, or closed
  std::string tail_;            // the audio after durable_
  domain::SpeechMeter meter_;
  const domain::Law law_;
  uint32_t crc_ = 0;  // of all audio
  // State.
  SealState end_ = SealState::kRecording;
  domain::Marks marks_;
  uint64_t durable_ = 0;  // [bytes] of audio that a sync has confirmed
  uint64_t written_ = 0;  // [bytes] of audio that was written; the rest of tail_ was not
  bool header_written_ = false, header_durable_ = false;
  bool seal_written_ = false;
  bool cut_ = false;  // the file has more audio than written_
  bool dirty_ = false;
  bool named_ = false;
};

}  // namespace um::store

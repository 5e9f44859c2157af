// SpoolWriter: the one thread that does the spool's file operations, for all calls, in order. What
// many calls wrote is synced together, in rounds; a call that ends gets its round at once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mailbox/store/committer.h"
#include "mailbox/store/recording.h"

namespace um::store {

struct WriterOptions {
  std::string directory;
  int64_t min_free_bytes = 0;
  int ticks_per_check = 2;  ///< the disk's free space is looked at once in so many ticks
};

class SpoolWriter {
 public:
  /// `sealed(id, verdict)`: the recording is safe on this disk. `offer`: it is to be stored; with
  /// its audio if the disk would not have it, else without, to be read from the file. Both from the
  /// writer's thread.
  struct Listener {
    std::function<void(const std::string& id, const domain::Verdict&)> sealed;
    std::function<void(Sealed)> offer;
  };
  SpoolWriter(Files& files, const WriterOptions& options, Listener listener);
  /// Seals what is open, tries to get everything to the disk, and stops.
  ~SpoolWriter();

  // Thread: any.
  /// A new recording: makes its file.
  void Start(std::shared_ptr<Recording> recording);
  /// It has ended or was erased: writes and syncs it now.
  void Hurry(std::shared_ptr<Recording> recording);
  /// Gives `done` the audio so far from byte `from` on, at most `most` bytes; "" if it cannot be
  /// read. `done` is called from the writer's thread; not at all if the writer stops first.
  void Read(std::shared_ptr<Recording> recording, uint64_t from, size_t most,
            std::function<void(std::string)> done);
  /// Writes and syncs everything (group commit). False: the last one is still being worked on, or
  /// waits.
  bool Tick();
  /// Waits until all that was asked for before is done or has failed.
  void Drain();
  bool healthy() const { return writable_ && spacious_; }

 private:
  using Recordings = std::vector<std::shared_ptr<Recording>>;
  struct Reading {
    std::shared_ptr<Recording> recording;
    uint64_t from = 0;
    size_t most = 0;
    std::function<void(std::string)> done;
  };
  void Work();
  void Round(const Recordings& recordings);
  absl::Status Prepare(Recording& recording);
  void Finish(Recording& recording, const absl::Status& status);
  void Offer(Recording& recording, std::optional<std::string> audio);
  void CheckDisk();
  absl::Status Probe();
  void SealAll();

  // Passed in.
  Files& files_;
  const WriterOptions options_;
  const Listener listener_;
  // Of the thread alone.
  Recordings live_;
  std::string spare_;  // an empty buffer
  int ticks_ = 0;
  // Shared.
  std::atomic<bool> writable_{true}, spacious_{true};
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  Recordings started_, hurried_;  // guarded by mutex_, like all below
  std::vector<Reading> readings_;
  bool tick_ = false;
  bool working_ = false;
  bool stopping_ = false;
  uint64_t asked_ = 0, done_ = 0;  // Drain()
  std::thread thread_;             // last: starts when all else is there
};

}  // namespace um::store

#include "mailbox/store/call_log.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/log/log.h"

namespace um::store {
namespace {
constexpr size_t kAtOnce = 200;
constexpr int kDeletedAtOnce = 1000;
}  // namespace

CallLog::CallLog(async::Loop& loop, async::WorkerPool& workers, CallStore& store,
                 const CallLogOptions& options)
    : loop_(loop),
      workers_(workers),
      store_(store),
      options_(options),
      retry_(loop, [this] { Start(); }),
      sweep_(loop, [this] {
        {
          const std::lock_guard lock(mutex_);
          sweep_due_ = true;
        }
        Start();
        sweep_.Start(options_.sweep);
      }) {
  sweep_.Start(options_.sweep);
}

CallLog::~CallLog() {
  *alive_ = false;
  {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return !working_; });
  }
  const absl::Status written = WriteAll();
  if (!written.ok()) log::Error("calls.lost", {{"records", waiting_.size()}});
}

void CallLog::Add(domain::CallRecord record) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostWaiting) {
      log::Error("calls.lost", {{"records", 1}});
      waiting_.pop_front();
    }
    waiting_.push_back(std::move(record));
  }
  Start();
}

void CallLog::Start() {
  {
    const std::lock_guard lock(mutex_);
    if (working_ || (waiting_.empty() && !sweep_due_)) return;
    working_ = true;
  }
  workers_.Submit([this, oldest = loop_.WallNow() - options_.keep] { Work(oldest); });
}

void CallLog::Work(domain::WallTime oldest) {
  const absl::Status written = WriteAll();
  if (written.ok()) {
    Sweep(oldest);
  } else {
    log::Warning("calls.delayed", {{"error", Message(written)}});
  }
  const std::lock_guard lock(mutex_);
  working_ = false;
  const bool again = !waiting_.empty();
  if (again) {
    // At once for what came meanwhile; after a while if the store does not take it.
    const async::Duration wait = written.ok() ? async::Duration(0) : options_.retry;
    loop_.Post([this, alive = alive_, wait] {
      if (*alive) retry_.Start(wait);
    });
  }
  idle_.notify_all();  // under the lock: the destructor waits for it
}

absl::Status CallLog::WriteAll() {
  for (;;) {
    std::vector<domain::CallRecord> records;
    {
      const std::lock_guard lock(mutex_);
      const size_t n = std::min(waiting_.size(), kAtOnce);
      std::move(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(n),
                std::back_inserter(records));
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(n));
    }
    if (records.empty()) return absl::OkStatus();
    const absl::Status written = store_.Write(records);
    if (written.ok()) continue;
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.begin(), std::make_move_iterator(records.begin()),
                    std::make_move_iterator(records.end()));
    return written;
  }
}

void CallLog::Sweep(domain::WallTime oldest) {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(sweep_due_, false)) return;
  }
  for (;;) {
    const auto deleted = store_.DeleteBefore(oldest, kDeletedAtOnce);
    if (!deleted.ok()) {
      log::Warning("calls.not-swept", {{"error", Message(deleted.status())}});
      return;
    }
    if (*deleted < kDeletedAtOnce) return;
  }
}

}  // namespace um::store

#include "mailbox/media/media_thread.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/log/log.h"

namespace um::media {
namespace {
using async::Duration;
using async::Time;

Time Now() { return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now()); }
int64_t SlotOf(Time time) { return time.time_since_epoch() / Stream::kSlot; }
Time TimeOf(int64_t slot) { return Time(slot * Stream::kSlot); }

/// Low, but above everything that is not real-time: a tick that comes late is heard.
void BecomeRealTime() {
  sched_param param{};
  param.sched_priority = 10;
  if (const int error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param); error != 0) {
    log::Info("media.ran-without-priority", {{"errno", error}});
  }
}
}  // namespace

MediaThread::MediaThread(bool real_time)
    : real_time_(real_time), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) {
    perror("eventfd");  // no descriptors at start-up: nothing can run
    abort();
  }
  thread_ = std::thread([this] { Run(); });
}

MediaThread::~MediaThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  Wake();
  thread_.join();
  close(wake_);
}

void MediaThread::Add(std::shared_ptr<Stream> stream) {
  ++load_;
  {
    const std::lock_guard lock(mutex_);
    incoming_.push_back(std::move(stream));
  }
  Wake();
}

void MediaThread::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t r = write(wake_, &one, sizeof one);
}

void MediaThread::Run() {
  pthread_setname_np(pthread_self(), "media");
  if (real_time_) BecomeRealTime();
  prctl(PR_SET_TIMERSLACK, 1UL);  // the default adds 50 us to every tick
  int64_t slot = SlotOf(Now());
  for (;;) {
    TakeIncoming(slot);
    {
      const std::lock_guard lock(mutex_);
      if (stop_) return;
    }
    const Time next = entries_.empty() ? Time::max() : TimeOf(slot + 1);
    if (Now() < next) Sleep(next);
    if (Now() < next) continue;  // woken: somebody new
    slot = SlotOf(Now());        // a late thread leaves out the slots it missed
    ServeAll(slot);
  }
}

void MediaThread::TakeIncoming(int64_t slot) {
  const std::lock_guard lock(mutex_);
  for (auto& stream : incoming_) {
    // Every other stream in every other slot.
    const auto turn = static_cast<int64_t>(entries_.size() % 2);
    entries_.push_back({std::move(stream), slot + 1 + turn});
  }
  incoming_.clear();
}

void MediaThread::ServeAll(int64_t slot) {
  for (size_t i = 0; i < entries_.size();) {
    Entry& entry = entries_[i];
    int slots = 1;
    const bool due = entry.slot <= slot;
    const auto served =
        due ? entry.stream->Serve(TimeOf(slot), Now(), batch_, slots) : Stream::Service::kDone;
    if (served == Stream::Service::kClosed) {
      entry = std::move(entries_.back());
      entries_.pop_back();
      --load_;
      continue;
    }
    if (due) {
      // After a missed slot back to its own, so that the load stays spread.
      const int64_t behind = slot - entry.slot;
      entry.slot = served == Stream::Service::kBusy
                       ? slot + 1
                       : slot + slots - (slots > 1 ? behind % slots : 0);
    }
    ++i;
  }
}

void MediaThread::Sleep(Time until) {
  pollfd interest{wake_, POLLIN, 0};
  timespec wait{};
  const bool bounded = until != Time::max();
  if (bounded) {
    const auto left = std::max(until - Now(), Duration::zero());
    wait.tv_sec = left / std::chrono::seconds(1);
    wait.tv_nsec = (left % std::chrono::seconds(1)).count() * 1000;
  }
  if (ppoll(&interest, 1, bounded ? &wait : nullptr, nullptr) > 0) {
    uint64_t count;
    [[maybe_unused]] const ssize_t r = read(wake_, &count, sizeof count);
  }
}

}  // namespace um::media

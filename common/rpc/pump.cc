#include "common/rpc/pump.h"

#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// An operation's record is filled on the loop's thread and read on ours; what orders the two is
// inside gRPC's library, which ThreadSanitizer does not see, while the record's code is in gRPC's
// headers, which it does.
extern "C" const char* __tsan_default_suppressions();  // NOLINT: the sanitizer's name
extern "C" const char* __tsan_default_suppressions() {
  return "race:grpc::internal::CallOpSet\n"
         "race:grpc::ServerInterface::PayloadAsyncRequest\n";
}
#endif
#endif

namespace um::rpc {

struct Pump::Shared : std::enable_shared_from_this<Pump::Shared> {
  explicit Shared(async::Loop& l) : loop(l) {}

  async::Loop& loop;
  std::mutex mutex;
  // Guarded by mutex. Tags are numbers, so that a callback passes from thread to thread under the
  // lock.
  uintptr_t last_tag = 0;
  std::unordered_map<uintptr_t, Done> in_flight;
  std::deque<std::pair<Done, bool>> ended;
  bool stopped = false;

  // CQ thread: an operation has ended.
  void Ended(uintptr_t tag, bool ok) {
    Done dropped;  // destroyed outside the lock
    const std::lock_guard lock(mutex);
    const auto it = in_flight.find(tag);
    dropped = std::move(it->second);
    in_flight.erase(it);
    if (stopped) return;
    ended.emplace_back(std::move(dropped), ok);
    if (ended.size() == 1) {
      loop.Post([self = shared_from_this()] { self->Drain(); });
    }
  }

  // Loop thread. One at a time: a callback may stop the pump, and then the rest must not run.
  void Drain() {
    while (true) {
      std::pair<Done, bool> next;
      {
        const std::lock_guard lock(mutex);
        if (ended.empty()) return;
        next = std::move(ended.front());
        ended.pop_front();
      }
      next.first(next.second);
    }
  }
};

Pump::Pump(async::Loop& loop, std::unique_ptr<grpc::CompletionQueue> queue)
    : shared_(std::make_shared<Shared>(loop)), queue_(std::move(queue)) {
  thread_ = std::thread([this] { Run(); });
}

Pump::~Pump() { Stop(); }

void* Pump::Tag(Done done) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->stopped) return nullptr;
  const uintptr_t tag = ++shared_->last_tag;
  shared_->in_flight.emplace(tag, std::move(done));
  return reinterpret_cast<void*>(tag);  // NOLINT(performance-no-int-to-ptr): never dereferenced
}

void Pump::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) shared_->Ended(reinterpret_cast<uintptr_t>(tag), ok);
}

void Pump::Stop() {
  if (!thread_.joinable()) return;
  std::deque<std::pair<Done, bool>> dropped;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopped = true;
    dropped.swap(shared_->ended);
  }
  queue_->Shutdown();
  thread_.join();
}

}  // namespace um::rpc

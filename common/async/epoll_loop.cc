#include "common/async/epoll_loop.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace um::async {
namespace {
constexpr uint64_t kWakeId = 0;

int CheckDescriptor(int fd, const char* what) {
  if (fd >= 0) return fd;
  perror(what);  // no descriptors at start-up: nothing can run
  abort();
}
}  // namespace

EpollLoop::EpollLoop()
    : epoll_(CheckDescriptor(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(CheckDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  Control(EPOLL_CTL_ADD, wake_, EPOLLIN, kWakeId);
}

EpollLoop::~EpollLoop() {
  close(wake_);
  close(epoll_);
}

Time EpollLoop::Now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

WallTime EpollLoop::WallNow() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

void EpollLoop::Run() {
  while (!stop_) Step(std::chrono::hours(1));
}

void EpollLoop::Stop() {
  stop_ = true;
  Interrupt();
}

void EpollLoop::Step(Duration wait) {
  if (HasReady()) wait = Duration::zero();
  // A wait above an hour says nothing that an hour does not, and Time::max() - Now() would overflow.
  if (NextTimer() != Time::max()) wait = std::min(wait, NextTimer() - Now());
  const auto ms = std::clamp<int64_t>((wait.count() + 999) / 1000, 0, 3'600'000);
  epoll_event events[64];
  const int n = epoll_wait(epoll_, events, std::size(events), static_cast<int>(ms));
  for (int i = 0; i < n; ++i) {
    const uint64_t id = events[i].data.u64;  // a copy: epoll_event is packed
    if (id == kWakeId) {
      uint64_t count;
      [[maybe_unused]] const ssize_t r = read(wake_, &count, sizeof count);
      continue;
    }
    const auto it = watches_.find(id);
    if (it == watches_.end()) continue;  // removed by a callback before it in this turn
    const auto ready = it->second;       // kept alive: the callback may destroy its own Watch
    (*ready)(events[i].events);
  }
  Turn();
}

void EpollLoop::Interrupt() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t r = write(wake_, &one, sizeof one);
}

void EpollLoop::Control(int operation, int fd, uint32_t events, uint64_t id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  if (epoll_ctl(epoll_, operation, fd, &event) != 0) {
    perror("epoll_ctl");  // a descriptor that is not open, or is watched twice: a bug of ours
    abort();
  }
}

EpollLoop::Watch EpollLoop::Add(int fd, uint32_t events, std::function<void(uint32_t)> ready) {
  Watch watch;
  watch.loop_ = this;
  watch.fd_ = fd;
  watch.id_ = next_id_++;
  Control(EPOLL_CTL_ADD, fd, events, watch.id_);
  watches_.emplace(watch.id_, std::make_shared<std::function<void(uint32_t)>>(std::move(ready)));
  return watch;
}

EpollLoop::Watch& EpollLoop::Watch::operator=(Watch&& other) noexcept {
  if (this != &other) {
    Reset();
    loop_ = std::exchange(other.loop_, nullptr);
    fd_ = other.fd_;
    id_ = other.id_;
  }
  return *this;
}

void EpollLoop::Watch::Update(uint32_t events) {
  loop_->Control(EPOLL_CTL_MOD, fd_, events, id_);
}

void EpollLoop::Watch::Reset() {
  if (EpollLoop* loop = std::exchange(loop_, nullptr)) {
    loop->watches_.erase(id_);
    loop->Control(EPOLL_CTL_DEL, fd_, 0, id_);
  }
}

}  // namespace um::async

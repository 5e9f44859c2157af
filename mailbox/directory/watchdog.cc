#include "mailbox/directory/watchdog.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace um::directory {

using std::chrono::steady_clock;

Watchdog::Watchdog(std::chrono::seconds timeout)
    : timeout_(timeout), deadline_(steady_clock::now() + timeout), thread_([this] { Run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (socket_ >= 0) close(socket_);
}

void Watchdog::Watch(int socket) {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) close(socket_);
  socket_ = fcntl(socket, F_DUPFD_CLOEXEC, 0);
}

void Watchdog::Feed() {
  const std::lock_guard lock(mutex_);
  deadline_ = steady_clock::now() + timeout_;
}

void Watchdog::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_until(lock, deadline_);
    if (steady_clock::now() < deadline_) continue;
    if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
    deadline_ = steady_clock::now() + timeout_;
  }
}

}  // namespace um::directory

// Watchdog: ends a connection that stays silent. libldap bounds connecting and answers, but not a
// TLS handshake, nor an answer of which only a part comes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace um::directory {

/// Thread: any. It has one of its own.
class Watchdog {
 public:
  /// Bites unless it is fed within `timeout`, again and again.
  explicit Watchdog(std::chrono::seconds timeout);
  ~Watchdog();
  /// Whose reads and writes fail once it bites. The socket may be closed meanwhile: the watchdog
  /// has a descriptor of its own. Another one replaces it.
  void Watch(int socket);
  void Feed();

 private:
  void Run();

  const std::chrono::seconds timeout_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::chrono::steady_clock::time_point deadline_;  // guarded by mutex_, like all below
  int socket_ = -1;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace um::directory

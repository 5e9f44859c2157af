// A mail system in memory, and the log that the runner writes.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "common/log/log.h"
#include "mailbox/delivery/transport.h"

namespace um::tests {

// A mail system that answers as it is told, and accepts when it is told no more.
struct Script {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<delivery::Outcome> answers;
  std::vector<std::string> mails;
  std::vector<std::string> recipients;
  bool blocked = false;  // answers nothing until abandoned
  int under_way = 0;
  int most_under_way = 0;
};

class FakeTransport final : public delivery::Transport {
 public:
  explicit FakeTransport(Script& script) : script_(script) {}
  delivery::Outcome Send(const std::string& recipient, std::string_view mail,
                         const std::atomic<bool>& abandon) override {
    std::unique_lock lock(script_.mutex);
    script_.mails.emplace_back(mail);
    script_.recipients.push_back(recipient);
    script_.most_under_way = std::max(script_.most_under_way, ++script_.under_way);
    script_.changed.notify_all();
    while (script_.blocked && !abandon)
      script_.changed.wait_for(lock, std::chrono::milliseconds(5));
    --script_.under_way;
    if (script_.blocked) return {delivery::Outcome::kTemporary, "abandoned"};
    if (script_.answers.empty()) return {delivery::Outcome::kAccepted, "ok"};
    delivery::Outcome answer = script_.answers.front();
    script_.answers.pop_front();
    return answer;
  }

 private:
  Script& script_;
};

inline std::mutex log_mutex;
inline std::string log_lines;  // NOLINT: the sink is a plain function
inline void KeepLog(std::string_view line) {
  const std::lock_guard lock(log_mutex);
  log_lines += line;
}
inline int CountInLog(std::string_view what) {
  const std::lock_guard lock(log_mutex);
  int n = 0;
  for (size_t at = 0; (at = log_lines.find(what, at)) != std::string::npos; ++at) ++n;
  return n;
}
struct LogKeeper {
  LogKeeper() {
    log_lines.clear();
    log::SetSink(&KeepLog);
  }
  ~LogKeeper() { log::SetSink(nullptr); }
};

}  // namespace um::tests

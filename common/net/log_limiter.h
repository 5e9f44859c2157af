// LogLimiter: one line per peer and period, however much the peer does wrong.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "common/async/loop.h"
#include "common/net/endpoint.h"

namespace um::net {

/// Thread: its owner's. Memory: at most kPeers entries; when they are full all are forgotten.
class LogLimiter {
 public:
  /// How many occasions were passed over since the last line about `ip`, if this one may be logged.
  std::optional<int> Allow(const IpAddress& ip, async::Time now) {
    if (peers_.size() >= kPeers && !peers_.contains(ip)) peers_.clear();
    const auto [it, is_new] = peers_.try_emplace(ip, Peer{now, 0});
    if (!is_new && now - it->second.logged < kPeriod) {
      ++it->second.suppressed;
      return std::nullopt;
    }
    it->second.logged = now;
    return std::exchange(it->second.suppressed, 0);
  }

 private:
  static constexpr size_t kPeers = 1024;
  static constexpr async::Duration kPeriod = std::chrono::seconds(10);
  struct Peer {
    async::Time logged;
    int suppressed = 0;
  };
  std::map<IpAddress, Peer> peers_;
};

}  // namespace um::net

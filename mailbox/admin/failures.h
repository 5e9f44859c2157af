// Failures: addresses that keep showing what is worth nothing.
#pragma once

#include <map>
#include <mutex>

#include "common/async/loop.h"
#include "common/net/endpoint.h"

namespace um::admin {

/// After ten failures within a minute an address is not listened to until that minute is over: it
/// cannot fill the log, nor make us work. (Guessing is hopeless without that: a token has 256
/// bits.)   Thread: any. Memory: at most kAddresses entries; when they are full all are forgotten.
class Failures {
 public:
  bool IsBlocked(const net::IpAddress& ip, async::Time now) {
    const std::lock_guard lock(mutex_);
    const auto it = addresses_.find(ip);
    return it != addresses_.end() && now - it->second.since < kPeriod && it->second.count >= kMost;
  }
  void Failed(const net::IpAddress& ip, async::Time now) {
    const std::lock_guard lock(mutex_);
    if (addresses_.size() >= kAddresses && !addresses_.contains(ip)) addresses_.clear();
    Address& address = addresses_[ip];
    if (now - address.since >= kPeriod) address = {now, 0};
    ++address.count;
  }

 private:
  static constexpr size_t kAddresses = 1024;
  static constexpr int kMost = 10;
  static constexpr async::Duration kPeriod = std::chrono::minutes(1);
  struct Address {
    async::Time since{};
    int count = 0;
  };
  std::mutex mutex_;
  std::map<net::IpAddress, Address> addresses_;  // guarded
};

}  // namespace um::admin

#include "proxy/loop_guard.h"

#include <algorithm>

#include "common/base/bytes.h"

namespace um::proxy {
namespace {
constexpr std::chrono::seconds kWindow{5};
constexpr size_t kOffers = 3;
}  // namespace

bool LoopGuard::IsLoop(std::string_view call_id, const std::string& call_hash, async::Time now) {
  Forget(now);
  std::string key =
      HmacSha256("um loop guard", call_id);  // Call-IDs are as long as their senders like
  const auto [it, is_new] = seen_.try_emplace(key, Seen{now, {}});
  if (is_new) order_.push_back(std::move(key));
  auto& hashes = it->second.hashes;
  if (std::find(hashes.begin(), hashes.end(), call_hash) == hashes.end() &&
      hashes.size() < kOffers) {
    hashes.push_back(call_hash);
  }
  return hashes.size() >= kOffers;
}

void LoopGuard::Forget(async::Time now) {
  while (!order_.empty()) {
    const auto it = seen_.find(order_.front());
    if (now - it->second.since < kWindow && seen_.size() < limit_) return;
    seen_.erase(it);
    order_.pop_front();
  }
}

}  // namespace um::proxy

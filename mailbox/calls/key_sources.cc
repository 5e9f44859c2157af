#include "mailbox/calls/key_sources.h"

#include <algorithm>

namespace um::calls {
namespace {

/// How much later the same press may come another way: some telephones send INFO once the key is
/// released.
constexpr async::Duration kLater = std::chrono::seconds(2);
constexpr size_t kMaxPresses = 40;  // nobody presses more in that time

}  // namespace

bool KeySources::Counts(KeySource source, char key, async::Time now) {
  if (source < best_) return false;
  best_ = source;
  while (!counted_.empty() && now - counted_.front().at > kLater) counted_.pop_front();
  const auto same = std::find_if(counted_.begin(), counted_.end(), [&](const Press& press) {
    return press.source < source && press.key == key;
  });
  if (same != counted_.end()) {
    same->source = source;  // a surer one still may bring it
    return false;
  }
  if (counted_.size() == kMaxPresses) counted_.pop_front();
  counted_.push_back({source, key, now});
  return true;
}

}  // namespace um::calls

// LoopGuard: recognises a call that comes back again and again. A bounded memory of 5 s, not call
// state.   Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/async/loop.h"

namespace um::proxy {

/// Counts the different INVITEs of one Call-ID.   Thread: loop.
class LoopGuard {
 public:
  explicit LoopGuard(size_t limit = 20'000) : limit_(limit) {}
  /// Notes an INVITE. True: it is the third of its Call-ID within 5 s, or a later one. `call_hash`
  /// tells retransmissions, which do not count. When the memory is full the oldest is forgotten.
  bool IsLoop(std::string_view call_id, const std::string& call_hash, async::Time now);
  size_t size() const { return seen_.size(); }

 private:
  struct Seen {
    async::Time since;
    std::vector<std::string> hashes;  // at most three
  };
  void Forget(async::Time now);

  size_t limit_;
  std::unordered_map<std::string, Seen> seen_;  // by a hash of the Call-ID
  std::deque<std::string> order_;               // oldest first
};

}  // namespace um::proxy

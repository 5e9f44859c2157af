// SourceRule: whose RTP is taken (strict), or whose becomes taken (learn).   Pure; thread: media.
#pragma once

#include <optional>

#include "common/async/loop.h"
#include "common/net/endpoint.h"

namespace um::media {

/// `strict` takes the signalled address only. `learn` locks on whoever sends first, because many
/// gateways send media from another address than they receive on. It learns anew when the source
/// was silent for 3 s, or for 100 ms within the 2 s after a new answer. The signalled address
/// always wins: a stranger who was faster is replaced by it.
class SourceRule {
 public:
  void Configure(const net::Endpoint& signalled, bool strict, async::Time now) {
    signalled_ = signalled;
    strict_ = strict;
    relearn_until_ = now + kRelearn;
  }
  /// True if a valid packet from `from` belongs to the call.
  bool Accept(const net::Endpoint& from, async::Time now) {
    if (strict_) {
      if (from != signalled_) return false;
    } else if (locked_ && from != *locked_ && from != signalled_) {
      if (now - last_ < (now < relearn_until_ ? kPause : kSilence)) return false;
    }
    locked_ = from;
    last_ = now;
    return true;
  }
  /// Where RTP comes from; nullopt before the first packet.
  const std::optional<net::Endpoint>& locked() const { return locked_; }

 private:
  static constexpr async::Duration kRelearn{2'000'000};
  static constexpr async::Duration kPause{100'000};
  static constexpr async::Duration kSilence{3'000'000};

  net::Endpoint signalled_;
  bool strict_ = false;
  std::optional<net::Endpoint> locked_;
  async::Time last_{};
  async::Time relearn_until_{};
};

}  // namespace um::media

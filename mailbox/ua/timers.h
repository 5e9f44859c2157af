// The timers of RFC 3261 section 17 (table 4) and of RFC 6026.
#pragma once

#include "common/async/loop.h"

namespace um::ua {

using namespace std::chrono_literals;

inline constexpr async::Duration kT1 = 500ms;  ///< estimate of the round trip
inline constexpr async::Duration kT2 = 4s;     ///< longest interval between retransmissions
inline constexpr async::Duration kT4 = 5s;     ///< how long the network may keep a message

/// Timers B, F, H, J, L and M, and how long a 200 waits for its ACK: 32 s.
inline constexpr async::Duration kTransactionTimeout = 64 * kT1;
/// Timer D, over UDP: at least 32 s.
inline constexpr async::Duration kTimerD = 32s;

}  // namespace um::ua

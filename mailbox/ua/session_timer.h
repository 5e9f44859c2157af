// Session timers (RFC 4028): a session that nobody refreshes is over.   Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/sip/message.h"
#include "mailbox/ua/user_agent.h"

namespace um::ua {

/// What both sides agreed. Zero: sessions do not expire.
struct SessionTimer {
  std::chrono::seconds interval{0};
  bool we_refresh = false;
  /// When to refresh: half of the interval (section 7.2).
  std::chrono::seconds refresh_after() const { return interval / 2; }
  /// When to give up if the peer should refresh and does not: the interval less the smaller of 32 s
  /// and a third (section 10), so that our BYE comes before a proxy forgets the call.
  std::chrono::seconds expire_after() const;
};

/// A Session-Expires value.
struct SessionExpires {
  std::chrono::seconds interval{0};
  std::string refresher;  ///< "uac", "uas", or "": not said
};
std::optional<SessionExpires> ParseSessionExpires(const std::string& value);

/// Our own wishes, in the whole seconds that headers carry.
struct TimerWishes {
  std::chrono::seconds interval;
  std::chrono::seconds min_se;
  static TimerWishes Of(const UserAgentOptions& options);
  std::string MinSeHeader() const;  ///< "Min-SE: 90\r\n"
};

/// The peer wants refreshes more often than we allow: 422 with our Min-SE.
struct IntervalTooSmall {};

/// What our 2xx to an INVITE, re-INVITE or UPDATE answers (section 9).
std::variant<SessionTimer, IntervalTooSmall> AnswerTimer(const sip::Message& request,
                                                         const TimerWishes& wishes);

/// The header lines of that 2xx; "" without a timer.
std::string TimerHeaders(const SessionTimer& timer, bool peer_supports_timer);

}  // namespace um::ua

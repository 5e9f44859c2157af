#include "mailbox/ua/session_timer.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/sip/text.h"

namespace um::ua {
namespace {

using std::chrono::seconds;

constexpr seconds kLeastMinSe{90};             // RFC 4028 section 4
constexpr uint32_t kLongest = 30 * 24 * 3600;  // [s] enough for any call, and far from overflow

// "1800;refresher=uac": the number in front.
std::optional<seconds> DeltaSeconds(std::string_view text) {
  const auto value = sip::Number(sip::Trim(sip::TakeUntil(text, ';')));
  if (!value) return std::nullopt;
  return seconds(std::min(*value, kLongest));
}

}  // namespace

TimerWishes TimerWishes::Of(const UserAgentOptions& options) {
  return {std::chrono::duration_cast<seconds>(options.session_expires),
          std::max(std::chrono::duration_cast<seconds>(options.min_se), kLeastMinSe)};
}

std::string TimerWishes::MinSeHeader() const {
  return fmt::format("Min-SE: {}\r\n", min_se.count());
}

seconds SessionTimer::expire_after() const {
  return interval - std::min(seconds(32), interval / 3);
}

std::optional<SessionExpires> ParseSessionExpires(const std::string& value) {
  const auto interval = DeltaSeconds(value);
  if (!interval || *interval == seconds(0)) return std::nullopt;
  SessionExpires out{*interval, ""};
  std::string_view rest = value;
  sip::TakeUntil(rest, ';');
  while (!rest.empty()) {
    std::string_view parameter = sip::TakeUntil(rest, ';');
    const std::string name = sip::Lower(sip::Trim(sip::TakeUntil(parameter, '=')));
    const std::string who = sip::Lower(sip::Trim(parameter));
    if (name == "refresher" && (who == "uac" || who == "uas")) out.refresher = who;
  }
  return out;
}

std::variant<SessionTimer, IntervalTooSmall> AnswerTimer(const sip::Message& request,
                                                         const TimerWishes& wishes) {
  const bool supported =
      request.HasOption("Supported", "timer") || request.HasOption("Require", "timer");
  const auto asked = ParseSessionExpires(request.Header("Session-Expires"));
  const seconds theirs = DeltaSeconds(request.Header("Min-SE")).value_or(kLeastMinSe);
  if (!asked) {
    // Nobody asked: we do, if the peer can, and the peer refreshes (table 2).
    if (!supported || wishes.interval == seconds(0)) return SessionTimer{};
    return SessionTimer{std::max({wishes.interval, theirs, wishes.min_se}), false};
  }
  if (asked->interval < wishes.min_se) {
    if (supported) return IntervalTooSmall{};
    return SessionTimer{};  // a proxy asks, and 422 would mean nothing to its caller: no timer
  }
  // Table 2: a peer that does not know timers cannot refresh; else it does unless it asks us to.
  return SessionTimer{asked->interval, !supported || asked->refresher == "uas"};
}

std::string TimerHeaders(const SessionTimer& timer, bool peer_supports_timer) {
  if (timer.interval == seconds(0)) return "";
  std::string out = fmt::format("Session-Expires: {};refresher={}\r\n", timer.interval.count(),
                                timer.we_refresh ? "uas" : "uac");
  // Section 9: Require makes sure that the peer knows its duty.
  if (peer_supports_timer && !timer.we_refresh) out += "Require: timer\r\n";
  return out;
}

}  // namespace um::ua

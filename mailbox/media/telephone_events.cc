#include "mailbox/media/telephone_events.h"

#include <algorithm>
#include <string_view>

#include "mailbox/media/wire.h"

namespace um::media {
namespace {
constexpr std::string_view kKeys = "0123456789*#ABCD";  // RFC 4733 section 3.2
constexpr int32_t kOld = 10 * 8000;   // [timestamp units] older: a restarted clock
constexpr uint32_t kUpdate = 50 * 8;  // section 2.5.1.2: updates come at least every 50 ms
}  // namespace

std::optional<char> TelephoneEvents::Add(uint32_t timestamp, bool marker,
                                         std::span<const uint8_t> payload, uint32_t ticks) {
  if (payload.size() < 4 || payload[0] >= kKeys.size()) return std::nullopt;
  const uint8_t event = payload[0];
  const bool end = (payload[1] & 0x80) != 0;
  const uint32_t duration = Get16(&payload[2]) / ticks;
  const auto since = static_cast<int32_t>(timestamp - start_);
  if (known_ && since <= 0 && since > -kOld) {
    if (since == 0) {
      duration_ = std::max(duration_, duration);
      ended_ = ended_ || end;
    }
    return std::nullopt;
  }
  // Section 2.5.1.3: a very long press goes on in another segment, where the one before it stopped.
  const bool goes_on = known_ && !ended_ && !marker && event == event_ && since > 0 &&
                       static_cast<uint32_t>(since) <= duration_;
  known_ = true;
  ended_ = end;
  event_ = event;
  start_ = timestamp;
  duration_ = duration;
  if (goes_on) return std::nullopt;
  return kKeys[event];
}

bool TelephoneEvents::Covers(uint32_t timestamp) const {
  if (!known_) return false;
  const uint32_t since = timestamp - start_;
  return since < duration_ + (ended_ ? 0 : kUpdate);
}

}  // namespace um::media

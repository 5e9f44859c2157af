// TelephoneEvents: keys out of RFC 4733 packets, once per press.   Pure; thread: media.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace um::media {

/// A press is known by its timestamp (RFC 4733 section 2.5.1.2): every packet of it has the same,
/// so neither a lost first packet, nor a lost or repeated last one, makes a press of its own or
/// hides one.
class TelephoneEvents {
 public:
  /// One packet of the event payload type. @return the key when this is the first that is seen of a
  /// press.
  /// @param timestamp in samples of 8 kHz, as everywhere here
  /// @param ticks that the packet's duration counts in one of them
  std::optional<char> Add(uint32_t timestamp, bool marker, std::span<const uint8_t> payload,
                          uint32_t ticks = 1);
  /// True if audio of `timestamp` was sent while a key was held.
  bool Covers(uint32_t timestamp) const;
  /// Another source, whose timestamps say nothing about the ones before.
  void Restart() { known_ = false; }

 private:
  bool known_ = false;
  bool ended_ = false;
  uint8_t event_ = 0;
  uint32_t start_ = 0;     // timestamp of the press, or of its present segment
  uint32_t duration_ = 0;  // timestamp units, so far
};

}  // namespace um::media

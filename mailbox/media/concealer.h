// Concealer: what is recorded in place of audio that was lost.   Pure; thread: media.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "mailbox/domain/g711.h"

namespace um::media {

/// Repeats the last pitch period and fades it to silence over 60 ms, as G.711 Appendix I does, but
/// never touches audio that arrived: a recording without loss is bit for bit what was sent, and one
/// with loss is so everywhere else. Costs nothing until something is lost.
class Concealer {
 public:
  explicit Concealer(domain::Law law = domain::Law::kMu) : law_(law) {
    history_.fill(domain::SilenceCode(law));
  }
  /// Audio that was recorded, concealment excepted.
  void Heard(std::span<const uint8_t> codes);
  /// Fills `out` with what follows it.
  void Conceal(std::span<uint8_t> out) const;

 private:
  static constexpr int kHistory = 320;  // 40 ms

  int PitchPeriod(const std::array<int16_t, kHistory>& past) const;

  domain::Law law_;
  std::array<uint8_t, kHistory> history_{};
};

}  // namespace um::media

// How well a caller was heard: the E-model (ITU-T G.107), as far as what we receive tells.   Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "mailbox/domain/time.h"

namespace um::domain {

/// What was measured of the caller's audio.
struct Reception {
  Milliseconds lasted{};  ///< of the call
  uint64_t received = 0;  ///< packets
  uint64_t lost = 0;
  uint64_t late = 0;  ///< came, but after their turn: jitter
};

/// Network mean opinion score (NMOS), and what loss and jitter took from the best that is possible.
struct CallQuality {
  double nmos = 0;  ///< 1 (bad) to 4.41 (G.711 without loss)
  double lost_to_jitter = 0;
  double lost_to_loss = 0;
  double degradation() const { return lost_to_jitter + lost_to_loss; }
};

/// R = 93.2 - Ie,eff with Ie,eff = Ie + (95 - Ie) * Ppl / (Ppl + Bpl) (G.107 section 7.5, random
/// loss), for G.711 with loss concealment Ie = 0 and Bpl = 25.1 (G.113 appendix I); Ppl: per cent
/// of packets that were lost or late. MOS = 1 + 0.035 R + R (R - 60) (100 - R) * 7e-6 (G.107 annex
/// B). Delay is left out: a message is not a conversation. nullopt for calls below ten seconds or
/// without audio.
std::optional<CallQuality> QualityOf(const Reception& reception);

/// Lost packets in per cent of those that were sent; 0 if none were.
double LossPercent(const Reception& reception);

}  // namespace um::domain

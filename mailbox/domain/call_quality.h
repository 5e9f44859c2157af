// How well a caller was heard: the E-model (ITU-T G.107), as far as what we receive tells.   Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "mailbox/domain/codec.h"
#include "mailbox/domain/time.h"

namespace um::domain {

/// What was measured of the caller's audio.
struct Reception {
  Milliseconds lasted{};  ///< of the call
  uint64_t received = 0;  ///< packets
  uint64_t lost = 0;
  uint64_t late = 0;  ///< came, but after their turn: jitter
};

/// How loss was spread (RFC 3611 section 4.7.2, Gmin 16): bursts are where less than 16 packets
/// came between two that were lost, gaps the time between bursts.
struct BurstLoss {
  double density_percent = 0;  ///< of the packets in bursts, those that were lost
  double burst_ms = 0;         ///< mean length of a burst; 0: there was none
  double gap_ms = 0;           ///< mean length of a gap; all of the call, if there was no burst
};

/// Network mean opinion score (NMOS), and what loss and jitter took from the best that is possible.
struct CallQuality {
  double nmos = 0;  ///< 1 (bad) to 4.41 (without loss; of G.723.1 to 3.95)
  double lost_to_jitter = 0;
  double lost_to_loss = 0;
  double degradation() const { return lost_to_jitter + lost_to_loss; }
};

/// R = 93.2 - Ie,eff with Ie,eff = Ie + (95 - Ie) * Ppl / (Ppl + Bpl) (G.107 section 7.5, random
/// loss); Ppl: per cent of packets that were lost or late. Ie and Bpl are G.113 appendix I's: of
/// G.711 with loss concealment 0 and 25.1, of G.723.1 at 6.3 kbit/s 15 and 16.1; G.722 and Opus,
/// which have none of narrow band there, count as G.711. MOS = 1 + 0.035 R + R (R - 60) (100 - R)
/// * 7e-6 (G.107 annex B). Delay is left out: a message is not a conversation. nullopt for calls
/// below ten seconds or without audio.
std::optional<CallQuality> QualityOf(const Reception& reception, Codec codec);

/// Lost packets in per cent of those that were sent; 0 if none were.
double LossPercent(const Reception& reception);

}  // namespace um::domain

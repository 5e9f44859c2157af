// ImpairedPath: a bad network between a caller's telephone and the other side, the same one for the
// same seed.   Thread: loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <span>
#include <vector>

#include "common/async/loop.h"

namespace um::tests {

struct Impairment {
  double loss = 0;           ///< share of packets that are lost: 0 to 1
  async::Duration jitter{};  ///< packets are under way for 0 to twice as long: they overtake others
  uint32_t seed = 1;
  bool none() const { return loss == 0 && jitter == async::Duration::zero(); }
};

class ImpairedPath {
 public:
  using Send = std::function<void(std::span<const uint8_t>)>;

  ImpairedPath(async::Loop& loop, const Impairment& impairment, Send arrive)
      : loop_(loop),
        impairment_(impairment),
        arrive_(std::move(arrive)),
        random_(impairment.seed),
        timer_(loop, [this] { Deliver(); }) {}

  void Take(std::span<const uint8_t> packet) {
    if (impairment_.none()) return arrive_(packet);
    // Both are drawn for each packet, so that what is lost does not depend on the jitter.
    const bool lost = Share() < impairment_.loss;
    const double delay = Share() * 2 * static_cast<double>(impairment_.jitter.count());
    if (lost) return;
    under_way_.emplace(loop_.Now() + async::Duration(static_cast<int64_t>(delay)),
                       std::vector<uint8_t>(packet.begin(), packet.end()));
    timer_.Start(under_way_.begin()->first - loop_.Now());
  }

 private:
  double Share() { return std::uniform_real_distribution<>(0, 1)(random_); }

  void Deliver() {
    while (!under_way_.empty() && under_way_.begin()->first <= loop_.Now()) {
      arrive_(under_way_.extract(under_way_.begin()).mapped());
    }
    if (!under_way_.empty()) timer_.Start(under_way_.begin()->first - loop_.Now());
  }

  async::Loop& loop_;
  const Impairment impairment_;
  const Send arrive_;
  std::mt19937 random_;
  std::multimap<async::Time, std::vector<uint8_t>> under_way_;  // by arrival
  async::Timer timer_;
};

}  // namespace um::tests

// Clip: a piece of audio ready to be sent: 8 kHz, encoded once in both laws.   Thread: immutable,
// any.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "mailbox/domain/g711.h"
#include "mailbox/domain/time.h"

namespace um::domain {

class Clip {
 public:
  /// Of linear samples, 8 kHz.
  explicit Clip(std::vector<int16_t> samples);
  /// Of G.711 as it was recorded: in that law it stays as it is.
  static std::shared_ptr<const Clip> OfG711(Law law, std::string_view codes);
  /// What it was made of; empty if that was G.711.
  const std::vector<int16_t>& samples() const { return samples_; }
  const std::vector<uint8_t>& codes(Law law) const { return codes_[static_cast<int>(law)]; }
  Milliseconds length() const;

 private:
  Clip() = default;
  std::vector<int16_t> samples_;
  std::vector<uint8_t> codes_[2];
};

using ClipPtr = std::shared_ptr<const Clip>;

}  // namespace um::domain

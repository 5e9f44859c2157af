// Clip: a piece of audio ready to be sent: 8 kHz linear, and encoded once in both laws.   Thread:
// immutable, any.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "mailbox/domain/g711.h"
#include "mailbox/domain/time.h"

namespace um::media {

class Clip {
 public:
  explicit Clip(std::vector<int16_t> samples);
  static std::shared_ptr<const Clip> OfG711(domain::Law law, std::string_view codes);
  const std::vector<int16_t>& samples() const { return samples_; }
  const std::vector<uint8_t>& codes(domain::Law law) const { return codes_[static_cast<int>(law)]; }
  domain::Milliseconds length() const;

 private:
  std::vector<int16_t> samples_;
  std::vector<uint8_t> codes_[2];
};

using ClipPtr = std::shared_ptr<const Clip>;

}  // namespace um::media

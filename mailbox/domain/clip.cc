#include "mailbox/domain/clip.h"

#include <array>
#include <utility>

namespace um::domain {

Clip::Clip(std::vector<int16_t> samples) : samples_(std::move(samples)) {
  for (const Law law : {Law::kMu, Law::kA}) {
    std::vector<uint8_t>& codes = codes_[static_cast<int>(law)];
    codes.resize(samples_.size());
    EncodeG711(law, samples_, codes.data());
  }
}

std::shared_ptr<const Clip> Clip::OfG711(Law law, std::string_view codes) {
  const Law other = law == Law::kMu ? Law::kA : Law::kMu;
  const std::array<uint8_t, 256>& transcoded = TranscodingTo(other);
  const std::shared_ptr<Clip> clip(new Clip);
  clip->codes_[static_cast<int>(law)].assign(codes.begin(), codes.end());
  std::vector<uint8_t>& to = clip->codes_[static_cast<int>(other)];
  to.reserve(codes.size());
  for (const char code : codes) to.push_back(transcoded[static_cast<uint8_t>(code)]);
  return clip;
}

Milliseconds Clip::length() const { return Milliseconds(codes_[0].size() * 1000 / kSampleRate); }

}  // namespace um::domain
